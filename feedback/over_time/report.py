"""What people do, over time, as the page and the API show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from feedback.crowd.estimates import MINIMUM_ITEMS
from feedback.crowd.tally import QUESTIONS, total
from feedback.following import Following
from feedback.over_time.charts import IN_PER_CENT, Axis, Line, chart_of
from feedback.over_time.events import Event, events_of, marks_of
from feedback.over_time.figures import Cost, Reported, cost_of, following_of, reported_of, subgroups_in, type_name, types_in, types_of
from feedback.over_time.periods import EVERYBODY, QUESTION_NAMES, OverTimeChoices, OverTimeFilter, Period, periods_of
from feedback.over_time.sentence import sentence_of
from modeling.models import Project
from modeling.reports import CycleLine, Figure, cycle_history
from modeling.reports.dashboard import Chart


@dataclass(frozen=True)
class AgreementRow:
    """One panel's (or everybody's) agreement on one question."""

    panel_id: int | None
    panel: str
    question: str
    alpha: Figure
    ac1: Figure


@dataclass(frozen=True)
class PeriodRow:
    """`types`: of any bias first, then of each type that `OverTime.types` names."""

    period: Period
    judged: int
    types: tuple[Reported, ...]
    cost: Cost
    following: Following
    agreement: tuple[AgreementRow, ...]


@dataclass(frozen=True)
class OverTime:
    """`types`, `subgroups`: of all that is shown together. `agreement`: on the question that was chosen, of each panel."""

    chosen: OverTimeFilter
    sentence: str
    rows: tuple[PeriodRow, ...]
    types: tuple[Reported, ...]
    subgroups: tuple[Reported, ...]
    agreement: tuple[tuple[Period, tuple[AgreementRow, ...]], ...]
    charts: dict[str, Chart]
    cycles: tuple[CycleLine, ...]
    events: tuple[Event, ...]


def over_time(*, project: Project, choices: OverTimeChoices, chosen: OverTimeFilter, reader: object) -> OverTime:
    periods, events = periods_of(project, chosen, reader), events_of(project, chosen)
    rows = period_rows(periods, choices)
    everything = total(period.tally for period in periods)
    return OverTime(
        chosen=chosen,
        sentence=sentence_of(rows),
        rows=rows,
        types=tuple(types_of(everything)),
        subgroups=tuple(subgroups_in(everything)),
        agreement=tuple((row.period, tuple(one for one in row.agreement if one.question == chosen.question)) for row in rows),
        charts=_charts(rows, chosen, marks_of(events, periods)),
        cycles=tuple(cycle_history(project, first=chosen.first, last=chosen.last)),
        events=tuple(events),
    )


def period_rows(periods: Sequence[Period], choices: OverTimeChoices) -> tuple[PeriodRow, ...]:
    kinds = types_in(total(period.tally for period in periods))
    panels: dict[int | None, str] = {EVERYBODY: _("Everybody"), **{panel.pk: panel.name for panel in choices.panels}}
    return tuple(
        PeriodRow(
            period=period,
            judged=int(period.tally["judged"]),
            types=(reported_of(period.tally, name=_("Any bias")), *(reported_of(period.tally, kind, type_name(kind)) for kind in kinds)),
            cost=cost_of(period.tally),
            following=following_of(period.tally),
            agreement=_agreement(period, panels),
        )
        for period in periods
    )


def _agreement(period: Period, panels: dict[int | None, str]) -> tuple[AgreementRow, ...]:
    return tuple(
        AgreementRow(panel, name, question, _measured(found, "alpha", "low", "high"), _measured(found, "ac1", "ac1_low", "ac1_high"))
        for panel, name in panels.items()
        for question in QUESTIONS
        if (found := period.agreement.get(panel, {}).get(question))
    )


def _measured(found: dict[str, Any], value: str, low: str, high: str) -> Figure:
    return Figure(found.get(value), found.get(low), found.get(high), found.get("items") or 0)


def _charts(rows: Sequence[PeriodRow], chosen: OverTimeFilter, marks: Sequence[dict[str, str]]) -> dict[str, Chart]:
    titles = {"reported": _("Reported bias, by type"), "confirmed": _("Confirmed bias, by type")}
    agreement = _("How far people agree on %(question)s") % {"question": QUESTION_NAMES[chosen.question]}
    drawn = {
        "bias": (titles[chosen.what], Axis(_("share of the judged items"), IN_PER_CENT), _bias_lines(rows, chosen.what)),
        "agreement": (agreement, Axis(_("agreement (1: all alike, 0: by chance)")), _agreement_lines(rows, chosen)),
        "cost": (_("What a label costs"), Axis(_("work (log scale)"), "~g", is_log=True), _cost_lines(rows)),
        "following": (_("Do people follow the machine?"), Axis(_("share of the answers"), IN_PER_CENT), _following_lines(rows)),
    }
    names = [row.period.name for row in rows]
    return {key: chart_of(f"people-{key}", title, axis, names, lines, marks, _missing(key)) for key, (title, axis, lines) in drawn.items()}


def _missing(key: str) -> str:
    if key != "following":
        return _("Not enough data to draw it.")
    return _(
        "Not enough data: only rounds tell that ask for people’s own level first in a share of their items, and %(least)s answers. Set “Own "
        "level first, in %%” among the settings of the next round; 20 is a good start."
    ) % {"least": MINIMUM_ITEMS}


def _bias_lines(rows: Sequence[PeriodRow], what: str) -> list[Line]:
    columns = zip(*(row.types for row in rows), strict=True)
    return [Line(column[0].name, tuple(one.of(what) for one in column), is_sum=place == 0) for place, column in enumerate(columns)]


def _agreement_lines(rows: Sequence[PeriodRow], chosen: OverTimeFilter) -> list[Line]:
    wanted = (chosen.panel, chosen.question)
    found = [next((one for one in row.agreement if (one.panel_id, one.question) == wanted), None) for row in rows]
    alpha, ac1 = tuple(one.alpha if one else None for one in found), tuple(one.ac1 if one else None for one in found)
    return [Line(_("Krippendorff’s α"), alpha), Line(_("Gwet’s AC1"), ac1)]


def _cost_lines(rows: Sequence[PeriodRow]) -> list[Line]:
    per_label, per_confirmed = tuple(row.cost.per_label for row in rows), tuple(row.cost.per_confirmed for row in rows)
    return [Line(_("per label"), per_label), Line(_("per confirmed bias"), per_confirmed)]


def _following_lines(rows: Sequence[PeriodRow]) -> list[Line]:
    """Before seeing the prediction, in sight of it, and who moved to it."""
    parts = {"moved": _("moved to the prediction"), "agree_blind": _("as the model, unseen"), "agree_shown": _("as the model, shown at once")}
    return [Line(name, tuple(_figure(getattr(row.following, part)) for row in rows)) for part, name in parts.items()]


def _figure(share: Any) -> Figure:
    return Figure(share.value, share.low, share.high, share.n)
