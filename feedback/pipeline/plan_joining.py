"""Settle, while a round is open, how its answers will be joined: by which method, and which answers are known beforehand."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from feedback.errors import InvalidRoundError, RoundClosedError
from feedback.models import AnnotationItem, AnnotationRound, JoiningMethod
from feedback.pipeline.lock import lock_round
from modeling import ledger
from modeling.labels import LEVELS, Split
from modeling.models import Prediction

if TYPE_CHECKING:
    from django.contrib.auth.models import User

IDS_AT_ONCE = 500


def choose_joining_method(*, round: AnnotationRound, method: str, by: "User | None" = None) -> AnnotationRound:
    """For an open round only: once labels are there to be seen, a method could be chosen for what it makes of them.

    Raises:
        InvalidRoundError: there is no such method.
        RoundClosedError: the round is not open.
    """
    if method not in JoiningMethod.values:
        told = _("Choose one of the methods: %(methods)s.") % {"methods": ", ".join(JoiningMethod.values)}
        raise InvalidRoundError({"method": told})
    with transaction.atomic():
        _require_open(round)
        AnnotationRound.objects.filter(pk=round.pk).update(joining_method=method)
        ledger.append(actor=by or "system", action="round.method_chosen", subject=round.ledger_subject, payload={"method": method})
    round.refresh_from_db()
    return round


def set_known_answers(*, round: AnnotationRound, levels: Mapping[int, str], by: "User | None" = None) -> int:
    """Say which level is the right one for comments of an open round, by comment id; gives back how many. Annotators never see it.
    An empty level takes back what was said. Other comments of the pool come into the round as known answers only: where the round has a
    `gold_rate`, people meet them, and no label is made of them.

    Known answers weigh annotators and panels when the round closes, and are the labels of their comments. Take ones that every reader
    would give: an answer that a community reads otherwise would count against the community.

    Raises:
        InvalidRoundError: a level that there is not, or a comment that is neither in the round nor in the pool that its version has scored.
        RoundClosedError: the round is not open.
    """
    if unknown := sorted(set(levels.values()) - {"", *(level.value for level in LEVELS)}):
        told = _("There is no level %(level)s; there are: %(levels)s.") % {"level": repr(unknown[0]), "levels": ", ".join(LEVELS)}
        raise InvalidRoundError({"answers": told})
    with transaction.atomic():
        _require_open(round)
        items = dict(AnnotationItem.objects.filter(round=round).values_list("comment_id", "pk"))
        items |= _bring_in(round, sorted(levels.keys() - items.keys()), levels)
        for level in ("", *LEVELS):
            chosen = [items[comment] for comment, said in levels.items() if said == level]
            for start in range(0, len(chosen), IDS_AT_ONCE):
                AnnotationItem.objects.filter(pk__in=chosen[start : start + IDS_AT_ONCE]).update(gold_label=str(level))
        digest = hashlib.sha256(json.dumps(sorted(levels.items()), separators=(",", ":")).encode()).hexdigest()
        payload = {"count": len(levels), "answers_sha256": digest}
        ledger.append(actor=by or "system", action="round.answers_known", subject=round.ledger_subject, payload=payload)
    return len(levels)


def _bring_in(round: AnnotationRound, strangers: Sequence[int], levels: Mapping[int, str]) -> dict[int, int]:
    """Comment -> its new item, which was not drawn."""
    if not strangers:
        return {}
    predictions: dict[int, int] = {}
    for start in range(0, len(strangers), IDS_AT_ONCE):
        scored = Prediction.objects.filter(version=round.version_id, comment__split=Split.POOL, comment__in=strangers[start : start + IDS_AT_ONCE])
        predictions |= dict(scored.values_list("comment_id", "pk"))
    missing = [comment for comment in strangers if comment not in predictions or not levels[comment] or round.kind != AnnotationRound.Kind.POOL]
    if missing:
        told = _("Comment %(comment)s is not in round %(number)s. Nothing was changed.") % {"comment": missing[0], "number": round.number}
        raise InvalidRoundError({"answers": told})
    last = AnnotationItem.objects.filter(round=round).aggregate(last=Max("rank"))["last"] or 0
    new = AnnotationItem.objects.bulk_create(
        # It stands for nothing but itself.
        AnnotationItem(round=round, comment_id=comment, prediction_id=predictions[comment], rank=rank, inclusion_probability=1, is_drawn=False)
        for rank, comment in enumerate(strangers, start=last + 1)
    )
    return {item.comment_id: item.pk for item in new}


def _require_open(round: AnnotationRound) -> None:
    if lock_round(round).state != AnnotationRound.State.OPEN:
        told = _("Round %(number)s is not open, so how its answers are joined can no longer be changed.")
        raise RoundClosedError(told % {"number": round.number})
