"""What seeds that are played have in common: an installation of one's own (BIASAPP_VAR), its project and data, a web server, the worker's
part of a cycle."""

import csv
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

from modeling.labels import Split, split_of

if TYPE_CHECKING:
    from feedback.models import AnnotationRound
    from modeling.labels import Arm
    from modeling.models import Project, RetrainingCycle

QUICK_ROWS = 8
"""A trial keeps every eighth family, and all of gate, which must hold enough for a verdict; of the real comments an eighth."""


@dataclass(frozen=True)
class Task:
    """What `seed_processes` asks for: the arguments of a module that plays one seed."""

    part: str
    seed: int
    work: Path
    data: Path
    quick: bool

    @property
    def path(self) -> Path:
        return self.work / f"{self.part}-{self.seed}.npz"

    @property
    def primary_measure(self) -> str:
        """Empty: the first that gate can tell. A trial's gate is too small for most."""
        return "accuracy" if self.quick else ""


def read_task() -> Task:
    part, seed, work, data, how = sys.argv[1:]
    return Task(part, int(seed), Path(work), Path(data), how == "quick")


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "biasapp.settings")
    django.setup()
    import torch
    from django.core.management import call_command

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    call_command("migrate", verbosity=0)


def load(part: str, files: Sequence[Path]) -> tuple["Project", dict[str, Any]]:
    """The demonstration's project with these files, and how the result file describes them."""
    from biasapp.demonstration import SLUG, make_people, project_of_demonstration
    from modeling.models import Dataset, Project
    from modeling.pipeline.import_comments import import_comments

    if not Project.objects.filter(slug=SLUG).exists():
        make_people(say)
    project = project_of_demonstration()
    for path in files:
        dataset, _ = Dataset.objects.get_or_create(project=project, name=path.stem, defaults={"file_name": path.name, "made_up": part != "real"})
        if dataset.state != "done":
            import_comments(dataset=dataset, path=path)
    rows = sum(project.datasets.values_list("row_count", flat=True))
    say(f"{rows:,} comments")
    return project, {"name": part, "files": [str(path) for path in files], "rows": rows}


def demonstration_file(*, quick: bool) -> Path:
    from django.conf import settings

    from modeling.demonstration.recipe import HEADER, make_rows

    path = Path(settings.VAR_DIR) / "demonstration.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row in make_rows(seed=0) if not quick or _is_in_trial(row["family"]))
    return path


def _is_in_trial(family: str) -> bool:
    return bool(family) and (split_of(family) == Split.GATE or hashlib.sha256(f"trial {family}".encode()).digest()[0] % QUICK_ROWS == 0)


def round_left(project: "Project", number: int = 1) -> "AnnotationRound | None":
    """As a killed run has left it. Of one that was being drawn nothing is left, so that it is opened anew."""
    project.rounds.filter(number=number, state="drawing").delete()
    return project.rounds.filter(number=number).first()


def round_of(project: "Project", count: int, **settings: Any) -> "AnnotationRound":
    """A round of `count` comments, or of nearly as many as there are left that nobody has judged."""
    from feedback.errors import NotEnoughCommentsError
    from feedback.pipeline.sample import open_round

    while True:
        try:
            return open_round(project=project, item_count=count, **settings)
        except NotEnoughCommentsError:
            if count <= 1:
                raise
            count -= max(1, count // 50)


@contextmanager
def web_server(first_port: int) -> Iterator[str]:
    """Seeds that are played at once must not look for a free port from the same number on."""
    from biasapp.management.commands.serve import free_port, wait_until_it_answers

    port = free_port(first_port)
    granian = [str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--workers", "1", "--blocking-threads", "1", "--no-ws"]
    server = subprocess.Popen([*granian, "--host", "127.0.0.1", "--port", str(port), "biasapp.wsgi:application"])
    try:
        if not wait_until_it_answers(f"http://127.0.0.1:{port}/"):
            raise RuntimeError("the web server did not answer")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def let_scripts_answer(round_: "AnnotationRound", *, annotators: int, seed: int, first_port: int) -> None:
    """Everybody answers over HTTP, and stops where nothing is left for them."""
    with web_server(first_port) as url:
        command = [sys.executable, "manage.py", "simulate_annotators", "--project", round_.project.slug, "--round", str(round_.number)]
        command += ["--annotators", str(annotators), "--accuracy", ".85", "--bias-recall", ".8", "--seed", str(seed), "--url", url]
        subprocess.run(command, check=True)


def to_its_verdict(cycle: "RetrainingCycle", arms: "tuple[Arm, ...]") -> None:
    """One that was stopped goes on where it was: nobody else works in this installation."""
    from modeling.lifecycle import fail, retry
    from modeling.pipeline.run_cycle import run_cycle

    if cycle.state in cycle.RUNNING:
        fail(cycle, "The benchmark was stopped.")
    if cycle.state == cycle.State.FAILED:
        retry(cycle=cycle, in_background=False)
    if cycle.state == cycle.State.REQUESTED:
        run_cycle(cycle=cycle, arms=arms)
