"""What a person decides about their own data: withdraw consent, take that back, ask for erasure. Each is written into the ledger."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.errors import NothingToUndoError
from feedback.models import Annotation, Annotator, Assignment, ErasureRequest, Pause, Withdrawal
from feedback.models.people import CONSENT_VERSION
from feedback.pipeline.assign import set_free
from modeling import ledger
from modeling.models import CounterfactualPair, Project


def give_consent(*, annotator: Annotator, version: int = CONSENT_VERSION) -> None:
    """They accept the content warning, of which they read this version; a withdrawal that is in force ends. Again, it does nothing."""
    with transaction.atomic():
        _lock(annotator)
        if not annotator.has_consented:
            annotator.consented_at, annotator.consent_version = timezone.now(), min(version, CONSENT_VERSION)
            annotator.save(update_fields=["consented_at", "consent_version"])
            end_withdrawal(annotator=annotator)


def withdraw_consent(*, annotator: Annotator) -> Withdrawal:
    """No item is given to them any more, and what they hold goes back to everybody. Their answers stay. Again, it does nothing."""
    with transaction.atomic():
        _lock(annotator)
        withdrawal, is_new = Withdrawal.objects.get_or_create(annotator=annotator, ended_at=None)
        Annotator.objects.filter(pk=annotator.pk).update(consented_at=None)
        if is_new:
            freed = set_free(Assignment.objects.filter(annotator=annotator, state=Assignment.State.CLAIMED))
            _record(annotator, "consent.withdrawn", {"places_given_back": freed})
    annotator.consented_at = None
    return withdrawal


def end_withdrawal(*, annotator: Annotator) -> bool:
    """They take it back. Before the next item they are asked for their consent, as at the beginning. False where none was in force."""
    with transaction.atomic():
        ended = Withdrawal.objects.filter(annotator=annotator, ended_at=None).update(ended_at=timezone.now())
        if ended:
            _record(annotator, "consent.withdrawal_taken_back", {})
    return bool(ended)


def request_erasure(*, annotator: Annotator) -> ErasureRequest:
    """Withdraws consent, removes free notes, reasons and reported pairs at once, and keeps the request. Again, it does nothing.

    What they answered waits: it is part of joined labels and of versions that were trained on these.
    """
    with transaction.atomic():
        # All rows before the ledger: others hold some of them, and the project that the request points at, while they wait for it.
        Project.objects.select_for_update(no_key=True).get(pk=annotator.project_id)
        _lock(annotator)
        waiting = ErasureRequest.objects.filter(annotator=annotator, state=ErasureRequest.State.WAITING).first()
        if waiting is not None:
            withdraw_consent(annotator=annotator)
            return waiting
        removed = _remove_words(annotator)
        request = ErasureRequest.objects.create(
            project_id=annotator.project_id,
            annotator=annotator,
            answer_count=Annotation.of_any_purpose.filter(annotator=annotator).count(),
            notes_removed=removed,
        )
        withdraw_consent(annotator=annotator)
        _record(annotator, "erasure.requested", {"answers": request.answer_count, "notes_removed": removed})
    return request


def take_back_erasure(*, annotator: Annotator) -> None:
    """While it waits. The notes are gone.

    Raises:
        NothingToUndoError: none waits.
    """
    with transaction.atomic():
        waiting = ErasureRequest.objects.filter(annotator=annotator, state=ErasureRequest.State.WAITING)
        if not waiting.update(state=ErasureRequest.State.TAKEN_BACK, ended_at=timezone.now()):
            raise NothingToUndoError(_("No request for erasure waits, so there is nothing to take back."))
        _record(annotator, "erasure.taken_back", {})


def _lock(annotator: Annotator) -> None:
    """Not against rows that point at it: who stores an answer holds such a lock and then waits for the ledger, which is written here too."""
    annotator.refresh_from_db(from_queryset=Annotator.objects.select_for_update(no_key=True))


def _remove_words(annotator: Annotator) -> int:
    """What they wrote in words of their own beside answers and skips, and to pauses; and the pairs that they reported, which they may have
    typed. What a cycle was given of these stays in it, without a name."""
    Assignment.objects.filter(annotator=annotator).exclude(taken_back=None).update(taken_back=None)
    notes = Annotation.of_any_purpose.filter(annotator=annotator).exclude(note="").update(note="")
    appeals = Pause.objects.filter(participation__annotator=annotator).exclude(appeal="").update(appeal="")
    pairs, _by_model = CounterfactualPair.objects.filter(project=annotator.project_id, reporter=annotator.user_id).delete()
    return notes + appeals + pairs + Assignment.objects.filter(annotator=annotator).exclude(skip_reason="").update(skip_reason="")


def _record(annotator: Annotator, action: str, payload: dict[str, int]) -> None:
    ledger.append(actor=annotator.user, action=action, subject=f"annotator {annotator.pk}", payload=payload)
