"""An installation with as many comments, predictions, explanations and annotators as the load of the annotator's page asks for, and its web
server as `make demo` starts it. No model is trained: what a page shows is read from stored rows.

Comments are the tasks that the peers were given (`--tasks`, a JSON list with `text`), else words drawn by lot.
"""

import hashlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.result_file import ROOT
from benchmarks.small_site import below, processes, set_up

if TYPE_CHECKING:
    from feedback.models import AnnotationRound
    from modeling.models import Project

COMMENTS, PEOPLE = 5_000, 64
SLUG = "load"
PORT = 18_600
WORDS = (
    "the people who live down our road said that nobody cared about any of what had been done since spring and so they went home again "
    "while those who stayed wrote to the council about buses coats markets gardens rivers prayers weddings schools and dogs"
)


def prepare(var: Path, tasks: Path | None = None) -> "Project":
    """Made once; this process works in it from now on."""
    set_up(var, BIASAPP_STATIC=str(var / "static"))
    from django.core.management import call_command

    from modeling.models import Project

    call_command("migrate", verbosity=0)
    # As the Makefile does it: hashed and compressed.
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["redoc", "rest_framework"])
    known = Project.objects.filter(slug=SLUG).first()
    return known or _make(_texts(tasks))


def _texts(tasks: Path | None) -> list[str]:
    if tasks is not None:
        return [task["text"] for task in json.loads(tasks.read_text(encoding="utf-8"))][:COMMENTS]
    rng, words = np.random.default_rng(0), WORDS.split()
    return [" ".join(rng.choice(words, rng.integers(8, 28))) + f" {number}." for number in range(COMMENTS)]


def _make(texts: list[str]) -> "Project":
    from django.contrib.auth.models import User
    from django.db import transaction
    from django.utils import timezone

    from feedback.access import crowd_of
    from feedback.models import Annotator
    from modeling.labels import Arm, Lane, Split
    from modeling.models import Comment, Dataset, Explanation, Membership, ModelVersion, Prediction, Project, Role, SubgroupMention, WorkState

    rng = np.random.default_rng(1)
    with transaction.atomic():
        project = Project.objects.create(name="Load", slug=SLUG)
        dataset = Dataset.objects.create(project=project, name="tasks", state=WorkState.DONE, row_count=len(texts), mention_source="column")
        version = ModelVersion.objects.create(
            project=project, number=1, lane=Lane.FULL, arm=Arm.INITIAL, directory="none", threshold=0.5, manifest={}
        )
        project.champion = version
        project.save(update_fields=["champion"])
        comments = Comment.objects.bulk_create(
            Comment(
                dataset=dataset,
                external_id=str(number),
                text=text,
                text_hash=hashlib.sha256(f"{number} {text}".encode()).hexdigest(),
                split=Split.POOL,
                annotator_count=0,
            )
            for number, text in enumerate(texts)
        )
        SubgroupMention.objects.bulk_create(SubgroupMention(comment=one, subgroup="muslim", value=1, source="column") for one in comments[::3])
        said = rng.dirichlet((1, 1, 1), len(comments))
        predictions = Prediction.objects.bulk_create(
            Prediction(
                version=version,
                comment=comment,
                p_low=p[0],
                p_mild=p[1],
                p_high=p[2],
                predicted_label=("low", "mild", "high")[p.argmax()],
                score=0.5 * p[1] + p[2],
                flagged=bool(0.5 * p[1] + p[2] >= version.threshold),
            )
            for comment, p in zip(comments, said, strict=True)
        )
        Explanation.objects.bulk_create(
            Explanation(prediction=prediction, spans=_spans(text, rng)) for prediction, text in zip(predictions, texts, strict=True)
        )
        crowd = crowd_of(project.pk)
        for number in range(PEOPLE):
            user = User.objects.create(username=f"annotator-{number}")
            Membership.objects.create(project=project, user=user, role=Role.ANNOTATOR)
            Annotator.objects.create(project=project, user=user, panel=crowd, consented_at=timezone.now())
    return project


def _spans(text: str, rng: np.random.Generator) -> list[list[float]]:
    """Each word with an attribution by lot, 24 at most, as an explanation has."""
    spans: list[list[float]] = []
    start = 0
    for word in text.split()[:24]:
        start = text.index(word, start)
        spans.append([start, start + len(word), float(rng.normal(0, 0.1))])
        start += len(word)
    return spans


UNDISTURBED = {
    "exposure_budget": 0,
    "break_minutes": 0,
    "gold_rate": 0,
    "repeat_rate": 0,
    "blind_share": 0,
    "time_floor": 0,
    "qualification_items": 0,
}
"""Nobody is sent on a break, paused, or shown anything but the sample: machines answer faster and longer than people may."""


def open_round(project: "Project", *, items: int, overlap: int, **settings: Any) -> "AnnotationRound":
    """Over the first `items` comments, without a draw: what is measured comes after it. `settings`: what a part measures beside the sample."""
    from django.db import transaction

    from feedback.models import AnnotationItem, AnnotationRound, Assignment
    from modeling.models import Prediction

    predictions = list(Prediction.objects.filter(version=project.champion_id).order_by("pk")[:items])
    with transaction.atomic():
        number = project.rounds.count() + 1
        defaults = {"name": f"load {number}", "version_id": project.champion_id, "item_count": len(predictions), "overlap": overlap}
        made = AnnotationRound.objects.create(project=project, number=number, strategy="random", **{**defaults, **UNDISTURBED, **settings})
        drawn = AnnotationItem.objects.bulk_create(
            AnnotationItem(round=made, comment_id=one.comment_id, prediction=one, rank=rank, inclusion_probability=1)
            for rank, one in enumerate(predictions)
        )
        Assignment.objects.bulk_create(Assignment(item=item, round=made, rank=item.rank) for item in drawn for _ in range(overlap))
    return made


def page_of(round: "AnnotationRound") -> str:
    from django.urls import reverse

    return str(reverse("feedback:annotate", args=[round.project.slug, round.number]))


def cookies_of(count: int) -> list[dict[str, str]]:
    """Sessions of the first annotators, as signing in makes them: hashing 64 passwords is no part of the load."""
    from django.contrib.auth.models import User
    from django.test import Client

    found = []
    for number in range(count):
        client = Client()
        client.force_login(User.objects.get(username=f"annotator-{number}"))
        found.append({"sessionid": client.cookies["sessionid"].value})
    return found


@contextmanager
def web_server(settings: str = "benchmarks.empty_view_settings") -> Iterator[tuple[str, int]]:
    """The site's web server as `serve` starts it, alone; (address, process id)."""
    from biasapp.management.commands.serve import free_port, wait_until_it_answers, web_command

    port = free_port(PORT)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": settings}
    process = subprocess.Popen(web_command("127.0.0.1", port), cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        if not wait_until_it_answers(f"{address}/"):
            raise RuntimeError("the web server did not answer")
        yield address, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def cpu_seconds(pid: int) -> float:
    """Of a process and all below it, by the scheduler's own count (nanoseconds)."""
    total = 0
    for one in [pid, *below(pid, processes())]:
        for task in Path(f"/proc/{one}/task").glob("*/schedstat"):
            try:
                total += int(task.read_text().split()[0])
            except OSError:
                continue
    return total / 1e9
