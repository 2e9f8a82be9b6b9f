"""Store, skip or take back one annotator's answer."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.errors import (
    AlreadyAnsweredError,
    AnswersReadError,
    InvalidAnswerError,
    KeyReusedError,
    LeaseExpiredError,
    NothingToUndoError,
    OvertakenError,
    OwnLevelError,
    PausedError,
    RoundClosedError,
    UnknownPlaceError,
)
from feedback.exposure import aware
from feedback.models import Annotation, AnnotationItem, AnnotationRound, Annotator, AnswersRead, Assignment, Participation, Purpose
from feedback.pipeline.answer import Answer
from feedback.pipeline.assign import FRONT_FIRST, PLACES, ROUNDS, SLOTS, lease_from, refuse_closed, set_free
from feedback.pipeline.exposure import note_exposure
from feedback.pipeline.pauses import pause_if_due
from feedback.rationale import Span, span_error
from modeling import ledger
from modeling.labels import Verdict
from modeling.models import Comment, Prediction

SKIP_REASON_LENGTH = 200
ANSWERED = tuple(field.name for field in fields(Answer))
"""What of an answer is kept with its place when it is taken back."""

# One statement, not four: it runs at every answer.
PLACE = f"""
SELECT round.id, round.number, round.state, place.item_id, place.rank, place.annotator_id, prediction.predicted_label, prediction.score,
    round.guidelines_version, place.purpose, place.blind, place.own_level, item.gold_label, round.time_floor, place.claimed_at, place.shown_at
FROM {PLACES} place JOIN {ROUNDS} round ON round.id = place.round_id
JOIN {AnnotationItem._meta.db_table} item ON item.id = place.item_id
JOIN {Prediction._meta.db_table} prediction ON prediction.id = item.prediction_id
WHERE place.id = %(place)s AND round.project_id = %(project)s
"""  # noqa: S608 - table names of our own models only


def submit_annotation(*, assignment_id: int, annotator: Annotator, key: UUID, answer: Answer, seconds: float | None = None) -> Annotation:
    """Store an answer and its ledger entry in one transaction. The same key again gives back what was stored the first time.

    A lease that has run out does no harm as long as nobody else has been given the item. `seconds`: what it took, as their page measured it.

    Raises:
        InvalidAnswerError, KeyReusedError, UnknownPlaceError, LeaseExpiredError, AlreadyAnsweredError, RoundClosedError.
    """
    if errors := answer.validate():
        raise InvalidAnswerError(errors)
    try:
        with transaction.atomic():
            return _store(assignment_id, annotator, key, answer, seconds)
    except (IntegrityError, AlreadyAnsweredError, LeaseExpiredError, RoundClosedError, UnknownPlaceError):
        # The same answer again: sent twice at once, or sent anew because the first acknowledgement was lost.
        if stored := _stored(key, assignment_id, annotator):
            return stored
        raise


def skip(*, assignment_id: int, annotator: Annotator, reason: str, flagged: bool = False) -> None:
    """Pass an item over. Another place is made for it, so that it still gets as many answers as the round wants.

    Raises:
        UnknownPlaceError, LeaseExpiredError, AlreadyAnsweredError, RoundClosedError.
    """
    with transaction.atomic():
        place = _finish(assignment_id, annotator, Assignment.State.SKIPPED)
        Assignment.objects.filter(pk=assignment_id).update(skip_reason=reason.strip()[:SKIP_REASON_LENGTH], flagged=flagged)
        if place.purpose == Purpose.SAMPLE:
            Assignment.objects.create(item_id=place.item_id, round_id=place.round_id, rank=place.rank)
        # It was read all the same.
        note_exposure(round_id=place.round_id, annotator_id=annotator.pk, score=place.score, severity=None, at=timezone.now())


def undo_last(*, round: AnnotationRound, annotator: Annotator, meant: int | None = None) -> int:
    """Take the newest answer (or skip) back: its place is this annotator's again, and what waited behind is given back. Returns the place's id.
    `meant`: the place that they saw as their last; asked for again, it changes nothing.

    Raises:
        NothingToUndoError: no answer of theirs in this round.
        OvertakenError: another than the one meant is the newest.
        RoundClosedError: its answers are frozen.
        PausedError: the item could not be shown to them again.
        AnswersReadError: they have seen since what others say of it.
    """
    try:
        return _undo_last(round, annotator, meant)
    except IntegrityError:
        # Another tab was given a place meanwhile, in the slot that was seen empty here.
        return _undo_last(round, annotator, meant)


def _undo_last(round: AnnotationRound, annotator: Annotator, meant: int | None) -> int:
    with transaction.atomic():
        _keep_open(round.pk)
        if Participation.objects.filter(round=round, annotator=annotator, paused_at__isnull=False).exists():
            raise PausedError(_("You are paused in this round: until a lead has looked at it, what you answered stays as it is."))
        ended = [Assignment.State.DONE, Assignment.State.SKIPPED]
        mine = Assignment.objects.select_for_update().filter(round=round, annotator=annotator)
        if meant is not None and mine.filter(pk=meant, state=Assignment.State.CLAIMED).exists():
            return meant
        place = mine.filter(state__in=ended).order_by("-ended_at", "-pk").first()
        if place is None:
            raise NothingToUndoError(_("You have not answered anything in this round yet, so there is nothing to take back."))
        if meant not in (None, place.pk):
            raise OvertakenError(
                _("Nothing was taken back: you have gone on since, perhaps in another tab. Undo again to take back your last answer.")
            )
        if AnswersRead.objects.filter(item=place.item_id, by=annotator.user_id).exists():
            raise AnswersReadError(_("You have looked at what others say about your last item since, so what you answered yourself stays as it is."))
        slot = _make_room(mine.filter(state=Assignment.State.CLAIMED))
        if place.state == Assignment.State.SKIPPED:
            _remove_replacement(place)
        else:
            place.taken_back = _delete_annotation(place, annotator)
        now = timezone.now()
        place.state, place.slot, place.skip_reason, place.flagged = Assignment.State.CLAIMED, slot, "", False
        place.claimed_at, place.shown_at, place.ended_at, place.lease_expires_at = now, now, None, lease_from(now)
        place.save(update_fields=["state", "slot", "skip_reason", "flagged", "claimed_at", "shown_at", "ended_at", "lease_expires_at", "taken_back"])
    return place.pk


def _stored(key: UUID, assignment_id: int, annotator: Annotator) -> Annotation | None:
    stored = Annotation.of_any_purpose.filter(key=key).first()
    if stored is not None and (stored.assignment_id != assignment_id or stored.annotator_id != annotator.pk):
        raise KeyReusedError(_("This key was used for another item. Make a new one for each answer; what was stored before is untouched."))
    return stored


def _store(assignment_id: int, annotator: Annotator, key: UUID, answer: Answer, seconds: float | None) -> Annotation:
    place = _finish(assignment_id, annotator, Assignment.State.DONE)
    if place.blind and not place.own_level:
        raise OwnLevelError(_("Say which level you would give before you see what the model says. Nothing is stored yet."))
    if answer.verdict == Verdict.INCORRECT and answer.corrected_label == place.predicted:
        told = _("The model says %(level)s already. Choose another level, or mark it as correct.") % {"level": place.predicted}
        raise InvalidAnswerError({"corrected_label": told})
    _require_inside(place.item_id, answer.rationale)
    now = timezone.now()
    annotation = Annotation.objects.create(
        assignment_id=assignment_id,
        purpose=place.purpose,
        item_id=place.item_id,
        annotator=annotator,
        key=key,
        verdict=answer.verdict,
        corrected_label=answer.corrected_label,
        biased=answer.biased,
        bias_types=list(answer.bias_types),
        pattern=answer.pattern,
        subgroup=answer.subgroup,
        severity=answer.severity,
        rationale=[list(span) for span in answer.rationale],
        note=answer.note,
        seconds=place.seconds_until(now, seconds),
        guidelines_version=place.guidelines_version,
        created_at=now,
    )
    note_exposure(round_id=place.round_id, annotator_id=annotator.pk, score=place.score, severity=answer.severity, at=now)
    if place.speaks_against(answer, annotation.seconds):
        pause_if_due(round_id=place.round_id, round_number=place.round_number, annotator=annotator, time_floor=place.time_floor)
    ledger.append(
        actor=annotator.user,
        action="annotation.submitted",
        subject=f"annotation {annotation.pk}",
        payload={"round": place.round_number, "item": place.item_id, "answer_sha256": answer.digest(key)},
    )
    return annotation


@dataclass(frozen=True)
class _Place:
    """What there is to know of a place when it ends."""

    round_id: int
    round_number: int
    round_state: str
    item_id: int
    rank: int
    annotator_id: int | None
    predicted: str
    score: float
    guidelines_version: int
    purpose: str
    blind: bool
    own_level: str
    gold_label: str
    time_floor: float
    claimed_at: datetime | None
    shown_at: datetime | None

    def seconds_until(self, now: datetime, measured: float | None) -> float:
        """What the page measured, within the time since it was handed out: it may have been answered long before it could be sent."""
        since = self.shown_at if measured is None else self.claimed_at
        seen = (now - since).total_seconds() if since else 0.0
        return seen if measured is None else min(max(measured, 0.0), seen)

    def speaks_against(self, answer: Answer, seconds: float) -> bool:
        """Whether it could be the answer that lets somebody pause."""
        said = answer.corrected_label or self.predicted
        missed = self.gold_label and answer.verdict != Verdict.UNSURE and said != self.gold_label
        return bool(missed) or seconds < self.time_floor


def _finish(assignment_id: int, annotator: Annotator, state: str) -> _Place:
    """Move a place that this annotator holds on to `state`, by a conditional update: a stale one changes nothing.

    A closed round is refused, and an open one is kept from closing until this transaction ends: no answer may slip in after the labels
    were counted. SQLite's one write lock does that by itself.
    """
    share = "FOR SHARE OF round" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"{PLACE} {share}", {"place": assignment_id, "project": annotator.project_id})
        row = cursor.fetchone()
    if row is None:
        raise UnknownPlaceError(_("There is no such item for you. Ask for the next one."))
    *facts, claimed_at, shown_at = row
    place = _Place(*facts, claimed_at=claimed_at and aware(claimed_at), shown_at=shown_at and aware(shown_at))
    refuse_closed(place.round_state, place.round_number)
    mine = Assignment.objects.filter(pk=assignment_id, annotator=annotator, state=Assignment.State.CLAIMED)
    if not mine.update(state=state, slot=None, lease_expires_at=None, ended_at=timezone.now(), taken_back=None):
        raise _refusal(place, annotator)
    return place


def _require_inside(item_id: int, rationale: tuple[Span, ...]) -> None:
    """Asked for only where words are marked: most answers mark none."""
    if not rationale:
        return
    text = Comment.objects.filter(annotation_items=item_id).values_list("text", flat=True).get()
    if error := span_error(rationale, text):
        raise InvalidAnswerError({"rationale": error})


def _refusal(place: _Place, annotator: Annotator) -> AlreadyAnsweredError | LeaseExpiredError:
    if place.annotator_id == annotator.pk:
        return AlreadyAnsweredError(_("You have answered this item already, and your answer is stored. To change it, take it back first."))
    if place.annotator_id is None:
        return LeaseExpiredError(_("You do not hold this item any more: its time ran out, or a lead gave it back. Go on with the next."))
    return LeaseExpiredError(
        _("You held this item for so long that it was given to somebody else. Nothing of theirs was changed; go on with the next.")
    )


def _keep_open(round_id: int) -> None:
    """Refuse a closed round, and keep an open one from closing until this transaction ends: no answer may slip in after the
    labels were counted. SQLite's one write lock does that by itself."""
    share = "FOR SHARE" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT state, number FROM {ROUNDS} WHERE id = %s {share}", [round_id])  # noqa: S608 - our own table
        state, number = cursor.fetchone()
    refuse_closed(state, number)


def _make_room(held: QuerySet[Assignment]) -> int:
    """The slot that becomes free when what waits behind is given back; what stood in front waits behind now."""
    in_order = list(held.order_by(*FRONT_FIRST))
    set_free(held.filter(pk__in=[place.pk for place in in_order[1:]]))
    for place in in_order[:1]:
        Assignment.objects.filter(pk=place.pk).update(shown_at=None)
    return next(slot for slot in SLOTS if slot not in {place.slot for place in in_order[:1]})


def _remove_replacement(place: Assignment) -> None:
    """The place that skipping had made; if somebody has taken it by now, the item gets one answer more than asked for."""
    if place.purpose != Purpose.SAMPLE:
        return
    spare = Assignment.objects.filter(item=place.item_id, state=Assignment.State.FREE).order_by("-pk").first()
    if spare is not None:
        Assignment.objects.filter(pk=spare.pk, state=Assignment.State.FREE).delete()


def _delete_annotation(place: Assignment, annotator: Annotator) -> dict[str, Any]:
    """Returns what had been answered."""
    annotation = place.annotation
    answered = {name: getattr(annotation, name) for name in ANSWERED}
    subject = f"annotation {annotation.pk}"
    annotation.delete()
    ledger.append(actor=annotator.user, action="annotation.undone", subject=subject, payload={"item": place.item_id})
    return answered
