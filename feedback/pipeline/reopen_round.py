"""Open a closed round again, or cancel one that nobody has answered."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from feedback.errors import LabelsFrozenError, RoundAnsweredError
from feedback.models import Annotation, AnnotationRound, Joining
from feedback.pipeline.lock import lock_round
from feedback.pipeline.summarise_rounds import forget_round
from modeling import intake, ledger
from modeling.errors import ModelingError

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def reopen_round(*, round: AnnotationRound, by: "User") -> AnnotationRound:
    """People can answer again. Labels that were frozen are taken back as long as no cycle has asked for them: nothing was trained on them.

    Raises:
        LabelsFrozenError: it is not closed, or its labels have gone where they cannot be called back from.
    """
    with transaction.atomic():
        locked = lock_round(round)
        if reason := why_not_reopen(locked):
            raise LabelsFrozenError(reason)
        batch = locked.batch
        AnnotationRound.objects.filter(pk=round.pk).update(state=AnnotationRound.State.OPEN, closed_at=None, batch=None, cycle=None)
        Joining.objects.filter(round=round).delete()
        forget_round(round)
        ledger.append(actor=by, action="round.reopened", subject=round.ledger_subject, payload={"batch_sha256": batch.sha256 if batch else None})
        if batch is not None:
            _take_back(batch.pk, by)
    round.refresh_from_db()
    return round


def why_not_reopen(round: AnnotationRound) -> str:
    """Empty when it can be opened again."""
    if round.state != AnnotationRound.State.CLOSED:
        told = _("Round %(number)s is %(state)s. Only a closed round can be opened again.")
        return told % {"number": round.number, "state": round.get_state_display()}
    if round.settled_at is not None:
        told = _("The labels of round %(number)s are gate’s truth already, and gate keeps what it was judged by. Open another gate round instead.")
        return told % {"number": round.number}
    cycle = round.batch.cycles.order_by("number").first() if round.batch else None
    if cycle is not None:
        told = _("Cycle %(cycle)s was given the labels of round %(number)s, so they must stay as they are. Open another round instead.")
        return told % {"cycle": cycle.number, "number": round.number}
    return ""


def cancel_round(*, round: AnnotationRound, by: "User | None" = None) -> AnnotationRound:
    """End a round that nobody has answered. Its comments can be shown in another; those of a gate round stay in gate without a truth, and the
    next gate round asks about them first.

    Raises:
        RoundAnsweredError: it is not open, or somebody has answered: then closing it keeps their work.
    """
    with transaction.atomic():
        # An answer that is being stored shares the round's row: wait for it before asking whether there is one.
        if lock_round(round).state != AnnotationRound.State.OPEN:
            raise RoundAnsweredError(_("Only an open round can be cancelled."))
        if Annotation.of_any_purpose.filter(item__round=round).exists():
            raise RoundAnsweredError(_("People have answered already. Close the round instead, so that their work counts."))
        AnnotationRound.objects.filter(pk=round.pk).update(state=AnnotationRound.State.CANCELLED)
        action = "gate_round.cancelled" if round.kind == AnnotationRound.Kind.GATE else "round.cancelled"
        ledger.append(actor=by or "system", action=action, subject=round.ledger_subject, payload={})
    round.refresh_from_db()
    return round


def _take_back(batch_id: int, by: "User") -> None:
    try:
        intake.take_back(batch_id=batch_id, by=by)
    except ModelingError as error:
        raise LabelsFrozenError(str(error)) from error
