"""Decide an item on which people could not agree, take that back, and lay the decisions over what the panels make together."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from feedback.crowd.decisions import Decision
from feedback.errors import AlreadyDecidedError, InvalidAnswerError, LabelsFrozenError, NothingToUndoError, TooEarlyError, UnknownPlaceError
from feedback.models import Adjudication, AnnotationItem, AnnotationRound, AnswersRead, Purpose
from feedback.pipeline.lock import lock_round
from feedback.too_early import too_early_for
from modeling import ledger
from modeling.labels import LEVELS, BiasType

if TYPE_CHECKING:
    from django.contrib.auth.models import User

REASON_LENGTH = 2000


def adjudicate(
    *,
    round: AnnotationRound,
    item_id: int,
    level: str,
    bias_types: Sequence[str] = (),
    severity: int | None = None,
    reason: str = "",
    by: "User",
) -> Adjudication:
    """Store a decision and its ledger entry. The same decision by the same person again is stored once.

    Raises:
        InvalidAnswerError: what was decided contradicts itself; names the field.
        UnknownPlaceError: the round has no such item.
        TooEarlyError: they may still be asked about it themselves.
        AlreadyDecidedError: somebody has decided it otherwise. It can be taken back first.
        LabelsFrozenError: its labels are frozen, or the round is no place for decisions.
    """
    said = {"level": level, "bias_types": sorted(set(bias_types)), "severity": severity if bias_types else None, "reason": reason.strip()}
    _require_valid(said)
    with transaction.atomic():
        now = lock_round(round)
        refuse_frozen(now)
        item = AnnotationItem.objects.filter(pk=item_id, round=round, gold_label="").first()
        if item is None:
            raise UnknownPlaceError(_("There is no such item to decide in this round."))
        # Before anything that would tell how it was decided.
        if too_early_for(by, now).filter(pk=item.pk).exists():
            raise TooEarlyError(_("You may still be asked about this item yourself: answer it first, or wait until all its answers are in."))
        earlier = Adjudication.objects.filter(item=item).first()
        if earlier is not None:
            return _same(earlier, said, by)
        made = Adjudication.objects.create(item=item, by=by, **said)
        _enter(round, by, "item.adjudicated", item, said)
    return made


def take_back(*, round: AnnotationRound, by: "User", item_id: int | None = None) -> Adjudication:
    """Take this person's newest decision back, or the one on an item, whoever made it. Gives back what was decided.

    Raises:
        NothingToUndoError: there is none.
        LabelsFrozenError: as for `adjudicate`.
    """
    with transaction.atomic():
        refuse_frozen(lock_round(round))
        wanted = Adjudication.objects.filter(item__round=round)
        wanted = wanted.filter(by=by) if item_id is None else wanted.filter(item=item_id)
        newest = wanted.select_related("item").order_by("-decided_at", "-pk").first()
        if newest is None:
            raise NothingToUndoError(_("There is no decision to take back."))
        newest.delete()
        _enter(round, by, "adjudication.undone", newest.item, {})
    return newest


def note_read(*, items: Iterable[int], by: "User") -> None:
    """From now on they do not take back what they answered to these items themselves."""
    AnswersRead.objects.bulk_create([AnswersRead(item_id=item, by=by) for item in items], ignore_conflicts=True)


def decisions_of(round: AnnotationRound) -> dict[int, Decision]:
    """Item -> what was decided."""
    counted = Count("item__annotations", filter=Q(item__annotations__purpose=Purpose.SAMPLE))
    rows = Adjudication.objects.filter(item__round=round).select_related("item__prediction").annotate(answers=counted)
    return {
        row.item_id: Decision(
            level=LEVELS.index(row.level),
            incorrect=row.level != row.item.prediction.predicted_label,
            bias_types=tuple(row.bias_types),
            severity=row.severity,
            annotation_count=row.answers,
        )
        for row in rows
    }


def why_not(round: AnnotationRound) -> str:
    """Why nothing can be decided in it now; empty when it can."""
    if round.kind == AnnotationRound.Kind.GATE:
        return _("Labels of a gate round are what experts say independently of each other, so nobody decides them alone.")
    if round.batch_id is not None:
        return _("The labels of this round are frozen and handed in, so nothing can be decided any more. What was decided is part of them.")
    if round.state not in (AnnotationRound.State.OPEN, AnnotationRound.State.CLOSED):
        return _("The round is %(state)s, so there is nothing to decide.") % {"state": round.get_state_display()}
    return ""


def refuse_frozen(round: AnnotationRound) -> None:
    if reason := why_not(round):
        raise LabelsFrozenError(reason)


def _require_valid(said: dict[str, Any]) -> None:
    errors: dict[str, str] = {}
    if said["level"] not in LEVELS:
        errors["level"] = _("Choose the level that it is.")
    if not set(said["bias_types"]) <= set(BiasType):
        errors["bias_types"] = _("Choose kinds of bias from: %(kinds)s.") % {"kinds": ", ".join(BiasType)}
    elif said["bias_types"] and said["severity"] not in (1, 2, 3):
        errors["severity"] = _("Say how bad the bias is.")
    if len(said["reason"]) > REASON_LENGTH:
        errors["reason"] = _("Keep the reason below %(most)s characters.") % {"most": f"{REASON_LENGTH:,}"}
    if errors:
        raise InvalidAnswerError(errors)


def _same(earlier: Adjudication, said: dict[str, Any], by: "User") -> Adjudication:
    if earlier.by_id == by.pk and all(getattr(earlier, name) == value for name, value in said.items()):
        return earlier
    if earlier.by_id == by.pk:
        told = _("You have decided this item already: %(level)s. Take that back first if it should be otherwise.")
    else:
        told = _("Somebody has decided this item already: %(level)s. Take that back first if it should be otherwise.")
    raise AlreadyDecidedError(told % {"level": earlier.level})


def _enter(round: AnnotationRound, by: "User", action: str, item: AnnotationItem, said: dict[str, Any]) -> None:
    shown = {name: value for name, value in said.items() if name != "reason"}
    ledger.append(actor=by, action=action, subject=round.ledger_subject, payload={"item": item.pk, **shown})
