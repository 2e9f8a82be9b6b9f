"""The parts of the loss over a version's training, in ten parts of its steps: the form of the paper's Table 7."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from modeling.models import ModelVersion, Project
from modeling.reports.charts import CHART_STYLE, DASHES, SERIES_COLOURS, Chart
from modeling.reports.losses import ALWAYS_SHOWN, COMPONENTS, MEANINGS

PARTS = 10
TOTAL_COLOUR, TOTAL_DASH = "var(--ink)", [12, 3]
"""No part's: the total is no part of itself."""


@dataclass(frozen=True)
class LossPart:
    """Means over the steps `first` to `last`; `values` in the order of the components, None where a term was not logged."""

    first: int
    last: int
    total: float | None
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class VersionLosses:
    version: ModelVersion
    steps: int
    components: tuple[tuple[str, float | None], ...]
    """(label, weight in the newest step that states one)."""
    meanings: tuple[tuple[str, str], ...]
    """(label, what it is) of each component."""
    parts: tuple[LossPart, ...]
    chart: Chart


def version_losses(*, project: Project, versions: Sequence[ModelVersion], number: int | None) -> VersionLosses | None:
    """Of the version that is asked for, else of the one in use, else of the newest; None where there is none."""
    wanted = next((v for v in versions if v.number == number), None) or next((v for v in versions if v.pk == project.champion_id), None)
    version = wanted or next(iter(versions), None)
    if version is None:
        return None
    steps = ModelVersion.objects.values_list("loss_steps", flat=True).get(pk=version.pk)
    shown = [name for name in COMPONENTS if name in ALWAYS_SHOWN or any(name in step for step in steps)]
    parts = tuple(_part(of_part, shown) for of_part in _tenths(steps) if of_part)
    components = tuple((COMPONENTS[name], _weight(name, steps)) for name in shown)
    meanings = tuple((COMPONENTS[name], str(MEANINGS[name])) for name in shown)
    return VersionLosses(version, len(steps), components, meanings, parts, _chart(version, components, parts))


def trained_versions(project: Project) -> tuple[ModelVersion, ...]:
    """All, control arms too: each has a loss of its own. Newest first."""
    return tuple(project.versions.defer("loss_steps", "manifest").order_by("-number"))


def _tenths(steps: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    edges = [place * len(steps) // PARTS for place in range(PARTS + 1)]
    return [steps[start:end] for start, end in pairwise(edges)]


def _part(steps: list[dict[str, Any]], shown: Sequence[str]) -> LossPart:
    return LossPart(steps[0].get("step", 0), steps[-1].get("step", 0), _mean("total", steps), tuple(_mean(name, steps) for name in shown))


def _mean(name: str, steps: list[dict[str, Any]]) -> float | None:
    known = [step[name] for step in steps if step.get(name) is not None]
    return sum(known) / len(known) if known else None


def _weight(name: str, steps: list[dict[str, Any]]) -> float | None:
    return next((step["weights"][name] for step in reversed(steps) if name in step.get("weights", {})), None)


def _chart(version: ModelVersion, components: Sequence[tuple[str, float | None]], parts: Sequence[LossPart]) -> Chart:
    data = [
        {"step": part.last, "part": label, "value": value}
        for part in parts
        for label, value in ((_("total"), part.total), *((label, value) for (label, _w), value in zip(components, part.values, strict=True)))
        if value is not None
    ]
    title = _("Parts of the loss of %(version)s") % {"version": version}
    label = _("Line chart: %(title)s over the steps of its training. The table below it has every value.") % {"title": title}
    missing = _("No loss is logged for this version.")
    return Chart("losses", title, label, _spec(data) if data else None, data=tuple(data), missing=missing)


def _spec(data: list[dict[str, Any]]) -> dict[str, Any]:
    names = [_("total"), *dict.fromkeys(row["part"] for row in data if row["part"] != _("total"))]
    colour = {"field": "part", "type": "nominal", "title": None, "scale": {"domain": names, "range": [TOTAL_COLOUR, *SERIES_COLOURS][: len(names)]}}
    dash = {"field": "part", "type": "nominal", "title": None, "scale": {"domain": names, "range": [TOTAL_DASH, *DASHES][: len(names)]}}
    place = {
        "x": {"field": "step", "type": "quantitative", "title": _("step")},
        "y": {"field": "value", "type": "quantitative", "title": _("mean before its weight")},
    }
    tooltip = [{"field": "part"}, {"field": "step"}, {"field": "value", "type": "quantitative", "format": ".4f"}]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": "container",
        "height": 280,
        "background": None,
        "data": {"values": data},
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 2}, "encoding": {**place, "color": colour, "strokeDash": dash}},
            {"mark": {"type": "point", "filled": True, "size": 45}, "encoding": {**place, "color": colour, "tooltip": tooltip}},
        ],
        "config": CHART_STYLE,
    }
