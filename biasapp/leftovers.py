"""Ends what a supervisor left behind that was killed itself: its programs run in sessions of their own and outlive it.

Every program inherits a mark that is new at each start. What carries an old mark is ours and has nobody to look after it; ids of processes
alone could have been given to others since.
"""

import contextlib
import fcntl
import os
import signal
import time
import uuid
from pathlib import Path
from typing import IO

MARK = "BIASAPP_RUN"
GONE_SECONDS = 10.0


class AlreadyRunningError(Exception):
    """Another supervisor looks after this directory."""


def take_over(directory: Path) -> tuple[IO[str], int]:
    """Lock the directory for this process, end leftovers, and set a new mark. Returns the lock, to be kept, and how many were ended.

    Raises:
        AlreadyRunningError: another living supervisor holds the lock. The system takes it back from one that dies.
    """
    directory.mkdir(parents=True, exist_ok=True)
    lock = (directory / "serve.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise AlreadyRunningError(f"The site runs already from {directory}.") from None
    lock.seek(0)
    old = lock.read().strip()
    ended = _end(old) if old else 0
    mark = uuid.uuid4().hex
    lock.truncate(0)
    lock.write(mark)
    lock.flush()
    os.environ[MARK] = mark
    return lock, ended


def _end(mark: str) -> int:
    wanted, ended = f"{MARK}={mark}".encode(), []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        # It may end while it is looked at, or belong to somebody else.
        with contextlib.suppress(OSError):
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)
                ended.append(process)
    deadline = time.monotonic() + GONE_SECONDS
    # Their port is free when they are gone, and not before.
    while any(_is_alive(process) for process in ended) and time.monotonic() < deadline:
        time.sleep(0.02)
    return len(ended)


def _is_alive(process: Path) -> bool:
    with contextlib.suppress(OSError):
        return (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
