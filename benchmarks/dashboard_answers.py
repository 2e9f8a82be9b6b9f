"""Rounds and answers for `dashboard_speed`: a round each month, judged by twelve people on three panels, closed by the product itself."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np

from benchmarks.dashboard_world import SPLITS, World, beginning_of
from modeling.labels import LEVELS, SUBGROUPS, BiasType, Split

if TYPE_CHECKING:
    from feedback.models import AnnotationItem, AnnotationRound, Annotator, Assignment
    from modeling.models import LedgerEntry

PANELS = ("crowd", "researcher", "expert")
PEOPLE_OF_A_PANEL = 4
OVERLAP = 3
BLIND_SHARE = 0.2
BIASED_SHARE = 0.15
BIAS_TYPES = tuple(BiasType)
CLOSED_ON = 25


def add_answers(world: World) -> list[float]:
    """Seconds that each round took to close: its answers joined, its labels handed in, and all of it summed up."""
    from feedback.models import Panel
    from tests.feedback.worlds import make_annotator

    panels = [Panel.objects.create(project=world.project, name=name.capitalize(), kind=name) for name in PANELS]
    people = [make_annotator(world.project, panel) for panel in panels for _ in range(PEOPLE_OF_A_PANEL)]
    rng = np.random.default_rng([2, world.project.pk])
    return [_close(world, _answered(world, month, people, rng), month) for month in range(world.size.months)]


def _answered(world: World, month: int, people: list["Annotator"], rng: np.random.Generator) -> "AnnotationRound":
    from django.db import transaction

    from feedback.models import AnnotationRound

    version = world.versions[world.size.in_use_in(month)]
    at = beginning_of(world.months[month])
    named = {"name": f"Of {world.months[month]}", "number": month + 1, "opened_at": at, "item_count": world.size.items}
    drawn = {"strategy": "random", "random_share": 1, "overlap": OVERLAP, "blind_share": BLIND_SHARE, "joining_method": world.size.joining}
    with transaction.atomic():
        round = AnnotationRound.objects.create(project=world.project, version=version, **named, **drawn)
        _answer(round, _items(world, round, month, rng), people, rng)
    return round


def _items(world: World, round: "AnnotationRound", month: int, rng: np.random.Generator) -> list["AnnotationItem"]:
    from feedback.models import AnnotationItem
    from modeling.models import Prediction

    of_month = (world.columns["months"] == month) & (world.columns["splits"] == SPLITS.index(Split.POOL))
    drawn = rng.choice(world.columns["ids"][of_month], size=world.size.items, replace=False).tolist()
    predictions = Prediction.objects.filter(version=round.version, comment__in=drawn)
    return AnnotationItem.objects.bulk_create(
        AnnotationItem(
            round=round, comment_id=one.comment_id, prediction=one, split=Split.POOL, rank=rank, inclusion_probability=len(drawn) / of_month.sum()
        )
        for rank, one in enumerate(predictions)
    )


def _answer(round: "AnnotationRound", items: list["AnnotationItem"], people: list["Annotator"], rng: np.random.Generator) -> None:
    from feedback.models import Annotation, Assignment
    from modeling.models import LedgerEntry

    places, answers = [], []
    for item in items:
        wrong, biased, is_blind = rng.random() < 0.3, rng.random() < BIASED_SHARE, rng.random() < BLIND_SHARE
        kind = BIAS_TYPES[rng.integers(len(BIAS_TYPES))].value
        for person in rng.choice(len(people), size=OVERLAP, replace=False).tolist():
            at = round.opened_at + timedelta(seconds=float(rng.uniform(0, 20 * 86_400)))
            place = Assignment(item=item, round=round, rank=len(places), state=Assignment.State.DONE, annotator=people[person], ended_at=at)
            level = _level(item, wrong, rng)
            place.blind, place.own_level = is_blind, level if is_blind else ""
            places.append(place)
            answers.append(_annotation(place, level, kind if biased and rng.random() < 0.8 else "", at, rng))
    Assignment.objects.bulk_create(places, batch_size=500)
    Annotation.objects.bulk_create(answers, batch_size=500)
    LedgerEntry.objects.bulk_create(_entries(round, answers), batch_size=500)


def _level(item: "AnnotationItem", wrong: bool, rng: np.random.Generator) -> str:
    """What this person takes it for: mostly what most do."""
    predicted = LEVELS.index(item.prediction.predicted_label)  # type: ignore[arg-type]  # a level's name
    is_off = wrong if rng.random() < 0.85 else not wrong
    return LEVELS[abs(predicted - 1) if is_off else predicted].value


def _annotation(place: "Assignment", level: str, kind: str, at: datetime, rng: np.random.Generator) -> Any:
    from feedback.models import Annotation

    is_right = level == place.item.prediction.predicted_label
    said = {"verdict": "correct"} if is_right else {"verdict": "incorrect", "corrected_label": level}
    bias = {"biased": True, "bias_types": [kind], "severity": 2, "subgroup": SUBGROUPS[rng.integers(len(SUBGROUPS))]} if kind else {}
    shown = {"seconds": float(rng.lognormal(2.5, 0.5)), "created_at": at, "key": UUID(bytes=rng.bytes(16))}
    return Annotation(assignment=place, item=place.item, annotator=place.annotator, **said, **bias, **shown)


def _entries(round: "AnnotationRound", answers: list[Any]) -> Iterator["LedgerEntry"]:
    """As each answer leaves one, chained to the one before."""
    from modeling import ledger
    from modeling.models import LedgerEntry

    last = ledger.head()
    sequence, previous = (last.sequence, last.entry_hash) if last else (0, ledger.GENESIS)
    for answer in answers:
        sequence += 1
        payload = {"round": round.number, "item": answer.item_id, "answer_sha256": answer.key.hex * 2}
        what = {"action": "annotation.submitted", "subject": f"annotation {answer.pk}", "payload": payload}
        who, at = answer.annotator.user.username, answer.created_at
        entry = LedgerEntry(sequence=sequence, at=at, actor=who, **what, previous_hash=previous)
        entry.entry_hash = previous = ledger.hash_of(entry)
        yield entry


def _close(world: World, round: "AnnotationRound", month: int) -> float:
    """By the product, then dated back to the month that it belongs to."""
    from feedback.models import AnnotationRound
    from feedback.pipeline.close_round import close_round
    from modeling.models import FeedbackBatch

    began = time.perf_counter()
    closed = close_round(round=round, start_cycle=False)
    seconds = time.perf_counter() - began
    at = beginning_of(world.months[month], day=CLOSED_ON)
    AnnotationRound.objects.filter(pk=round.pk).update(closed_at=at)
    FeedbackBatch.objects.filter(pk=closed.batch_id).update(created_at=at)
    _use(closed, world.project.cycles.filter(requested_at__gt=at).order_by("number").first())
    return seconds


def _use(round: "AnnotationRound", cycle: Any) -> None:
    """The next cycle took its labels."""
    if cycle is not None:
        cycle.batches.add(round.batch)
