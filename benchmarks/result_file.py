"""One result file per benchmark: who made it, on what, and one row per figure. Written after each row, so that a long run resumes."""

import hashlib
import json
import os
import platform
import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PATHS = ("--data", "--directory", "--peers", "--played", "--tasks", "--version", "--work")
"""Options whose value is one, also where it has no slash."""


@dataclass
class ResultFile:
    """Rows are keyed by (data, arm, metric): the newest replaces an older one."""

    name: str
    notes: str = ""
    rows: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    data: list[dict[str, Any]] = field(default_factory=list)
    directory: Path = RESULTS
    """Elsewhere for a trial run, whose figures are not results."""

    def __post_init__(self) -> None:
        if self.path.exists():
            stored = json.loads(self.path.read_text())
            self.data = stored["data"]
            self.rows = {(row["data"], row["arm"], row["metric"]): row for row in stored["rows"]}

    @property
    def path(self) -> Path:
        return self.directory / f"{self.name}.json"

    def describe_data(self, name: str, files: list[Path], rows: int) -> None:
        digest = hashlib.sha256()
        for path in files:
            digest.update(path.read_bytes())
        self.data = [known for known in self.data if known["name"] != name]
        self.data.append({"name": name, "sha256": digest.hexdigest(), "rows": rows, "files": [path.name for path in files]})

    def add(
        self,
        *,
        arm: str,
        metric: str,
        value: float | None,
        data: str,
        n: int,
        seeds: int = 1,
        low: float | None = None,
        high: float | None = None,
        unit: str = "",
        **more: Any,
    ) -> None:
        row = {"arm": arm, "metric": metric, "value": value, "low": low, "high": high, "n": n, "seeds": seeds, "unit": unit, "data": data}
        self.rows[(data, arm, metric)] = {**row, **more}
        self.write()

    def write(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        content = {
            "name": self.name,
            "command": f"python -m {' '.join([f'benchmarks.{self.name}', *_shown_arguments()])}",
            "commit": _commit(),
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": _machine(),
            "data": self.data,
            "notes": self.notes,
            "rows": list(self.rows.values()),
        }
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(content, indent=1) + "\n")
        part.replace(self.path)


def _shown_arguments() -> list[str]:
    """The command as typed, without the paths of this machine."""
    arguments = sys.argv[1:]
    shown = (re.sub(r"^(--[\w-]+=)?.*/.*$", r"\1DIR", argument) for argument in arguments)
    return ["DIR" if before in PATHS else argument for before, argument in zip(["", *arguments], shown, strict=False)]


def _commit() -> str:
    return subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def _machine() -> dict[str, Any]:
    from importlib.metadata import version

    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cores": os.cpu_count(), "cpu": cpu, "ram_gib": round(memory), "python": platform.python_version(), "torch": version("torch")}
