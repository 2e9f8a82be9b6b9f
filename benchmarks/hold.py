"""Stops a process of the small site at one place until it is told to go on: what lasts a millisecond can be hit by a kill all the same.

Only the benchmark's own settings install it. A statement to the database that names what `hold` asks for is run, and then waited after:
in its transaction, where it stands in one.
"""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.backends.signals import connection_created

LONGEST = 15.0
"""Less than others wait for SQLite's one write lock."""


class HoldConfig(AppConfig):
    name = "benchmarks"

    def ready(self) -> None:
        connection_created.connect(_watch)


def ask(directory: Path, marker: str) -> None:
    """Whoever sends a statement with this marker from now on stops behind it."""
    release(directory)
    _wanted(directory).write_text(marker)


def held(directory: Path) -> bool:
    return _held(directory).exists()


def release(directory: Path) -> None:
    _wanted(directory).unlink(missing_ok=True)
    _held(directory).unlink(missing_ok=True)


def _watch(connection: Any, **_: Any) -> None:
    connection.execute_wrappers.append(_stop_behind)


def _stop_behind(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    result = execute(sql, params, many, context)
    directory = Path(settings.VAR_DIR)
    if sql.startswith(("UPDATE", "INSERT")) and _is_meant(_marker(directory), sql, params):
        _held(directory).write_text(str(os.getpid()))
        deadline = time.monotonic() + LONGEST
        while _wanted(directory).exists() and time.monotonic() < deadline:
            time.sleep(0.01)
    return result


def _marker(directory: Path) -> str:
    """Empty where nobody asks. Whoever asked may give up at any moment."""
    with contextlib.suppress(FileNotFoundError):
        return _wanted(directory).read_text()
    return ""


def _is_meant(marker: str, sql: str, params: Any) -> bool:
    return bool(marker) and (marker in sql or (isinstance(params, tuple | list) and marker in params))


def _wanted(directory: Path) -> Path:
    return directory / "hold"


def _held(directory: Path) -> Path:
    return directory / "held"
