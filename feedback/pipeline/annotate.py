"""Store, skip or take back one annotator's answer."""

import hashlib
import json
from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from feedback.errors import (
    AlreadyAnsweredError,
    InvalidAnswerError,
    KeyReusedError,
    LeaseExpiredError,
    NothingToUndoError,
    RoundClosedError,
    UnknownPlaceError,
)
from feedback.models import Annotation, AnnotationRound, Annotator, Assignment
from feedback.pipeline.assign import lease_from
from modeling import ledger
from modeling.labels import EXTRA_SUBGROUP_PREFIX, LEVELS, SUBGROUPS, BiasPattern, BiasType, Verdict

NOTE_LENGTH = 2000
SKIP_REASON_LENGTH = 200


@dataclass(frozen=True)
class Answer:
    """What an annotator says to one prediction. It reports a bias when `bias_types` is not empty."""

    verdict: str
    corrected_label: str = ""
    bias_types: tuple[str, ...] = ()
    subgroup: str = ""
    pattern: str = ""
    severity: int | None = None
    note: str = ""

    @property
    def biased(self) -> bool:
        return bool(self.bias_types)

    def validate(self) -> dict[str, str]:
        """Field -> what is wrong with it; empty when the answer can be stored."""
        return {**self._level_errors(), **self._bias_errors()}

    def digest(self, key: UUID) -> str:
        """SHA-256 for the ledger. The random key goes in, so that short answers cannot be guessed from it."""
        canonical = json.dumps({"key": str(key), **asdict(self)}, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def _level_errors(self) -> dict[str, str]:
        errors: dict[str, str] = {}
        if self.verdict not in set(Verdict):
            errors["verdict"] = "Say whether the prediction is correct, incorrect, or that you are unsure."
        elif self.verdict == Verdict.INCORRECT and self.corrected_label not in LEVELS:
            errors["corrected_label"] = "Choose the right level, since the prediction is incorrect."
        elif self.verdict != Verdict.INCORRECT and self.corrected_label:
            errors["corrected_label"] = "A right level belongs to an incorrect prediction only."
        if len(self.note) > NOTE_LENGTH:
            errors["note"] = f"Keep the comment below {NOTE_LENGTH:,} characters."
        return errors

    def _bias_errors(self) -> dict[str, str]:
        if not self.biased:
            given = {"subgroup": self.subgroup, "pattern": self.pattern, "severity": self.severity}
            return {name: "Choose whom the bias concerns first." for name, value in given.items() if value}
        errors: dict[str, str] = {}
        if not set(self.bias_types) <= set(BiasType) or len(set(self.bias_types)) != len(self.bias_types):
            errors["bias_types"] = f"Choose each kind of bias at most once, from: {', '.join(BiasType)}."
        if self.severity not in (1, 2, 3):
            errors["severity"] = "Say how severe the bias is, from 1 to 3."
        if self.pattern and self.pattern not in set(BiasPattern):
            errors["pattern"] = f"Choose how the bias shows from: {', '.join(BiasPattern)}."
        known = self.subgroup in SUBGROUPS or self.subgroup.startswith(EXTRA_SUBGROUP_PREFIX)
        if self.subgroup and (not known or len(self.subgroup) > 60):
            errors["subgroup"] = "Choose a subgroup from the list."
        return errors


def submit_annotation(*, assignment_id: int, annotator: Annotator, key: UUID, answer: Answer) -> Annotation:
    """Store an answer and its ledger entry in one transaction. The same key again gives back what was stored the first time.

    A lease that has run out does no harm as long as nobody else has been given the item.

    Raises:
        InvalidAnswerError, KeyReusedError, UnknownPlaceError, LeaseExpiredError, AlreadyAnsweredError, RoundClosedError.
    """
    if errors := answer.validate():
        raise InvalidAnswerError(errors)
    try:
        with transaction.atomic():
            return _stored(key, assignment_id, annotator) or _store(assignment_id, annotator, key, answer)
    except (IntegrityError, AlreadyAnsweredError):
        # The same answer arrived twice at once, and the other one was faster.
        if stored := _stored(key, assignment_id, annotator):
            return stored
        raise


def skip(*, assignment_id: int, annotator: Annotator, reason: str, flagged: bool = False) -> Assignment:
    """Pass an item over. Another place is made for it, so that it still gets as many answers as the round wants.

    Raises:
        UnknownPlaceError, LeaseExpiredError, AlreadyAnsweredError, RoundClosedError.
    """
    with transaction.atomic():
        place = _finish(assignment_id, annotator, Assignment.State.SKIPPED)
        place.skip_reason, place.flagged = reason.strip()[:SKIP_REASON_LENGTH], flagged
        place.save(update_fields=["skip_reason", "flagged"])
        Assignment.objects.create(item=place.item, round=place.round, rank=place.rank)
    return place


def undo_last(*, round: AnnotationRound, annotator: Annotator) -> Assignment:
    """Take the newest answer (or skip) back: its place is this annotator's again, and what they hold now is given back.

    Raises:
        NothingToUndoError: no answer of theirs in this round.
        RoundClosedError: its answers are frozen.
    """
    with transaction.atomic():
        _keep_open(round.pk)
        ended = [Assignment.State.DONE, Assignment.State.SKIPPED]
        mine = Assignment.objects.select_for_update().filter(round=round, annotator=annotator)
        place = mine.filter(state__in=ended).order_by("-claimed_at", "-pk").first()
        if place is None:
            raise NothingToUndoError("You have not answered anything in this round yet, so there is nothing to take back.")
        mine.filter(state=Assignment.State.CLAIMED).update(state=Assignment.State.FREE, annotator=None, claimed_at=None, lease_expires_at=None)
        if place.state == Assignment.State.SKIPPED:
            _remove_replacement(place)
        else:
            _delete_annotation(place, annotator)
        now = timezone.now()
        place.state, place.skip_reason, place.flagged = Assignment.State.CLAIMED, "", False
        place.claimed_at, place.lease_expires_at = now, lease_from(now)
        place.save(update_fields=["state", "skip_reason", "flagged", "claimed_at", "lease_expires_at"])
    return Assignment.objects.select_related("item__comment", "item__prediction__version", "round").get(pk=place.pk)


def _stored(key: UUID, assignment_id: int, annotator: Annotator) -> Annotation | None:
    stored = Annotation.objects.filter(key=key).first()
    if stored is not None and (stored.assignment_id != assignment_id or stored.annotator_id != annotator.pk):
        raise KeyReusedError("This key was used for another item. Make a new one for each answer; what was stored before is untouched.")
    return stored


def _store(assignment_id: int, annotator: Annotator, key: UUID, answer: Answer) -> Annotation:
    place = _finish(assignment_id, annotator, Assignment.State.DONE)
    predicted = place.item.prediction.predicted_label
    if answer.verdict == Verdict.INCORRECT and answer.corrected_label == predicted:
        raise InvalidAnswerError({"corrected_label": f"The model says {predicted} already. Choose another level, or mark it as correct."})
    now = timezone.now()
    annotation = Annotation.objects.create(
        assignment=place,
        item=place.item,
        annotator=annotator,
        key=key,
        verdict=answer.verdict,
        corrected_label=answer.corrected_label,
        biased=answer.biased,
        bias_types=list(answer.bias_types),
        pattern=answer.pattern,
        subgroup=answer.subgroup,
        severity=answer.severity,
        note=answer.note,
        seconds=(now - place.claimed_at).total_seconds() if place.claimed_at else 0,
        created_at=now,
    )
    ledger.append(
        actor=annotator.user,
        action="annotation.submitted",
        subject=f"annotation {annotation.pk}",
        payload={"round": place.round.number, "item": place.item_id, "answer_sha256": answer.digest(key)},
    )
    return annotation


def _finish(assignment_id: int, annotator: Annotator, state: str) -> Assignment:
    """Move a place that this annotator holds on to `state`, by a conditional update: a stale one changes nothing."""
    place = (
        Assignment.objects.select_for_update(of=("self",))
        .select_related("round", "item__prediction")
        .filter(pk=assignment_id, round__project=annotator.project_id)
        .first()
    )
    if place is None:
        raise UnknownPlaceError("There is no such item for you. Ask for the next one.")
    _keep_open(place.round_id)
    mine = Assignment.objects.filter(pk=assignment_id, annotator=annotator, state=Assignment.State.CLAIMED)
    if not mine.update(state=state, lease_expires_at=None):
        raise _refusal(place, annotator)
    place.state, place.lease_expires_at = state, None
    return place


def _refusal(place: Assignment, annotator: Annotator) -> AlreadyAnsweredError | LeaseExpiredError:
    if place.annotator_id == annotator.pk:
        return AlreadyAnsweredError("You have answered this item already, and your answer is stored. To change it, take it back first.")
    return LeaseExpiredError("You held this item for so long that it was given to somebody else. Nothing of theirs was changed; go on with the next.")


def _keep_open(round_id: int) -> None:
    """Refuse a closed round, and keep an open one from closing until this transaction ends: no answer may slip in after the
    labels were counted. SQLite's one write lock does that by itself."""
    share = "FOR SHARE" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT state, number FROM {AnnotationRound._meta.db_table} WHERE id = %s {share}", [round_id])  # noqa: S608
        state, number = cursor.fetchone()
    if state != AnnotationRound.State.OPEN:
        raise RoundClosedError(f"Round {number} is closed and takes no more answers. Everything that you answered before is stored.")


def _remove_replacement(place: Assignment) -> None:
    """The place that skipping had made; if somebody has taken it by now, the item gets one answer more than asked for."""
    spare = Assignment.objects.filter(item=place.item_id, state=Assignment.State.FREE).order_by("-pk").first()
    if spare is not None:
        Assignment.objects.filter(pk=spare.pk, state=Assignment.State.FREE).delete()


def _delete_annotation(place: Assignment, annotator: Annotator) -> None:
    annotation = place.annotation
    subject = f"annotation {annotation.pk}"
    annotation.delete()
    ledger.append(actor=annotator.user, action="annotation.undone", subject=subject, payload={"item": place.item_id})
