"""The dashboard's charts: how well and how fairly the version in use did, on two axes (the paper's Figure 4), and one measure by version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from modeling.measure_texts import MeasureText
from modeling.measures.data import COUNTED_MINIMUM
from modeling.models import ModelVersion, VersionChange
from modeling.reports.charts import CHART_STYLE, DASHES, SERIES_COLOURS, Chart, mark_layers, month_axis, month_chart
from modeling.reports.control_limits import ControlLimits
from modeling.reports.figures import Figure

PERFORMANCE: tuple[str, ...] = ("accuracy", "macro_precision", "macro_recall", "macro_f1")
BIAS: tuple[str, ...] = ("mean_subgroup_fpr", "worst_fpr", "fpr_gap")


@dataclass(frozen=True)
class MeasureMonths:
    measure: MeasureText
    cells: tuple[Figure | None, ...]

    @property
    def is_bias(self) -> bool:
        return self.measure.name in BIAS

    @property
    def is_known(self) -> bool:
        """In some month at least."""
        return any(cell is not None and cell.value is not None for cell in self.cells)

    @property
    def name(self) -> str:
        """As the chart's legend has it."""
        return _("%(measure)s (right)") % {"measure": self.measure.label} if self.is_bias else self.measure.label


@dataclass(frozen=True)
class Timeline:
    """Which version measures each month. `in_use`: it was in use at the month's end; otherwise it came later, or was chosen."""

    versions: tuple[ModelVersion, ...]
    in_use: tuple[bool, ...]
    is_chosen: bool

    @property
    def follows_use(self) -> bool:
        return any(self.in_use)


def timeline(months: Sequence[str], focus: ModelVersion, changes: Sequence[VersionChange], *, is_chosen: bool) -> Timeline:
    """`changes`: oldest first. Before the first one stands the version that it brought; where none came in these months, `focus` measures all."""
    at_end = [next((change.version for change in reversed(changes) if change.at.strftime("%Y-%m") <= month), None) for month in months]
    if is_chosen or not any(at_end):
        return Timeline((focus,) * len(months), (False,) * len(months), is_chosen)
    return Timeline(tuple(version or changes[0].version for version in at_end), tuple(version is not None for version in at_end), False)


def two_axes_chart(months: Sequence[str], rows: Sequence[MeasureMonths], times: Timeline, marks: Sequence[dict[str, str]], missing: str) -> Chart:
    """Performance on the left axis, bias on the right one."""
    data = [
        {"month": month, "version": str(version), "series": row.name, "axis": "right" if row.is_bias else "left", **_values(cell)}
        for row in rows
        for month, version, cell in zip(months, times.versions, row.cells, strict=True)
        if cell is not None
    ]
    drawn = [row for row in rows if row.is_known]
    of_one = len({version.pk for version in times.versions}) == 1
    whom = str(times.versions[0]) if of_one else _("the version in use")
    title = _("How well and how fairly %(whom)s does, by month") % {"whom": whom}
    label = _("Line chart with two axes: %(title)s%(span)s. Left: performance; right: bias. Lines: %(lines)s. The table below it has every value.")
    said = label % {"title": title, "span": _span(months), "lines": ", ".join(row.name for row in drawn)}
    spec = _two_axes_spec(data, drawn, marks) if drawn else None
    return Chart("figure-4", title, said, spec, rows=tuple(rows), data=tuple(data), missing=missing, note=_undrawn(rows))


def _undrawn(rows: Sequence[MeasureMonths]) -> str:
    undrawn = [row for row in rows if not row.is_known]
    if not undrawn:
        return ""
    said = _("Without a line, because in no month there are enough comments: %(measures)s.") % {"measures": ", ".join(row.name for row in undrawn)}
    if not any(row.is_bias for row in undrawn):
        return said
    of_bias = _(
        "A measure of bias needs a month with %(least)s toxic and %(least)s harmless comments of a subgroup, a gap two such subgroups; "
        "the mean of false alarms needs the harmless ones alone."
    )
    return f"{said} {of_bias % {'least': COUNTED_MINIMUM}}"


def versions_chart(
    text: MeasureText,
    months: Sequence[str],
    lines: Mapping[str, Sequence[Figure | None]],
    limits: ControlLimits | None,
    marks: Sequence[dict[str, str]],
    missing: str,
) -> Chart:
    data = [
        {"month": month, "series": name, **_values(cell)}
        for name, cells in lines.items()
        for month, cell in zip(months, cells, strict=True)
        if cell is not None
    ]
    drawn = [name for name, cells in lines.items() if any(cells)]
    title = _("%(measure)s by version and month") % {"measure": text.label}
    label = _("Line chart: %(title)s%(span)s. Lines: %(lines)s. The table below it has every value.")
    said = label % {"title": title, "span": _span(months), "lines": ", ".join(drawn)}
    shown = [{"month": one.month, "low": one.low, "high": one.high} for one in limits.months] if limits else []
    spec = month_chart(rows=data, series=drawn, axis_title=text.label, marks=marks, limits=shown) if _is_known(data) else None
    return Chart("versions", title, said, spec, data=tuple(data), missing=missing)


def _values(cell: Figure) -> dict[str, Any]:
    return {"value": cell.value, "low": cell.low, "high": cell.high, "n": cell.n}


def _is_known(data: Sequence[dict[str, Any]]) -> bool:
    return any(row["value"] is not None for row in data)


def _span(months: Sequence[str]) -> str:
    return _(" from %(first)s to %(last)s") % {"first": months[0], "last": months[-1]} if months else ""


def _two_axes_spec(data: list[dict[str, Any]], rows: Sequence[MeasureMonths], marks: Sequence[dict[str, str]]) -> dict[str, Any]:
    """An axis, and an entry of the legend, only for what has a line: Vega warns of an empty axis, and people look for what is not there."""
    drawn = [row.name for row in rows]
    colour = {"field": "series", "type": "nominal", "title": None, "scale": {"domain": drawn, "range": SERIES_COLOURS[: len(drawn)]}}
    dash = {"field": "series", "type": "nominal", "title": None, "scale": {"domain": drawn, "range": DASHES[: len(drawn)]}}
    titles = {"left": _("performance (higher is better)"), "right": _("bias (lower is better)")}
    sided = [(side, title) for side, title in titles.items() if any(row.is_bias == (side == "right") for row in rows)]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": "container",
        "height": 320,
        "background": None,
        "data": {"values": [row for row in data if row["series"] in drawn]},
        "layer": [*(_side(side, title, colour, dash) for side, title in sided), *mark_layers(marks)],
        "resolve": {"scale": {"y": "independent"}},
        "config": CHART_STYLE,
    }


def _side(side: str, title: str, colour: dict[str, Any], dash: dict[str, Any]) -> dict[str, Any]:
    y = {"field": "value", "type": "quantitative", "scale": {"zero": False, "nice": True}}
    y["axis"] = {"title": title, "orient": side, "grid": side == "left"}
    tooltip = [
        {"field": "series", "title": _("measure")},
        {"field": "month", "title": _("month")},
        {"field": "version", "title": _("version")},
        *({"field": name, "type": "quantitative", "format": ".3f", "title": word} for name, word in (("value", _("value")), ("low", _("95 % from")))),
        {"field": "high", "type": "quantitative", "format": ".3f", "title": _("to")},
        {"field": "n", "type": "quantitative", "format": ",", "title": "n"},
    ]
    encoding = {"x": month_axis(), "y": y, "color": colour}
    shape = "circle" if side == "left" else "diamond"
    return {
        "transform": [{"filter": {"field": "axis", "equal": side}}],
        "layer": [
            {"mark": {"type": "area", "opacity": 0.06}, "encoding": {**encoding, "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
            {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {**encoding, "strokeDash": dash}},
            {"mark": {"type": "point", "filled": True, "size": 55, "shape": shape}, "encoding": {**encoding, "tooltip": tooltip}},
        ],
    }
