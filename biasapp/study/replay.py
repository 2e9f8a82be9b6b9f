"""Replay a study: before its first month what was there and a first version, then month after month comments, round, answers, labels, cycle."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from biasapp.study.alone import alone
from biasapp.study.changes import date_first_version, date_promotion
from biasapp.study.months import BASELINE, Part
from biasapp.study.people import answer_round, first_day, people_of
from biasapp.study.spec import StudySpec
from feedback.errors import NotEnoughCommentsError
from feedback.models import AnnotationRound
from feedback.pipeline.close_round import close_round
from feedback.pipeline.sample import open_round
from modeling.config import TrainingConfig
from modeling.intake import request_cycle
from modeling.labels import Arm, Lane, Split
from modeling.lifecycle import fail, put_into_use, retry
from modeling.models import Comment, Dataset, Project, RetrainingCycle, VersionChange, WorkState
from modeling.pipeline.evaluate import evaluate_in_use
from modeling.pipeline.fill_matrix import fill_matrix
from modeling.pipeline.import_comments import import_comments, new_dataset
from modeling.pipeline.predict import score_comments
from modeling.pipeline.run_cycle import run_cycle
from modeling.pipeline.signals import store_signals
from modeling.pipeline.train import train_first

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Tell = Callable[[str, str], None]
"""Month (or `before`) and what is done."""

KILLED = "The study was stopped."
FEWEST_ITEMS = 2


def replay(*, project: Project, spec: StudySpec, parts: Sequence[Part], by: "User", tell: Tell) -> None:
    """All of it, or what is left of it.

    Raises:
        StudyRefusedError: another process replays it.
    """
    before, *months = parts
    with alone(project):
        _import(project, before, spec, tell)
        train(project, spec, by, tell)
        date_first_version(project, months[0].month)
        for number, part in enumerate(months):
            play_month(project=project, spec=spec, part=part, number=number, by=by, tell=tell)
        _measure(project)
        tell(months[-1].month, f"{project.champion} is measured, and the versions before it on all months")


def play_month(*, project: Project, spec: StudySpec, part: Part, number: int, by: "User", tell: Tell) -> RetrainingCycle:
    """`number` from 0. Each step is skipped where its rows stand."""
    _import(project, part, spec, tell)
    round = _round_of(project, number) or _open(project, spec, part, number, by, tell)
    if round.state == AnnotationRound.State.OPEN:
        people = people_of(project, spec, number)
        count = answer_round(round, people, spec, number, first_day(part.month), partial(tell, part.month))
        tell(part.month, f"round {round.number} has its {count} answers")
    if round.batch_id is None:
        round = close_round(round=round, by=by, start_cycle=False)
        tell(part.month, f"round {round.number} is closed: labels are joined and frozen")
    cycle = _cycle_of(round, spec, by)
    _to_its_verdict(cycle, part.month, tell)
    date_promotion(cycle, part.month)
    return cycle


def _import(project: Project, part: Part, spec: StudySpec, tell: Tell) -> None:
    """One data set for each month, of its name."""
    dataset = project.datasets.filter(name=part.month).first()
    if dataset is not None and dataset.state == WorkState.DONE:
        return
    if dataset is None:
        dataset = new_dataset(project=project, name=part.month, file_name=f"{part.month}.csv", made_up=not spec.is_from_files)
        Dataset.objects.filter(pk=dataset.pk).update(dealt_dates=part.dealt)
        dataset.refresh_from_db()
    _let_go(dataset)
    path = Path(settings.VAR_DIR) / f"study-{project.slug}-{part.month}.csv"
    part.write(path)
    import_comments(dataset=dataset, path=path)
    path.unlink()
    tell(part.month, f"{dataset.row_count:,} comments imported")


def _let_go(work: Any) -> None:
    """What a killed study had in hand: nobody else works on a study's rows."""
    work.refresh_from_db()
    if work.state in (WorkState.RUNNING, *RetrainingCycle.RUNNING):
        fail(work, KILLED)
        work.refresh_from_db()


def train(project: Project, spec: StudySpec, by: "User", tell: Tell) -> None:
    project.refresh_from_db()
    if project.champion is not None:
        return
    left = project.versions.filter(arm=Arm.INITIAL).order_by("number").first()
    if left is not None:
        # Killed after it was kept and before it came into use: a second one would be another study's.
        with transaction.atomic():
            put_into_use(project=project, version=left, kind=VersionChange.Kind.INSTALLED, by=by)
        tell(BASELINE, f"{left} was trained, and is in use")
        return

    def on_step(step: dict[str, Any]) -> None:
        if step.get("step") is not None and step["step"] % 25 == 0:
            tell(BASELINE, f"training: step {step['step']} of {step['steps']}, loss {step['total']:.3f}")

    version = train_first(project=project, config=TrainingConfig(seed=spec.seed), by=by, on_step=on_step)
    tell(BASELINE, f"{version} is trained and in use")
    project.refresh_from_db()


def _round_of(project: Project, number: int) -> AnnotationRound | None:
    """As a killed study has left it. Of one that was being drawn nothing is left, so that it is opened anew."""
    rounds = AnnotationRound.objects.select_related("project").filter(project=project, number=number + 1)
    rounds.filter(state=AnnotationRound.State.DRAWING).delete()
    return rounds.first()


def _measure(project: Project) -> None:
    """What the worker does when comments came or a version came into use."""
    project.refresh_from_db()
    score_comments(version=project.champion)
    evaluate_in_use(version=project.champion)
    store_signals(version=project.champion)
    fill_matrix(version=project.champion)


def _open(project: Project, spec: StudySpec, part: Part, number: int, by: "User", tell: Tell) -> AnnotationRound:
    _measure(project)
    return open_months_round(project, spec, part, number, by, tell)


def open_months_round(project: Project, spec: StudySpec, part: Part, number: int, by: "User", tell: Tell) -> AnnotationRound:
    """Of that month’s comments alone: as many as were asked for, or nearly."""
    dataset = project.datasets.get(name=part.month)
    pool = Comment.objects.filter(dataset=dataset, split=Split.POOL).count()
    count = max(FEWEST_ITEMS, round(spec.round_share * pool))
    asked: dict[str, Any] = {"overlap": spec.overlap, "seed": 1000 * spec.seed + number, "by": by, "simulated": True, "dataset": dataset}
    while True:
        try:
            # Killed here, nothing of it is left: a worker would draw what is left of it from the whole pool.
            with transaction.atomic():
                opened = open_round(project=project, name=f"{part.month} (simulated)", item_count=count, **asked)
                AnnotationRound.objects.filter(pk=opened.pk).update(opened_at=first_day(part.month))
        except NotEnoughCommentsError:
            if count <= FEWEST_ITEMS:
                raise
            count -= max(1, count // 50)
        else:
            tell(part.month, f"round {opened.number} is open: {count} of the month’s {pool} comments that people may see")
            return AnnotationRound.objects.select_related("project").get(pk=opened.pk)


def _cycle_of(round: AnnotationRound, spec: StudySpec, by: "User") -> RetrainingCycle:
    if round.cycle is None:
        with transaction.atomic():
            asked = {"provenance": str(round), "by": by, "lane": Lane(spec.lane), "seed": spec.seed, "in_background": False}
            round.cycle = request_cycle(project=round.project, **asked)
            AnnotationRound.objects.filter(pk=round.pk).update(cycle=round.cycle)
    return round.cycle


def _to_its_verdict(cycle: RetrainingCycle, month: str, tell: Tell) -> None:
    _let_go(cycle)
    if cycle.state == cycle.State.FAILED:
        retry(cycle=cycle, in_background=False)
    if cycle.state != cycle.State.REQUESTED:
        return
    began = timezone.now()
    run_cycle(cycle=cycle)
    cycle.refresh_from_db()
    seconds = (timezone.now() - began).total_seconds()
    tell(month, f"cycle {cycle.number}: {cycle.state} after {seconds:.0f} s. {' '.join(cycle.decision.get('reasons', []))}".strip())
