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


@dataclass(frozen=True)
class Chart:
    """`spec` is Vega-Lite; None where no value is known, and `missing` says why. `label` says what it shows to who cannot see it.

    `data`: what is drawn, one row per point, as it can be downloaded. `rows`: what the table behind it needs besides.
    """

    key: str
    title: str
    label: str
    spec: dict[str, Any] | None
    rows: tuple[Any, ...] = ()
    data: tuple[dict[str, Any], ...] = ()
    missing: str = ""
    note: str = ""
    """Why something that one would look for is not drawn."""

    @property
    def id(self) -> str:
        """Of the element that holds the spec."""
        return f"chart-{self.key}"


SERIES_COLOURS = [f"var(--series-{i})" for i in range(1, 9)]
DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [10, 6], [4, 1], [8, 2, 2, 2, 2, 2], [1, 4]]


def month_axis() -> dict[str, Any]:
    return {"field": "month", "type": "ordinal", "title": None, "axis": {"labelAngle": 0, "labelOverlap": True}}


def mark_layers(marks: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
    """A vertical rule for each {month, text}, with the `signs` above it where it has some."""
    if not marks:
        return []
    tooltip = [{"field": "month"}, {"field": "text", "title": "what happened"}]
    rule = {"mark": {"type": "rule", "strokeDash": [4, 4], "color": "var(--soft)"}, "encoding": {"x": month_axis(), "tooltip": tooltip}}
    signs = {
        "data": {"values": [mark for mark in marks if mark.get("signs")]},  # Vega writes "undefined" for the others
        "mark": {"type": "text", "baseline": "bottom", "fontSize": 12, "color": "var(--soft)", "dy": -3},
        "encoding": {"x": month_axis(), "y": {"value": 0}, "text": {"field": "signs"}, "tooltip": tooltip},
    }
    return [{"data": {"values": list(marks)}, "layer": [rule, signs]}]


def limit_layer(limits: Sequence[dict[str, Any]], y: dict[str, Any]) -> list[dict[str, Any]]:
    """Two stepped lines, {month, low, high}."""
    line = {"type": "line", "interpolate": "step", "strokeWidth": 1, "strokeDash": [1, 3], "color": "var(--ink)"}
    sides = [{"mark": line, "encoding": {"x": month_axis(), "y": {**y, "field": side}}} for side in ("low", "high")]
    return [{"data": {"values": list(limits)}, "layer": sides}] if limits else []


def month_chart(
    *,
    rows: Sequence[dict[str, Any]],
    series: Sequence[str],
    axis_title: str,
    marks: Sequence[dict[str, str]] = (),
    share: bool = False,
    limits: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Lines over months, one per series, with intervals as bands, what happened as vertical rules, and control limits as stepped lines.

    `rows`: {month, series, value, low, high, n}; a null value breaks the line. `marks`: {month, text, signs}. `share`: written in per cent.
    Lines differ in dash as well as in colour, so that they can be told apart without it.
    """
    colour = {"field": "series", "type": "nominal", "title": None, "scale": {"domain": list(series), "range": SERIES_COLOURS[: len(series)]}}
    dash = {"field": "series", "type": "nominal", "title": None, "scale": {"domain": list(series), "range": DASHES[: len(series)]}}
    x = month_axis()
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
        *limit_layer(limits, y),
        *mark_layers(marks),
    ]
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
