"""Items that an adjudicator should look at before labels are frozen: people name different levels, nobody names one, or it is flagged.

Counted plainly, each answer for one: the web process has no pandas. What the joining weighs may settle some of them by itself.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import CharField, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext

from feedback.crowd.consensus import DISPUTED_BELOW
from feedback.models import Adjudication, Annotation, AnnotationItem, AnnotationRound, Assignment, Purpose
from feedback.pipeline.reassign import panels_kept
from feedback.too_early import STILL_ASKED, too_early_for
from modeling.labels import Verdict

READ_AT_ONCE = 5_000
COUNT_KEPT_FOR = 20
"""Seconds: a board that polls every few of them need not count anew each time."""

LEVEL = Coalesce(NullIf(F("corrected_label"), Value(""), output_field=CharField()), F("item__prediction__predicted_label"))
"""That an answer names: the corrected one, else the predicted one."""


@dataclass(frozen=True)
class Dispute:
    """`share`: of the answers that name a level, those that name the commonest; 0 where none does."""

    item: int
    share: float
    is_unclear: bool
    has_panels_apart: bool
    is_unsure: bool
    is_flagged: bool

    @property
    def reasons(self) -> list[str]:
        said = {
            gettext("people name different levels"): self.is_unclear,
            gettext("panels prefer different levels"): self.has_panels_apart,
            gettext("nobody is sure of a level"): self.is_unsure,
            gettext("somebody flagged it"): self.is_flagged,
        }
        return [reason for reason, holds in said.items() if holds]


def disputed_so_far(round: AnnotationRound) -> list[Dispute]:
    """Undecided ones, the least clear first, flagged ones without an answer last. While a round is open, items that still wait for answers
    are left out, unless they are flagged."""
    said = _contested(round)
    flagged = set(Assignment.objects.filter(round=round, flagged=True, item__adjudication=None, item__gold_label="").values_list("item", flat=True))
    found = (_dispute(item, said.get(item), item in flagged) for item in said.keys() | flagged)
    return sorted((one for one in found if one.reasons), key=lambda one: (not one.is_unclear, one.share, one.item))


def disputes_for(reader: object, round: AnnotationRound) -> list[Dispute]:
    """Those that this reader may decide now, in the same order."""
    hidden = _ids(too_early_for(reader, round))
    return [one for one in disputed_so_far(round) if one.item not in hidden]


def disputes_left(round: AnnotationRound, reader: object) -> int:
    """How many of them, as of some seconds ago: what is disputed is the same for everybody, and kept; what the reader may not see yet is not."""
    kept: list[int] = cache.get_or_set(_key(round), lambda: [one.item for one in disputed_so_far(round)], COUNT_KEPT_FOR)  # type: ignore[assignment]  # never None: a list was set
    return len(set(kept) - _ids(too_early_for(reader, round))) if kept else 0


def forget_count(round: AnnotationRound) -> None:
    cache.delete(_key(round))


def _key(round: AnnotationRound) -> str:
    return f"disputed-{round.pk}-{round.opened_at.timestamp()}"


def _ids(items: QuerySet[AnnotationItem]) -> set[int]:
    return set(items.values_list("pk", flat=True))


def decided_count(round: AnnotationRound) -> int:
    return Adjudication.objects.filter(item__round=round).count()


def _settled(round: AnnotationRound) -> QuerySet[Annotation]:
    """Answers on undecided items of which no more are to come; known answers need no decision."""
    answers = Annotation.objects.filter(item__round=round, item__adjudication=None, item__gold_label="").order_by()
    if round.state != AnnotationRound.State.OPEN:
        return answers
    waiting = Assignment.objects.filter(item=OuterRef("item"), purpose=Purpose.SAMPLE, state__in=STILL_ASKED)
    return answers.exclude(Exists(waiting))


def _contested(round: AnnotationRound) -> dict[int, list[tuple[int, str]]]:
    """Item -> (panel, level) of each answer that names one; of items on which more than one level is named, or none."""
    of_sure = ~Q(verdict=Verdict.UNSURE)
    answers = _settled(round).annotate(level=LEVEL)
    spans = answers.values("item").annotate(named=Count("pk", filter=of_sure), least=Min("level", filter=of_sure), most=Max("level", filter=of_sure))
    wanted = spans.filter(Q(named=0) | Q(least__lt=F("most"))).values("item")
    kept, found = panels_kept(round.pk), defaultdict(list)
    rows = answers.filter(item__in=wanted).values_list("item", "annotator", "annotator__panel", "level", "verdict")
    for item, annotator, panel, level, verdict in rows.iterator(READ_AT_ONCE):
        said = found[item]
        if verdict != Verdict.UNSURE:
            said.append((kept.get(annotator, panel), level))
    return found


def _dispute(item: int, levels: list[tuple[int, str]] | None, is_flagged: bool) -> Dispute:
    """`levels`: empty where answers name none, None where there is nothing contested in them."""
    named = levels or []
    most = max(Counter(level for _, level in named).values(), default=0)
    share = most / len(named) if named else 0.0
    return Dispute(item, share, bool(named) and share < DISPUTED_BELOW, _are_apart(named), levels is not None and not levels, is_flagged)


def _are_apart(levels: list[tuple[int, str]]) -> bool:
    """Two panels of which each has a commonest level, and not the same."""
    of_panel: dict[int, Counter[str]] = defaultdict(Counter)
    for panel, level in levels:
        of_panel[panel][level] += 1
    preferred = {clear for said in of_panel.values() if (clear := _commonest(said))}
    return len(preferred) > 1


def _commonest(said: Counter[str]) -> str:
    """Empty where two are equally common."""
    (level, most), *others = said.most_common(2)
    return "" if others and others[0][1] == most else level
