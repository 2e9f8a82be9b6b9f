"""Charts as data: points of a small server-made line, and Vega-Lite specs whose colours come from the page's own style."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SPARK_WIDTH = 160
SPARK_HEIGHT = 36
SPARK_PAD = 3


@dataclass(frozen=True)
class Sparkline:
    """`points` of an SVG polyline in a box of `width` x `height`; `first` and `last` are the values at its ends."""

    points: str
    first: float
    last: float
    last_x: float
    last_y: float
    width: int = SPARK_WIDTH
    height: int = SPARK_HEIGHT


def sparkline(values: Sequence[float]) -> Sparkline | None:
    """The line through the values from left to right, or None when there are fewer than two."""
    if len(values) < 2:
        return None
    lowest, highest = min(values), max(values)
    step = (SPARK_WIDTH - 2 * SPARK_PAD) / (len(values) - 1)
    scale = (SPARK_HEIGHT - 2 * SPARK_PAD) / ((highest - lowest) or 1)
    places = [(SPARK_PAD + i * step, SPARK_HEIGHT - SPARK_PAD - (value - lowest) * scale) for i, value in enumerate(values)]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return Sparkline(points, values[0], values[-1], round(places[-1][0], 1), round(places[-1][1], 1))


SERIES_COLOURS = [f"var(--series-{i})" for i in range(1, 9)]
DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [1, 0], [6, 3], [2, 2], [8, 3, 2, 3]]


def month_chart(
    *, rows: Sequence[dict[str, Any]], series: Sequence[str], axis_title: str, marks: Sequence[dict[str, str]] = (), share: bool = False
) -> dict[str, Any]:
    """Lines over months, one per series, with intervals as bands and champion changes as vertical rules.

    `rows`: {month, series, value, low, high, n}; a null value breaks the line. `marks`: {month, text}. `share`: written in per cent.
    Lines differ in dash as well as in colour, so that they can be told apart without it.
    """
    colour = {"field": "series", "type": "nominal", "title": None, "scale": {"domain": list(series), "range": SERIES_COLOURS[: len(series)]}}
    dash = {"field": "series", "type": "nominal", "title": None, "scale": {"domain": list(series), "range": DASHES[: len(series)]}}
    x = {"field": "month", "type": "ordinal", "title": None, "axis": {"labelAngle": 0, "labelOverlap": True}}
    y: dict[str, Any] = {"field": "value", "type": "quantitative", "title": axis_title, "scale": {"zero": False, "nice": True}}
    if share:
        y["axis"] = {"format": ".1%"}
    tooltip = [
        {"field": "series", "title": "line"},
        {"field": "month"},
        *(
            {"field": name, "type": "quantitative", "format": ".1%" if share else ".3f", "title": title}
            for name, title in (("value", "value"), ("low", "95 % from"), ("high", "to"))
        ),
        {"field": "n", "type": "quantitative", "format": ",", "title": "n"},
    ]
    band = {"y": {**y, "field": "low"}, "y2": {"field": "high"}}
    layers: list[dict[str, Any]] = [
        {"mark": {"type": "area", "opacity": 0.12 if len(series) < 4 else 0.05}, "encoding": {"x": x, **band, "color": colour}},
        {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash}},
        {"mark": {"type": "point", "filled": True, "size": 45}, "encoding": {"x": x, "y": y, "color": colour, "tooltip": tooltip}},
    ]
    if marks:
        layers.append(
            {
                "data": {"values": list(marks)},
                "mark": {"type": "rule", "strokeDash": [4, 4], "color": "var(--soft)"},
                "encoding": {"x": {**x}, "tooltip": [{"field": "month"}, {"field": "text", "title": "change"}]},
            }
        )
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": "container",
        "height": 260,
        "background": None,
        "data": {"values": list(rows)},
        "layer": layers,
        "config": CHART_STYLE,
    }


CHART_STYLE: dict[str, Any] = {
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--soft)",
        "titleColor": "var(--soft)",
        "gridColor": "var(--line)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
        "labelFontSize": 13,
        "titleFontSize": 13,
        "titleFontWeight": "normal",
    },
    "legend": {
        "labelColor": "var(--ink)",
        "labelFontSize": 13,
        "orient": "top",
        "symbolType": "stroke",
        "symbolOpacity": 1,
        "symbolStrokeWidth": 2,
        "columns": 4,
        "labelLimit": 260,
    },
}
