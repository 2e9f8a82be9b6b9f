"""Charts of what people do: one point per round or month and line, with its interval, and rules where something happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from modeling.reports import Figure
from modeling.reports.charts import CHART_STYLE, DASHES, SERIES_COLOURS
from modeling.reports.dashboard import Chart


@dataclass(frozen=True)
class Line:
    """`cells`: one per period; None where nothing was measured. `is_sum`: of all other lines together."""

    name: str
    cells: tuple[Figure | None, ...]
    is_sum: bool = False


@dataclass(frozen=True)
class Axis:
    title: str
    format: str = ".2f"
    is_log: bool = False
    """Of minutes, on a log scale, with seconds below one."""


IN_PER_CENT = ".0%"
LOG_TICKS = [1 / 60, 0.05, 1 / 6, 0.5, 1, 3, 10, 30, 100, 300, 1000]
"""Of minutes: from one second up."""
OF_TIME = "datum.value < 1 ? format(60 * datum.value, '.2~g') + ' s' : format(datum.value, '~g') + ' min'"
SUM_COLOUR, SUM_DASH = "var(--ink)", [12, 3]
"""No other line's: beside every type of bias there is no colour left."""

BESIDE = 1.5
"""Room at both sides of the points of one period, in steps between them."""


def chart_of(key: str, title: str, axis: Axis, periods: Sequence[str], lines: Sequence[Line], marks: Sequence[dict[str, str]], missing: str) -> Chart:
    """Without a spec where no value is known; `missing` then says what to do."""
    rows = [
        {"period": period, "line": line.name, "value": cell.value, "low": cell.low, "high": cell.high, "n": cell.n}
        for line in lines
        for period, cell in zip(periods, line.cells, strict=True)
        if cell is not None and cell.value is not None
    ]
    drawn = [line for line in lines if any(row["line"] == line.name for row in rows)]
    label = _("Line chart: %(title)s, from %(first)s to %(last)s. Lines: %(lines)s. The table below it has every value.")
    span = {"first": periods[0] if periods else "–", "last": periods[-1] if periods else "–"}
    said = label % {"title": title, "lines": ", ".join(line.name for line in drawn) or "–", **span}
    return Chart(key, title, said, _spec(axis, list(periods), drawn, rows, marks) if rows else None, missing=missing)


def _spec(axis: Axis, periods: list[str], drawn: list[Line], rows: list[dict[str, Any]], marks: Sequence[dict[str, str]]) -> dict[str, Any]:
    x = {"field": "period", "type": "ordinal", "title": None, "scale": {"domain": periods}, "axis": {"labelAngle": 0, "labelOverlap": True}}
    scale = {"type": "log"} if axis.is_log else {"zero": True, "nice": True}
    ticks = {"labelExpr": OF_TIME, "values": LOG_TICKS} if axis.is_log else {"format": axis.format}
    y = {"field": "value", "type": "quantitative", "title": axis.title, "axis": ticks, "scale": scale}
    series = {"field": "line", "type": "nominal", "title": None}
    lines, colours, dashes = [line.name for line in drawn], iter(SERIES_COLOURS), iter(DASHES)
    colour = {**series, "scale": {"domain": lines, "range": [SUM_COLOUR if line.is_sum else next(colours) for line in drawn]}}
    dash = {**series, "scale": {"domain": lines, "range": [SUM_DASH if line.is_sum else next(dashes) for line in drawn]}}
    place = {"x": x, "xOffset": {"field": "line", "scale": {"domain": lines, "paddingOuter": BESIDE}}}
    shape = {**series, "scale": {"domain": lines}}
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.45},
            "encoding": {**place, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": colour},
        },
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {**place, "y": y, "color": colour, "strokeDash": dash}},
        {
            "mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
            "encoding": {**place, "y": y, "color": colour, "shape": shape, "tooltip": _tooltip(axis)},
        },
    ]
    if marks:
        tooltip = [{"field": "period", "title": _("when")}, {"field": "text", "title": _("what happened")}]
        rule = {"type": "rule", "strokeDash": [4, 4], "strokeWidth": 2, "color": "var(--soft)"}
        layers.append({"data": {"values": list(marks)}, "mark": rule, "encoding": {"x": x, "tooltip": tooltip}})
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": "container",
        "height": 260,
        "background": None,
        "data": {"values": rows},
        "layer": layers,
        "config": CHART_STYLE,
    }


def _tooltip(axis: Axis) -> list[dict[str, str]]:
    shown = ".1%" if axis.format == IN_PER_CENT else axis.format
    values = {"value": _("value"), "low": _("95 % from"), "high": _("to")}
    return [
        {"field": "line", "title": _("line")},
        {"field": "period", "title": _("when")},
        *({"field": name, "type": "quantitative", "format": shown, "title": title} for name, title in values.items()),
        {"field": "n", "type": "quantitative", "format": ",", "title": "n"},
    ]
