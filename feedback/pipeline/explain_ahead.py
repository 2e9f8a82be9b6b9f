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
    """Explain what is not explained yet of one round, or of every open one, in the order in which items are given out. Ends when the time is
    up, the round is closed or the model server is away; the next call goes on. Returns how many were explained."""
    until, done, refused = time.monotonic() + seconds, 0, set[int]()
    while time.monotonic() < until and (wanted := list(_unexplained(round_id, refused)[:AT_ONCE])):
        try:
            done += explain_now(wanted)
        except ModelServerAwayError:
            break
        refused |= set(_unexplained(round_id, refused).filter(prediction__in=wanted))
    return done


def enqueue(round: AnnotationRound) -> None:
    """Scripted annotators do not read."""
    from django_q.tasks import async_task

    if not round.simulated:
        transaction.on_commit(lambda: async_task("feedback.tasks.explain_items", round.pk, task_name=f"explain round {round.pk}"))


def _unexplained(round_id: int | None, refused: set[int]) -> QuerySet[AnnotationItem, int]:
    """Ids of predictions."""
    stored = Explanation.objects.filter(prediction=OuterRef("prediction"), engine=ENGINE)
    waiting = AnnotationItem.objects.filter(~Exists(stored), round__state=AnnotationRound.State.OPEN, round__simulated=False)
    if round_id is not None:
        waiting = waiting.filter(round=round_id)
    return waiting.exclude(prediction__in=refused).order_by("rank", "pk").values_list("prediction_id", flat=True)
