"""A closed gate round: experts' answers become gate truth, and the held cycle is judged again."""

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from feedback.models import Annotation, AnnotationItem, AnnotationRound
from feedback.pipeline.aggregate import aggregate_feedback
from feedback.pipeline.lock import lock_round
from modeling import gate_truth, ledger
from modeling.errors import ModelingError
from modeling.labels import LEVELS

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def settle_gate_round(*, round: AnnotationRound, judge: bool = True, by: "User | None" = None) -> AnnotationRound:
    """Again, or twice at once, it does only what is still missing. Nothing of it is ever trained on."""
    rows = _truths(round) if round.settled_at is None else []
    with transaction.atomic():
        locked = lock_round(round)
        if locked.state == AnnotationRound.State.OPEN or locked.closed_at != round.closed_at:
            # It was opened again meanwhile: and if it is closed again by now, that closing brings its further answers.
            return locked
        if locked.settled_at is None:
            gate_truth.hand_in_truth(project=round.project, provenance=str(round), rows=rows)
            AnnotationRound.objects.filter(pk=round.pk).update(settled_at=timezone.now())
        if judge and locked.cycle_id is None:
            _judge(round, by)
    round.refresh_from_db()
    return round


def _truths(round: AnnotationRound) -> list[gate_truth.TruthRow]:
    """One row per item that somebody has said a level of."""
    comments = dict(AnnotationItem.objects.filter(round=round).values_list("pk", "comment_id"))
    levels = _levels(round)
    rows = []
    for found in aggregate_feedback(round=round).items:
        said = levels[found.item]
        highest = LEVELS[max(range(len(LEVELS)), key=lambda level, q=found.q: q[level])]
        rows.append(gate_truth.TruthRow(comments[found.item], found.q, sum(said.values()), said[highest] / sum(said.values())))
    return rows


def _levels(round: AnnotationRound) -> dict[int, Counter[str]]:
    """How often each level was said of each item."""
    said: dict[int, Counter[str]] = defaultdict(Counter)
    answers = Annotation.objects.filter(item__round=round).exclude(verdict="unsure")
    for item, corrected, predicted in answers.values_list("item", "corrected_label", "item__prediction__predicted_label"):
        said[item][corrected or predicted] += 1
    return said


def _judge(round: AnnotationRound, by: "User | None") -> None:
    """A cycle that cannot be judged now keeps its verdict, and its page offers to do it later. The ledger says why."""
    try:
        with transaction.atomic():
            gate_truth.judge_again(cycle=round.judges, by=by)
    except ModelingError as error:
        ledger.append(actor=by or "system", action="cycle.not_started", subject=round.ledger_subject, payload={"reason": str(error)})
    else:
        AnnotationRound.objects.filter(pk=round.pk).update(cycle=round.judges)
