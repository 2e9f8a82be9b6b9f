"""Run web server, queue workers and model server under one supervisor. Ctrl-C stops all of them."""

import logging
import os
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from biasapp.leftovers import AlreadyRunningError, take_over
from biasapp.queue_watch import QueueWatch
from biasapp.supervisor import KeepsDyingError, Program, Supervisor

CLUSTERS = ("default", "train")
logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
        parser.add_argument("--host", default="127.0.0.1", help="another address only behind a proxy with TLS")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            # Kept open: the lock goes with the process, however that ends.
            self.lock, ended = take_over(Path(settings.VAR_DIR))
        except AlreadyRunningError as error:
            raise CommandError(f"{error} Stop it first, or give this one a directory of its own (BIASAPP_VAR).") from error
        if ended:
            self.stdout.write(f"Ended {ended} processes that a killed supervisor had left behind.")
        port = free_port(options["port"])
        if port != options["port"]:
            self.stdout.write(f"Port {options['port']} is taken; using {port}.")
        call_command("schedule_jobs", verbosity=0)
        programs = _programs(options["host"], port)
        supervisor = Supervisor(programs, on_tick=Watch(programs))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, supervisor.stop)
        supervisor.start()
        address = f"http://127.0.0.1:{port}/"
        if wait_until_it_answers(address, supervisor.stopping):
            self._announce(address)
        try:
            supervisor.run()
        except KeepsDyingError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Stopped.")

    def _announce(self, address: str) -> None:
        self.stdout.write(f"\nbiasapp runs at {address}")
        if settings.DEMO:
            from biasapp.demonstration import ACCOUNTS, PASSWORD

            self.stdout.write("Demonstration accounts (all data is made up; never use these passwords elsewhere):")
            for account in ACCOUNTS:
                self.stdout.write(f"  {account.username:<10} password {PASSWORD}   {account.what}")
        self.stdout.write("Ctrl-C stops everything; what was labelled is kept.\n")
        self.stdout.flush()


class Watch:
    """Restarts a queue cluster that is alive but answers nothing."""

    def __init__(self, programs: list[Program]) -> None:
        self.clusters = {name: next(p for p in programs if p.name == f"queue-{name}") for name in CLUSTERS}
        self.watches = {name: QueueWatch(name) for name in CLUSTERS}
        self.ticks = 0

    def __call__(self) -> None:
        self.ticks += 1
        if self.ticks % 10:
            return
        try:
            for name, watch in self.watches.items():
                if watch.is_wedged():
                    self.clusters[name].restart()
        except DatabaseError as error:
            # A database that is away for a moment is no reason to stop the site.
            logger.warning("the queues could not be watched: %s", error)
        finally:
            connection.close()


def _programs(host: str, port: int) -> list[Program]:
    log_dir = Path(settings.VAR_DIR) / "log"
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    return [
        Program("web", web_command(host, port), log_dir / "web.log"),
        Program("queue-default", [*manage, "qcluster"], log_dir / "queue-default.log"),
        # By environment, not by `-n`: django-q2 has read its settings when the option is looked at, so the cluster would serve `default`.
        Program("queue-train", [*manage, "qcluster"], log_dir / "queue-train.log", {"Q_CLUSTER_NAME": "train"}),
        Program("model-server", [*manage, "serve_model"], log_dir / "model-server.log"),
    ]


def web_command(host: str, port: int) -> list[str]:
    on_sqlite = connection.vendor == "sqlite"
    # SQLite has one writer: a second thread per worker only waits for its lock.
    web = ["--interface", "wsgi", "--workers", "2", "--blocking-threads", "1" if on_sqlite else "4", "--no-ws"]
    granian = [str(Path(sys.executable).parent / "granian"), *web, "--host", host, "--port", str(port)]
    return [*granian, "--working-dir", str(settings.BASE_DIR), "biasapp.wsgi:application"]


def free_port(wanted: int) -> int:
    for port in range(wanted, wanted + 20):
        with socket.socket() as probe:
            # As the web server does: a port in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise CommandError(f"Ports {wanted} to {wanted + 19} are all taken. Name a free one: PORT=9000 make demo")


def wait_until_it_answers(address: str, stopping: threading.Event | None = None) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (stopping and stopping.is_set()):
        try:
            with urllib.request.urlopen(f"{address}health/", timeout=2):  # noqa: S310 - our own loopback address
                return True
        except urllib.error.HTTPError:
            return True  # it answers, if only that this host name is not served
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False
