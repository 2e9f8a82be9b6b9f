import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from biasapp.supervisor import KeepsDyingError, Program, Supervisor

SLEEP = "import time; time.sleep(60)"
WITH_CHILD = f"""
import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-c", {SLEEP!r}]).pid, flush=True)
time.sleep(60)
"""


def program(tmp_path: Path, code: str, name: str = "program") -> Program:
    return Program(name, [sys.executable, "-c", code], tmp_path / f"{name}.log")


def wait_for(condition, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_stopping_ends_every_program_and_its_children(tmp_path: Path) -> None:
    parent = program(tmp_path, WITH_CHILD)
    supervisor = Supervisor([parent, program(tmp_path, SLEEP, "other")])
    supervisor.start()
    wait_for(lambda: parent.log.exists() and parent.log.read_text().strip().isdigit())
    child = int(parent.log.read_text())
    supervisor.stop_all()
    assert not any(p.is_alive() for p in supervisor.programs)
    wait_for(lambda: not is_running(child))


def test_a_program_that_dies_is_started_again(tmp_path: Path) -> None:
    mortal = program(tmp_path, SLEEP)
    supervisor = Supervisor([mortal])
    supervisor.start()
    first = mortal.process.pid
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    mortal.signal(signal.SIGKILL)
    wait_for(lambda: mortal.is_alive() and mortal.process.pid != first)
    supervisor.stop()
    thread.join(15)
    assert not mortal.is_alive()


def test_a_program_that_keeps_dying_stops_the_site_with_its_last_words(tmp_path: Path) -> None:
    broken = program(tmp_path, "raise SystemExit('no database here')")
    supervisor = Supervisor([broken])
    supervisor.start()
    with pytest.raises(KeepsDyingError, match="no database here"):
        supervisor.run()


def test_a_program_gets_an_environment_of_its_own(tmp_path: Path) -> None:
    """The queue of trainings is named by its environment: were it lost, two clusters would serve one queue and none the other."""
    code = "import os, time; print(os.environ['Q_CLUSTER_NAME'], flush=True); time.sleep(60)"
    train = Program("train", [sys.executable, "-c", code], tmp_path / "train.log", {"Q_CLUSTER_NAME": "train"})
    supervisor = Supervisor([train])
    supervisor.start()
    wait_for(lambda: train.log.exists() and train.log.read_text().strip() == "train")
    supervisor.stop_all()
