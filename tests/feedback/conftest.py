"""A world per test, and a database that threads can really fight over."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, connections

from feedback.models import Annotator
from tests.feedback.worlds import World, make_annotator, make_world


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def ann(world: World) -> Annotator:
    return make_annotator(world.project)


@pytest.fixture
def ben(world: World) -> Annotator:
    return make_annotator(world.project)


@pytest.fixture
def shared_database(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """On SQLite, tests run in memory, where threads meet table locks that no installation has: go to a copy in a file for a while."""
    if connection.vendor != "sqlite":
        yield
        return
    import sqlite3

    path = tmp_path / "shared.sqlite3"
    with sqlite3.connect(path) as copy:
        connection.ensure_connection()
        connection.connection.backup(copy)
    copy.close()
    in_memory, name = connections["default"], connections.settings["default"]["NAME"]
    connections.settings["default"]["NAME"] = str(path)
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections.settings["default"]["NAME"] = name
        connections["default"] = in_memory
