"""Runs the site's programs together, each in its own process group, and stops all of them cleanly.

A program that dies is started again; one that keeps dying stops the site, with the end of its log. Whole groups are signalled,
because django-q2's children outlive a killed parent.
"""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

STOP_SECONDS = 10.0
MANY_RESTARTS, WITHIN_SECONDS = 5, 60.0


class KeepsDyingError(Exception):
    """A program died again and again; the message holds the end of its log."""


@dataclass
class Program:
    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    starts: list[float] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.starts.append(time.monotonic())
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - fixed commands of ours
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **self.environment},
            )

    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def restart(self) -> None:
        """Start it again.

        Raises:
            KeepsDyingError: that has happened too often within a minute.
        """
        recent = [start for start in self.starts if start > time.monotonic() - WITHIN_SECONDS]
        if len(recent) >= MANY_RESTARTS:
            end = self.log.read_text(errors="replace")[-2000:]
            raise KeepsDyingError(f"{self.name} died {len(recent)} times within a minute. The end of {self.log}:\n{end}")
        self.signal(signal.SIGKILL)
        self.start()


class Supervisor:
    """`run()` returns when somebody asks it to stop (Ctrl-C, SIGTERM, `stop()`)."""

    def __init__(self, programs: Sequence[Program], on_tick: Callable[[], None] | None = None) -> None:
        self.programs = list(programs)
        self.on_tick = on_tick
        self.stopping = threading.Event()

    def stop(self, *_: object) -> None:
        self.stopping.set()

    def start(self) -> None:
        for program in self.programs:
            program.start()

    def run(self) -> None:
        try:
            while not self.stopping.wait(1.0):
                for program in self.programs:
                    if not program.is_alive():
                        program.restart()
                if self.on_tick:
                    self.on_tick()
        finally:
            self.stop_all()

    def stop_all(self) -> None:
        """SIGTERM to every program, which stops its own children in order, and SIGKILL to what is left of its group, at the latest after
        ten seconds. (A django-q2 cluster whose children are signalled too waits for them in vain.)"""
        for program in reversed(self.programs):
            if program.process and program.is_alive():
                program.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while any(program.is_alive() for program in self.programs) and time.monotonic() < deadline:
            time.sleep(0.05)
        for program in self.programs:
            program.signal(signal.SIGKILL)
            if program.process:
                program.process.wait()
