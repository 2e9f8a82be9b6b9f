"""How long a stranger waits: a fresh clone, `make demo` to the printed address, again, and `make test`. Called by `main_job setup`."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.result_file import ROOT, ResultFile

FRESH = {"BIASAPP_VAR", "BIASAPP_DEMO", "BIASAPP_TESTING", "DJANGO_SETTINGS_MODULE", "VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}


def measure_setup(result: ResultFile, stage: str) -> None:
    """`demo`: everything from nothing, twice. `test`: make test in a fresh clone whose virtual environment stands already."""
    environment = {name: value for name, value in os.environ.items() if name not in FRESH}
    with tempfile.TemporaryDirectory(prefix="biasapp-clone-") as folder:
        clone = Path(folder) / "biasapp"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        if stage in ("demo", "all"):
            first = seconds_to_address(clone, environment)
            stages = json.loads((clone / "var" / "prepare_seconds.json").read_text())
            _add(result, "first_demo_seconds", first, stages={name: round(value, 1) for name, value in stages.items()})
            _add(result, "next_demo_seconds", seconds_to_address(clone, environment))
        if stage in ("test", "all"):
            virtual_environment = [f"VENV={Path(sys.executable).parent.parent}"] if stage == "test" else []
            started = time.monotonic()
            subprocess.run(["make", *virtual_environment, "test"], cwd=clone, env=environment, check=True)
            _add(result, "test_seconds", time.monotonic() - started)


def seconds_to_address(clone: Path, environment: dict[str, str]) -> float:
    """Start `make demo`, wait for the printed address, stop it as Ctrl-C does, and check that it stops."""
    started = time.monotonic()
    demo = subprocess.Popen(["make", "demo"], cwd=clone, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)
    seconds = None
    assert demo.stdout is not None
    for line in demo.stdout:
        print(f"{time.monotonic() - started:6.1f} s  {line}", end="", flush=True)
        if "biasapp runs at" in line:
            seconds = time.monotonic() - started
            os.killpg(demo.pid, signal.SIGINT)
    demo.wait(60)
    if seconds is None:
        raise RuntimeError("make demo never printed its address")
    return seconds


def _add(result: ResultFile, metric: str, value: float, **more: object) -> None:
    print(f"{metric}: {value:.1f}")
    result.add(arm="setup", metric=metric, value=round(value, 1), data="demo", n=1, unit="s", **more)
