"""Close a round: no more answers; its labels are frozen and the retraining cycle is requested."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.errors import EmptyRoundError
from feedback.models import Annotation, AnnotationRound
from feedback.pipeline.aggregate import hand_in_feedback
from feedback.pipeline.settle_gate_round import settle_gate_round
from feedback.pipeline.summarise_rounds import summarise_round
from modeling import ledger
from modeling.labels import Verdict

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def close_round(*, round: AnnotationRound, by: "User | None" = None, start_cycle: bool = True, in_background: bool = False) -> AnnotationRound:
    """Close it at once; aggregate here, or with `in_background` in the queue (the web process has no pandas). Closing a closed round
    goes on with what is still missing, and otherwise does nothing.

    Raises:
        EmptyRoundError: nobody has said anything about a level yet.
    """
    _require_answers(round)
    with transaction.atomic():
        is_open = AnnotationRound.objects.filter(pk=round.pk, state=AnnotationRound.State.OPEN)
        if is_open.update(state=AnnotationRound.State.CLOSED, closed_at=timezone.now(), wants_cycle=start_cycle):
            annotations = Annotation.objects.filter(item__round=round).count()
            ledger.append(actor=by or "system", action="round.closed", subject=round.ledger_subject, payload={"annotations": annotations})
        if in_background:
            transaction.on_commit(lambda: enqueue(round.pk, start_cycle, by.pk if by else None))
    round.refresh_from_db()
    return round if in_background else hand_in(round=round, start_cycle=start_cycle, by=by)


def hand_in(*, round: AnnotationRound, start_cycle: bool = True, by: "User | None" = None) -> AnnotationRound:
    """A pool round's answers become labels to train on; a gate round's become truth to judge by, and never anything else."""
    if round.kind == AnnotationRound.Kind.GATE:
        handed = settle_gate_round(round=round, judge=start_cycle, by=by)
    else:
        handed = hand_in_feedback(round=round, start_cycle=start_cycle, by=by)
    summarise_round(handed)
    return handed


def enqueue(round_id: int, start_cycle: bool, by_id: int | None) -> None:
    from django_q.tasks import async_task

    async_task("feedback.tasks.aggregate_round", round_id, start_cycle, by_id, task_name=f"aggregate round {round_id}")


def _require_answers(round: AnnotationRound) -> None:
    answers = Annotation.objects.filter(item__round=round)
    if not answers.exists():
        told = _("Nobody has answered in round %(number)s yet, so there is nothing to hand in. It stays open.")
        raise EmptyRoundError(told % {"number": round.number})
    if not answers.exclude(verdict=Verdict.UNSURE).exists():
        told = _("Every answer in round %(number)s is “unsure”, so there is no label to hand in. It stays open.")
        raise EmptyRoundError(told % {"number": round.number})
