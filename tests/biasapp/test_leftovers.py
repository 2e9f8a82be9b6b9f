import os
import subprocess
import sys

import pytest

from biasapp.leftovers import MARK, AlreadyRunningError, take_over


@pytest.fixture(autouse=True)
def own_mark(monkeypatch):
    monkeypatch.setenv(MARK, "")


def program(mark: str) -> subprocess.Popen:
    """One that outlives its parent's care, with a child of its own."""
    code = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).wait()"
    return subprocess.Popen([sys.executable, "-c", code], env={**os.environ, MARK: mark}, start_new_session=True)


def test_what_a_killed_supervisor_left_is_ended_with_its_children_and_nothing_else(tmp_path) -> None:
    (tmp_path / "serve.lock").write_text("an old mark")
    ours, others = program("an old mark"), program("the mark of another site")
    try:
        lock, ended = take_over(tmp_path)
        assert ours.wait(10) == -9
        assert ended >= 1
        assert others.poll() is None
        assert os.environ[MARK] == (tmp_path / "serve.lock").read_text() != "an old mark"
        lock.close()
    finally:
        for process in (ours, others):
            if process.poll() is None:
                os.killpg(process.pid, 9)
            process.wait()


def test_a_directory_has_one_supervisor_at_a_time(tmp_path) -> None:
    lock, _ = take_over(tmp_path)
    with pytest.raises(AlreadyRunningError, match="runs already"):
        take_over(tmp_path)
    lock.close()
    take_over(tmp_path)[0].close()
