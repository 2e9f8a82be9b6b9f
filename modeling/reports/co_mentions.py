"""Who is mentioned with whom: nodes on a circle, edges between those that share comments, and the rows of the table behind it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from modeling.models import CoMention, ModelVersion
from modeling.names import subgroup_name
from modeling.reports.charts import CHART_STYLE, Chart
from modeling.reports.figures import Figure

MOST_NODES, MOST_EDGES = 24, 40
LINE_WIDTHS = [1, 10]
"""Of the pair with the fewest comments, and of the one with the most: numbers are often close, and widths must not be."""
ROOM = {"expr": "min(160, 0.29 * width - 14)"}
"""Beside the circle, for a name; on a narrow screen it ends in dots instead of being cut off."""
LETTERS = {"expr": "width < 420 ? 10 : 12"}
FEWEST_TOGETHER = 3
"""Two subgroups with fewer comments in common are no edge."""

STEPS = (0.1, 0.2, 0.35, 0.5)
RAMP = ("#00204c", "#414d6b", "#7c7b78", "#bbaf71", "#ffea46")
"""Five steps of cividis, which reads the same for the colour-blind."""


@dataclass(frozen=True)
class MentionRow:
    """`second` and `lift` are empty for a subgroup by itself."""

    first: str
    second: str
    score: Figure
    flag_rate: Figure
    lift: Figure | None

    @classmethod
    def of(cls, row: CoMention) -> "MentionRow":
        lift = Figure(row.lift, row.lift_low, row.lift_high, row.n) if row.second else None
        score = Figure(row.score, row.score_low, row.score_high, row.n)
        return cls(row.first, row.second, score, Figure(row.flag_rate, row.flag_low, row.flag_high, row.n), lift)


@dataclass(frozen=True)
class Network:
    """`left_out`: pairs that neither the figure nor the table has; the API has them."""

    nodes: tuple[MentionRow, ...]
    edges: tuple[MentionRow, ...]
    left_out: int
    chart: Chart


def network(version: ModelVersion) -> Network:
    """Two queries, however many comments."""
    alone = CoMention.objects.filter(version=version, second="")
    nodes = tuple(map(MentionRow.of, alone.order_by("-n", "first")[:MOST_NODES]))
    shown = [node.first for node in nodes]
    together = CoMention.objects.filter(version=version, n__gte=FEWEST_TOGETHER, first__in=shown, second__in=shown)
    pairs = list(together.order_by("-n", "first", "second"))
    edges = tuple(map(MentionRow.of, pairs[:MOST_EDGES]))
    return Network(nodes, edges, len(pairs) - len(edges), _chart(version, nodes, edges))


def _chart(version: ModelVersion, nodes: Sequence[MentionRow], edges: Sequence[MentionRow]) -> Chart:
    title = _("Who is mentioned together, and what %(version)s says of it") % {"version": version}
    label = _("Network: %(nodes)s subgroups on a circle, joined where comments mention both. The tables below it have every value.")
    spec = _spec(nodes, edges) if nodes else None
    data = tuple({"first": edge.first, "second": edge.second, "n": edge.score.n} for edge in edges)
    return Chart("dynamics-network", title, label % {"nodes": len(nodes)}, spec, data=data)


def _spec(nodes: Sequence[MentionRow], edges: Sequence[MentionRow]) -> dict[str, Any]:
    # By name, so that the same subgroup keeps about the same place from version to version.
    ordered = sorted(nodes, key=lambda node: node.first)
    at = {node.first: _on_circle(place, len(ordered)) for place, node in enumerate(ordered)}
    points = [{**_point(node), "x": at[node.first][0], "y": at[node.first][1]} for node in ordered]
    lines = [
        {
            "pair": f"{subgroup_name(edge.first)} + {subgroup_name(edge.second)}",
            "n": edge.score.n,
            "lift": edge.lift.value if edge.lift else None,
            "score": edge.score.value,
            **dict(zip(("x", "y", "x2", "y2"), (*at[edge.first], *at[edge.second]), strict=True)),
        }
        for edge in edges
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": "container",
        "height": 460,
        "background": None,
        "layer": [_lines(lines), _points(points), *(_names(points, side) for side in ("left", "right"))],
        "config": {
            **CHART_STYLE,
            "legend": {**CHART_STYLE["legend"], "symbolType": "circle", "titleColor": "var(--ink)", "titleFontSize": 13, "columns": 3},
        },
    }


def _on_circle(place: int, count: int) -> tuple[float, float]:
    angle = 2 * math.pi * place / count
    return round(math.sin(angle), 4), round(math.cos(angle), 4)


def _point(node: MentionRow) -> dict[str, Any]:
    score = node.score
    return {"name": subgroup_name(node.first), "n": score.n, "score": score.value, "low": score.low, "high": score.high, "step": _step(score.value)}


def _step(score: float | None) -> str:
    names = _step_names()
    return names[sum((score or 0) >= limit for limit in STEPS)]


def _step_names() -> list[str]:
    bounds = [f"{limit:.2f}"[1:] for limit in STEPS]
    between = [_("%(low)s to %(high)s") % {"low": low, "high": high} for low, high in pairwise(bounds)]
    return [_("below %(limit)s") % {"limit": bounds[0]}, *between, _("from %(limit)s") % {"limit": bounds[-1]}]


def _places(second: bool = False) -> dict[str, Any]:
    """Wider than the circle, so that names have room beside it."""
    scales = {"x": [-2.4, 2.4], "y": [-1.2, 1.2]}
    found: dict[str, Any] = {name: {"field": name, "type": "quantitative", "axis": None, "scale": {"domain": scales[name]}} for name in scales}
    return found | {"x2": {"field": "x2"}, "y2": {"field": "y2"}} if second else found


def _lines(lines: list[dict[str, Any]]) -> dict[str, Any]:
    width = {"field": "n", "type": "quantitative", "title": None, "legend": None, "scale": {"range": LINE_WIDTHS, "zero": False}}
    tooltip = [
        {"field": "pair", "title": _("together")},
        {"field": "n", "type": "quantitative", "format": ",", "title": _("comments")},
        {"field": "lift", "type": "quantitative", "format": ".2f", "title": _("times as often as by chance")},
        {"field": "score", "type": "quantitative", "format": ".3f", "title": _("mean toxicity score")},
    ]
    mark = {"type": "rule", "color": "var(--edge)", "opacity": 0.6}
    return {"data": {"values": lines}, "mark": mark, "encoding": {**_places(second=True), "strokeWidth": width, "tooltip": tooltip}}


def _points(points: list[dict[str, Any]]) -> dict[str, Any]:
    colour = {"field": "step", "type": "nominal", "title": _("mean toxicity score"), "scale": {"domain": _step_names(), "range": list(RAMP)}}
    shown = {"n": (",", _("comments")), "score": (".3f", _("mean toxicity score")), "low": (".3f", _("95 % from")), "high": (".3f", _("to"))}
    tooltip = [{"field": "name", "title": _("subgroup")}]
    tooltip += [{"field": name, "type": "quantitative", "format": form, "title": title} for name, (form, title) in shown.items()]
    size = {"field": "n", "type": "quantitative", "legend": None, "scale": {"range": [60, 420], "zero": True}}
    mark = {"type": "circle", "opacity": 1, "stroke": "var(--ink)", "strokeWidth": 1}
    return {"data": {"values": points}, "mark": mark, "encoding": {**_places(), "color": colour, "size": size, "tooltip": tooltip}}


def _names(points: list[dict[str, Any]], side: str) -> dict[str, Any]:
    """Beside their point, away from the circle."""
    own = [point for point in points if (point["x"] >= 0) == (side == "right")]
    align, away = ("left", 14) if side == "right" else ("right", -14)
    mark = {
        "type": "text",
        "align": align,
        "dx": away,
        "fontSize": LETTERS,
        "limit": ROOM,
        "color": "var(--ink)",
        "baseline": "middle",
    }
    return {"data": {"values": own}, "mark": mark, "encoding": {**_places(), "text": {"field": "name"}}}
