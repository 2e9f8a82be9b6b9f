"""The rounds or months that a reader may see, with what the worker summed up of each."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.crowd.tally import Tally, total
from feedback.models import AnnotationRound, MonthSummary, Panel, RoundSummary
from feedback.pipeline.summarise_rounds import may_be_summed_up
from feedback.veil import hidden_rounds
from modeling.models import Project

MOST_PERIODS = 24
"""The newest; older ones are reached by the filter."""

EVERYBODY = None
QUESTION_NAMES = {"level": gettext_lazy("the level"), "verdict": gettext_lazy("the verdict"), "biased": gettext_lazy("whether it is biased")}


@dataclass(frozen=True)
class OverTimeFilter:
    """`by`: round or month. `panel`: its id, None for everybody. `scripted`: rounds that scripted annotators answered. Months are `YYYY-MM`;
    empty: no bound. `what`: reported or confirmed; `question`: of which agreement is drawn."""

    by: str = "month"
    panel: int | None = EVERYBODY
    scripted: bool = False
    first: str = ""
    last: str = ""
    what: str = "reported"
    question: str = "level"


@dataclass(frozen=True)
class OverTimeChoices:
    """What the filters can be set to: only what was summed up."""

    months: tuple[str, ...]
    panels: tuple[Panel, ...]
    kinds: tuple[bool, ...]
    """Whether there are people's rounds (false), and scripted ones (true)."""


@dataclass(frozen=True)
class Period:
    """A round or a month. `tally`: of the panel that was chosen; `agreement`: of every panel (None: everybody). `people` is known of rounds."""

    key: str
    name: str
    rounds: tuple[int, ...]
    round: AnnotationRound | None = None
    tally: Tally = field(default_factory=Tally)
    people: int | None = None
    agreement: dict[int | None, dict[str, Any]] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.round is not None and self.round.state == AnnotationRound.State.OPEN


def choices_of(project: Project) -> OverTimeChoices:
    rows = set(MonthSummary.objects.filter(project=project, panel=EVERYBODY).values_list("month", "simulated"))
    return OverTimeChoices(
        months=tuple(sorted({month for month, _ in rows})),
        panels=tuple(project.panels.all()),
        kinds=tuple(sorted({simulated for _, simulated in rows})),
    )


def periods_of(project: Project, chosen: OverTimeFilter, reader: object) -> list[Period]:
    """Oldest first. Open rounds in which the reader is at work, with predictions hidden, are left out, and out of the months too."""
    hidden = hidden_rounds(reader, project)
    return _rounds(project, chosen, hidden) if chosen.by == "round" else _months(project, chosen, with_open=not hidden)


def _rounds(project: Project, chosen: OverTimeFilter, hidden: Sequence[int]) -> list[Period]:
    """That were open in these months."""
    shown = may_be_summed_up().filter(project=project, simulated=chosen.scripted, summaries__panel=EVERYBODY, summaries__isnull=False)
    if chosen.last:
        shown = shown.filter(opened_at__lt=_after(chosen.last))
    if chosen.first:
        shown = shown.filter(Q(closed_at=None) | Q(closed_at__gte=_begin(chosen.first)))
    newest = shown.exclude(pk__in=hidden).order_by("-number")[:MOST_PERIODS]
    rows = RoundSummary.objects.filter(round__in=[round.pk for round in newest])
    agreement = _by_panel(rows.values_list("round", "panel", "agreement"))
    own = {row.round_id: row for row in rows.filter(panel=chosen.panel).defer("agreement")}
    return [_round(round, own.get(round.pk), agreement[round.pk]) for round in reversed(newest)]


def _by_panel(rows: Iterable[tuple[Any, int | None, dict[str, Any]]]) -> dict[Any, dict[int | None, dict[str, Any]]]:
    found: dict[Any, dict[int | None, dict[str, Any]]] = defaultdict(dict)
    for key, panel, agreement in rows:
        found[key][panel] = agreement
    return found


def _round(round: AnnotationRound, own: RoundSummary | None, agreement: dict[int | None, dict[str, Any]]) -> Period:
    return Period(
        key=str(round.number),
        name=_("round %(number)s") % {"number": round.number},
        rounds=(round.number,),
        round=round,
        tally=total(own.months.values()) if own else Tally(),
        people=own.people if own else 0,
        agreement=agreement,
    )


def _months(project: Project, chosen: OverTimeFilter, *, with_open: bool) -> list[Period]:
    rows = MonthSummary.objects.filter(project=project, simulated=chosen.scripted, with_open=with_open, month__gte=chosen.first)
    if chosen.last:
        rows = rows.filter(month__lte=chosen.last)
    newest = dict(rows.filter(panel=EVERYBODY).order_by("-month").values_list("month", "rounds")[:MOST_PERIODS])
    agreement = _by_panel(rows.filter(month__in=newest).values_list("month", "panel", "agreement"))
    own = dict(rows.filter(month__in=newest, panel=chosen.panel).values_list("month", "tally"))
    return [
        Period(month, month, tuple(rounds), tally=Tally(own.get(month, {})), agreement=agreement[month]) for month, rounds in sorted(newest.items())
    ]


def _begin(month: str) -> datetime:
    return timezone.make_aware(datetime.strptime(month, "%Y-%m"))


def _after(month: str) -> datetime:
    return timezone.make_aware((datetime.strptime(month, "%Y-%m") + timedelta(days=31)).replace(day=1))
