"""Explain the items of a round before people come to them, so that each is shown with its shading and asks for nothing more."""

import time

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from feedback.models import AnnotationItem, AnnotationRound
from modeling.explaining import ENGINE, ModelServerAwayError, explain_now
from modeling.models import Explanation

AT_ONCE = 10
SLICE_SECONDS = 20.0
"""After so long other jobs have their turn; the schedule goes on with it."""


def explain_items(*, round_id: int | None = None, seconds: float = SLICE_SECONDS) -> int:
    """Explain what is not explained yet of one round, or of every open one, in the order in which items are given out; when all are, measure
    what each map is worth against chance. Ends when the time is up, the round is closed or the model server is away; the next call goes on.
    Returns how many were explained."""
    until = time.monotonic() + seconds
    done, is_away = _have_made(round_id, until, measured=False)
    if not is_away:
        _have_made(round_id, until, measured=True)
    return done


def _have_made(round_id: int | None, until: float, *, measured: bool) -> tuple[int, bool]:
    """How many were made (or measured), and whether the model server is away."""
    done, refused, at_once = 0, set[int](), 1 if measured else AT_ONCE
    while time.monotonic() < until and (wanted := list(_waiting(round_id, refused, measured)[:at_once])):
        try:
            done += explain_now(wanted, measured=measured)
        except ModelServerAwayError:
            return done, True
        refused |= set(_waiting(round_id, refused, measured).filter(prediction__in=wanted))
    return done, False


def enqueue(round: AnnotationRound) -> None:
    """Scripted annotators do not read."""
    from django_q.tasks import async_task

    if not round.simulated:
        transaction.on_commit(lambda: async_task("feedback.tasks.explain_items", round.pk, task_name=f"explain round {round.pk}"))


def _waiting(round_id: int | None, refused: set[int], measured: bool) -> QuerySet[AnnotationItem, int]:
    """Ids of predictions without a map, or without its figures."""
    stored = Explanation.objects.filter(prediction=OuterRef("prediction"), engine=ENGINE)
    there = stored.filter(figures__has_key="faithfulness") if measured else stored
    waiting = AnnotationItem.objects.filter(~Exists(there), round__state=AnnotationRound.State.OPEN, round__simulated=False)
    if round_id is not None:
        waiting = waiting.filter(round=round_id)
    return waiting.exclude(prediction__in=refused).order_by("rank", "pk").values_list("prediction_id", flat=True)
