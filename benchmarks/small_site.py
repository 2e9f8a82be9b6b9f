"""An installation of its own with a few hundred demonstration comments, a real first model and people's labels; and its running site.

Whatever is killed here is a descendant of the supervisor that this module started.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.result_file import ResultFile

ROOT = Path(__file__).parent.parent
FAMILIES = 60
LABELLED = 60
PORT = 18_400
START_SECONDS = 600.0


def prepare(var: Path, **environment: str) -> str:
    """Make what is missing of the installation and set this process up for it; the API token of its lead."""
    set_up(var, **environment)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from biasapp.demonstration import SLUG, make_people
    from modeling.models import FeedbackBatch, Project

    if not Project.objects.filter(slug=SLUG).exists():
        make_people(print)
    project = Project.objects.get(slug=SLUG)
    _import(project, var)
    if project.champion_id is None:
        # In processes of their own, as the product does it: this one stays small.
        for command in (["train_model", "--project", SLUG], ["score_comments", "--project", SLUG]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True)
        project.refresh_from_db()
    if not FeedbackBatch.objects.filter(project=project).exists():
        hand_in_labels(project)
    return lead_token()


def set_up(var: Path, **environment: str) -> None:
    """This process, and those that it starts, work in that installation from now on."""
    os.environ |= {"BIASAPP_VAR": str(var), "BIASAPP_DEMO": "1", "DJANGO_SETTINGS_MODULE": "biasapp.settings", **environment}
    import django

    django.setup()


def _import(project: Any, var: Path) -> None:
    from modeling.models import Dataset
    from modeling.pipeline.import_comments import import_comments

    if project.datasets.filter(state="done").exists():
        return
    path = var / "few.csv"
    write_few(path)
    import_comments(dataset=Dataset.objects.create(project=project, name="Few", file_name=path.name, made_up=True), path=path)


def write_few(path: Path) -> int:
    """Every row of some families of the demonstration recipe; the number of rows."""
    import csv

    from modeling.demonstration.recipe import HEADER, make_rows

    rows = list(make_rows(0))
    families = sorted({row["family"] for row in rows})
    kept = set(families[:: max(1, len(families) // FAMILIES)])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, lineterminator="\n")
        writer.writeheader()
        few = [row for row in rows if row["family"] in kept]
        writer.writerows(few)
    return len(few)


def hand_in_labels(project: Any) -> None:
    """Labels as careful people would give them. What they are worth is no question here."""
    from modeling.intake import IntakeRow, hand_in
    from modeling.labels import Split
    from modeling.models import Comment

    comments = Comment.objects.of(project).in_split(Split.POOL).labelled().order_by("pk")[:LABELLED]
    said = {"weight": 1.0, "confidence": 0.9, "incorrect_rate": 0.5, "annotation_count": 2, "version_id": project.champion_id}
    rows = [
        IntakeRow(comment_id=c.pk, q=tuple(1.0 if level == c.level else 0.0 for level in ("low", "mild", "high")), **said)  # type: ignore[arg-type]  # the row's other fields come by keyword
        for c in comments
    ]
    # So few families tell nothing of a subgroup, and a cycle that gate cannot decide would stop before its verdict.
    hand_in(project=project, provenance="a round", rows=rows, annotation_count=2 * len(rows), primary_measure="accuracy")


def data_of_this_site() -> dict[str, Any]:
    """What the file of results says of the data."""
    from modeling.models import Dataset

    dataset = Dataset.objects.get()
    return {"name": "demo", "sha256": dataset.sha256, "rows": dataset.row_count, "files": [dataset.file_name]}


def describe_data(result: ResultFile) -> None:
    result.data = [data_of_this_site()]


def lead_token() -> str:
    from django.contrib.auth.models import User
    from rest_framework.authtoken.models import Token

    return str(Token.objects.get_or_create(user=User.objects.get(username="lead"))[0].key)


@dataclass
class Site:
    """The site as `make demo` starts it: a supervisor with web server, two queues and the model server."""

    var: Path
    token: str
    settings: str = "biasapp.settings"
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.var / "serve.log"

    @property
    def address(self) -> str:
        """It may have moved to another port, and says so."""
        moved = re.search(r"is taken; using (\d+)", self.log.read_text())
        return f"http://127.0.0.1:{moved[1] if moved else PORT}/"

    def start(self) -> None:
        self.log.write_bytes(b"")
        with self.log.open("ab") as out:
            command = [sys.executable, "-u", "manage.py", "serve", "--port", str(PORT)]
            own = {"env": {**os.environ, "DJANGO_SETTINGS_MODULE": self.settings}, "start_new_session": True}
            self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out, **own)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the site did not start:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.2)

    def _answers(self) -> bool:
        """Asked for by itself: on a busy machine the site gives up waiting for its own answer, and runs all the same."""
        try:
            with urllib.request.urlopen(f"{self.address}health/", timeout=5):  # noqa: S310 - our own loopback address
                return True
        except OSError:
            return False

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, timeout: float = 30) -> dict[str, Any]:
        """JSON of the answer; `path` is below the project, or with a slash before it below the whole API.

        Raises OSError where nobody answers, as for some seconds after the web server was killed.
        """
        data = json.dumps(body or {}).encode() if method == "POST" else None
        headers = {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}
        url = f"{self.address}api/v1{path}" if path.startswith("/") else f"{self.address}api/v1/projects/demonstration/{path}"
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - our own loopback address
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310 - our own loopback address
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            return {"refused": error.code, **json.load(error)}
        return found

    def patiently(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while True:
            try:
                return self.call(method, path, body)
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def victims(self, name: str) -> list[int]:
        """Ids of the living processes of that name, all of them started by this site; empty where there is none now."""
        assert self.process is not None
        known = processes()
        ours = below(self.process.pid, known)
        training = [pid for pid in ours if "run_cycle --id" in known[pid][1]]
        if name == "supervisor":
            return [self.process.pid]
        if name == "training child":
            return training
        if name == "worker":
            return [known[pid][0] for pid in training] or _idle_worker(ours, known)
        marks = {"web": "granian", "model server": "serve_model"}
        return [pid for pid in ours if marks[name] in known[pid][1] and known[pid][0] == self.process.pid]


def kill(pids: list[int]) -> int:
    """kill -9; how many were still there."""
    hit = 0
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            hit += 1
    return hit


def processes() -> dict[int, tuple[int, str]]:
    """{pid: (parent, command)}"""
    found: dict[int, tuple[int, str]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                found[int(folder.name)] = (int((folder / "stat").read_text().rpartition(")")[2].split()[1]), command)
    return found


def below(ancestor: int, known: dict[int, tuple[int, str]]) -> list[int]:
    found, frontier = [], [ancestor]
    while frontier:
        frontier = [pid for pid, (parent, _) in known.items() if parent in frontier]
        found += frontier
    return found


def _idle_worker(ours: list[int], known: dict[int, tuple[int, str]]) -> list[int]:
    """Worker, pusher and monitor of the training queue: django-q2 does not name them, so all three go."""
    clusters = [pid for pid in ours if "qcluster" in known[pid][1] and b"Q_CLUSTER_NAME=train" in _environment(pid)]
    depth = {pid: sum(pid in below(other, known) for other in clusters) for pid in clusters}
    return [pid for pid in clusters if depth[pid] == max(depth.values())]


def _environment(pid: int) -> bytes:
    with contextlib.suppress(OSError):
        return (Path("/proc") / str(pid) / "environ").read_bytes()
    return b""
