"""What an annotator's next place is for: the sample, or now and then, at the round's rates, a known answer or a repeat of their own.

The draw goes by a keyed hash of the person and of the place that stands before it. So it is the same again after a reload, differs from person
to person, and cannot be worked out from what the page shows.
"""

from dataclasses import dataclass
from typing import Self

from django.db.models import Exists, OuterRef
from django.utils.crypto import salted_hmac

from feedback.models import Annotation, AnnotationItem, AnnotationRound, Assignment, Participation, Purpose

REPEATED_AFTER = 20
"""Answers between an answer and its repeat, at least: sooner, people would remember what they said."""

CHOSEN_FROM = 200


@dataclass(frozen=True)
class Drawn:
    """`lot` in [0, 1): picks one of the items that would do."""

    purpose: Purpose
    is_blind: bool
    lot: float


@dataclass(frozen=True)
class Shares:
    """Of a round's stream. See `AnnotationRound`."""

    gold: float
    repeat: float
    blind: float
    seed: int

    @classmethod
    def of(cls, round: AnnotationRound) -> Self:
        return cls(round.gold_rate, round.repeat_rate, round.blind_share, round.seed)

    @property
    def any(self) -> bool:
        return bool(self.gold or self.repeat or self.blind)

    def draw(self, annotator_id: int, after: int | None) -> Drawn:
        digest = salted_hmac("feedback.purposes", f"{self.seed}.{annotator_id}.{after}", algorithm="sha256").digest()
        what, blind, lot = (int.from_bytes(digest[start : start + 6]) / 2**48 for start in (0, 6, 12))
        purpose = Purpose.GOLD if what < self.gold else Purpose.REPEAT if what < self.gold + self.repeat else Purpose.SAMPLE
        return Drawn(purpose, blind < self.blind, lot)


def shares_of(round_id: int) -> Shares:
    return Shares(*AnnotationRound.objects.values_list("gold_rate", "repeat_rate", "blind_share", "seed").get(pk=round_id))


def last_ended(round_id: int, annotator_id: int) -> int | None:
    """The place that this annotator answered or skipped last."""
    mine = Assignment.objects.filter(round=round_id, annotator=annotator_id, ended_at__isnull=False)
    return mine.order_by("-ended_at", "-pk").values_list("pk", flat=True).first()


def item_for(drawn: Drawn, round_id: int, annotator_id: int) -> tuple[int, bool] | None:
    """(item, whether the prediction is hidden) for a place outside the sample; None when there is none for this annotator now."""
    if drawn.purpose == Purpose.SAMPLE or not _may_go_on(round_id, annotator_id):
        return None
    if drawn.purpose == Purpose.GOLD:
        found = [(item, drawn.is_blind) for item in _known_items(round_id, annotator_id)]
    else:
        # A level that was given blind is compared with one that is given blind.
        found = _answered_before(round_id, annotator_id)
    return found[int(drawn.lot * len(found))] if found else None


def _may_go_on(round_id: int, annotator_id: int) -> bool:
    paused = Participation.objects.filter(round=round_id, annotator=annotator_id, paused_at__isnull=False)
    return AnnotationRound.objects.filter(pk=round_id, state=AnnotationRound.State.OPEN).exclude(Exists(paused)).exists()


def _known_items(round_id: int, annotator_id: int) -> list[int]:
    met = Assignment.objects.filter(item=OuterRef("pk"), annotator=annotator_id)
    known = AnnotationItem.objects.filter(round=round_id).exclude(gold_label="").exclude(Exists(met))
    return list(known.order_by("pk").values_list("pk", flat=True)[:CHOSEN_FROM])


def _answered_before(round_id: int, annotator_id: int) -> list[tuple[int, bool]]:
    """(item, whether it was blind), of answers that count and have not been asked for again."""
    mine = Annotation.of_any_purpose.filter(annotator=annotator_id, item__round=round_id)
    newest = mine.order_by("-pk").values_list("pk", flat=True)[REPEATED_AFTER - 1 : REPEATED_AFTER].first()
    if newest is None:
        return []
    again = Assignment.objects.filter(item=OuterRef("item"), annotator=annotator_id, purpose=Purpose.REPEAT)
    old = mine.filter(pk__lt=newest, purpose=Purpose.SAMPLE).exclude(Exists(again))
    return list(old.order_by("-pk").values_list("item", "assignment__blind")[:CHOSEN_FROM])
