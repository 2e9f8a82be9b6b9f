"""The ROC curve and the reliability diagram as Vega-Lite, one line per version."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from modeling.reports.charts import CHART_STYLE, DASHES, SERIES_COLOURS, Chart

if TYPE_CHECKING:
    from modeling.reports.curves import VersionCurves

DIAGONAL = {
    "data": {"values": [{"x": 0, "y": 0}, {"x": 1, "y": 1}]},
    "mark": {"type": "line", "strokeDash": [2, 4], "strokeWidth": 1, "color": "var(--soft)"},
    "encoding": {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}},
}


def roc_chart(shown: "Sequence[VersionCurves]", fewest: int) -> Chart:
    data = [
        {"series": str(one.version), "false_alarms": alarms, "found": found, "from_score": limit} for one in shown for alarms, found, limit in one.roc
    ]
    title = _("ROC curve of %(versions)s") % {"versions": _names(shown)}
    label = _("Line chart: %(title)s. Across: share of harmless comments flagged; up: share of toxic ones found. The table below it has points.")
    missing = _("Not enough data: it needs %(fewest)s toxic and %(fewest)s harmless comments.") % {"fewest": fewest}
    return Chart("roc", title, label % {"title": title}, _roc_spec(shown, data) if data else None, data=tuple(data), missing=missing)


def calibration_chart(shown: "Sequence[VersionCurves]", fewest: int) -> Chart:
    data = [
        {"series": str(one.version), "from": bin.start, "to": bin.end, "confidence": bin.confidence, **_right(bin.right)}
        for one in shown
        for bin in one.bins
    ]
    title = _("What %(versions)s gave as probability, and how often it was right") % {"versions": _names(shown)}
    label = _("Reliability diagram: %(title)s. Across: the probability that it gave; up: how often it was right. The table below it has every value.")
    missing = _("Not enough data: it needs %(fewest)s comments.") % {"fewest": fewest}
    spec = _calibration_spec(shown, data) if data else None
    return Chart("calibration", title, label % {"title": title}, spec, data=tuple(data), missing=missing)


def _names(shown: "Sequence[VersionCurves]") -> str:
    return _(" and ").join(str(one.version) for one in shown)


def _right(figure: Any) -> dict[str, Any]:
    return {"right": figure.value, "low": figure.low, "high": figure.high, "n": figure.n}


def _axis(field: str, title: str) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": title, "scale": {"domain": [0, 1]}}


def _by_version(shown: "Sequence[VersionCurves]") -> dict[str, Any]:
    names = [str(one.version) for one in shown]
    colour = {"field": "series", "type": "nominal", "title": None, "scale": {"domain": names, "range": SERIES_COLOURS[: len(names)]}}
    return {"color": colour, "strokeDash": {**colour, "scale": {"domain": names, "range": DASHES[: len(names)]}}}


def _roc_spec(shown: "Sequence[VersionCurves]", data: list[dict[str, Any]]) -> dict[str, Any]:
    place = {"x": _axis("false_alarms", _("harmless comments flagged")), "y": _axis("found", _("toxic comments found"))}
    words = {"false_alarms": _("harmless flagged"), "found": _("toxic found"), "from_score": _("from score")}
    # In the order of the points: two may lie above each other.
    line = {
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": {**place, **_by_version(shown), "order": {"field": "from_score", "sort": "descending"}},
    }
    points = {
        "mark": {"type": "point", "filled": True, "size": 30, "opacity": 0.01},
        "encoding": {**place, "tooltip": [{"field": "series", "title": _("version")}, *_tooltip(words)]},
    }
    return _spec(data, [DIAGONAL, line, points])


def _calibration_spec(shown: "Sequence[VersionCurves]", data: list[dict[str, Any]]) -> dict[str, Any]:
    x, y = _axis("confidence", _("probability that it gave")), _axis("right", _("share that was right"))
    by_version = _by_version(shown)
    colour = {"color": by_version["color"]}
    words = {"confidence": _("it gave"), "right": _("right"), "low": _("95 % from"), "high": _("to")}
    points = {
        "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1},
        "encoding": {"x": x, "y": y, **colour, "tooltip": [*_tooltip(words), {"field": "n", "type": "quantitative", "format": ",", "title": "n"}]},
    }
    intervals = {"mark": {"type": "rule", "strokeWidth": 1.5}, "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, **colour}}
    return _spec(data, [DIAGONAL, {"mark": {"type": "line", "strokeWidth": 1}, "encoding": {"x": x, "y": y, **by_version}}, intervals, points])


def _tooltip(words: dict[str, str]) -> list[dict[str, str]]:
    return [{"field": name, "type": "quantitative", "format": ".3f", "title": word} for name, word in words.items()]


def _spec(data: list[dict[str, Any]], layers: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": "container",
        "height": 360,
        "background": None,
        "data": {"values": data},
        "layer": layers,
        "config": CHART_STYLE,
    }
