"""Charts of social dynamics: shares by version with their intervals and what chance would give, and by month."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from modeling.map_engines import LOOKS, MapEngine
from modeling.models import ModelVersion, VersionChange
from modeling.names import subject_name
from modeling.reports.charts import CHART_STYLE, SERIES_COLOURS, Chart, month_chart

if TYPE_CHECKING:
    from modeling.reports.dynamics import DynamicsFilter, Share, SubjectRow


def axis_title(engine: str) -> str:
    return _("share of the attention") if MapEngine(engine) in LOOKS else _("share of the attribution")


def versions_chart(
    versions: Sequence[ModelVersion], rows: "Sequence[SubjectRow]", came: Mapping[int, VersionChange], engine: str, subjects: int
) -> Chart:
    """Points beside each other, one per subject; a tick says where chance lies, a word above how the version came into use.

    `subjects`: how many there are, of which `rows` are drawn.
    """
    values = [
        {"version": str(version), "subject": row.name, **_values(cell)}
        for row in rows
        for version, cell in zip(versions, row.cells, strict=True)
        if cell and cell.figure.value is not None
    ]
    marks = [{"version": str(version), "text": came[version.pk].get_kind_display().lower()} for version in versions if version.pk in came]
    title = _("Share on identity words, by version")
    label = _("Point chart: %(title)s. One point per version for each of: %(subjects)s. The table below it has every value.")
    said = label % {"title": title, "subjects": ", ".join(row.name for row in rows)}
    spec = _point_spec([str(version) for version in versions], [row.name for row in rows], values, marks, axis_title(engine)) if values else None
    return Chart("dynamics-versions", title, said, spec, data=tuple(values), note=_left_out(rows, subjects))


def _left_out(rows: "Sequence[SubjectRow]", subjects: int) -> str:
    if len(rows) == subjects:
        return ""
    said = _("Drawn are %(drawn)s: watched words, then those with the most comments, or what was chosen. The table has all %(subjects)s.")
    return said % {"drawn": ", ".join(row.name for row in rows), "subjects": subjects}


def months_chart(months: "Mapping[str, Mapping[str, Share]]", chosen: "DynamicsFilter") -> Chart:
    """`months`: version -> month -> share; the last version is the one that is looked at."""
    every = sorted({month for of_version in months.values() for month in of_version})
    rows = [
        {"month": month, "series": version, **_values(of_version[month])}
        for version, of_version in months.items()
        for month in every
        if month in of_version
    ]
    by_chance = _("by chance")
    for month, found in next(reversed(list(months.values())), {}).items():
        figure = found.chance
        limits = {"value": figure.value, "low": figure.low, "high": figure.high, "n": figure.n}
        rows.append({"month": month, "series": by_chance, **limits, "chance": figure.value})
    title = _("By month: %(subject)s") % {"subject": subject_name(chosen.subject)}
    label = _("Line chart: %(title)s. Lines: %(series)s. The table below it has the values of the version that is looked at.")
    series = [*months, by_chance]
    spec = (
        month_chart(rows=rows, series=series, axis_title=axis_title(chosen.engine), share=True)
        if any(row["value"] is not None for row in rows)
        else None
    )
    return Chart("dynamics-months", title, label % {"title": title, "series": ", ".join(series)}, spec, data=tuple(rows))


def _values(share: "Share") -> dict[str, Any]:
    figure = share.figure
    return {"value": figure.value, "low": figure.low, "high": figure.high, "n": figure.n, "chance": share.chance.value}


def _point_spec(versions: list[str], subjects: list[str], values: list[dict[str, Any]], marks: list[dict[str, str]], title: str) -> dict[str, Any]:
    x = {"field": "version", "type": "nominal", "title": None, "scale": {"domain": versions}, "axis": {"labelAngle": 0}}
    beside = {"field": "subject", "scale": {"domain": subjects}}
    colour = {"field": "subject", "type": "nominal", "title": None, "scale": {"domain": subjects, "range": SERIES_COLOURS[: len(subjects)]}}
    shape = {"field": "subject", "type": "nominal", "title": None, "scale": {"domain": subjects}}
    y = {"field": "value", "type": "quantitative", "title": title, "axis": {"format": ".0%"}, "scale": {"zero": True, "nice": True}}
    place = {"x": x, "xOffset": beside}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": "container",
        "height": 280,
        "background": None,
        "data": {"values": values},
        "layer": [
            {
                "mark": {"type": "tick", "thickness": 3, "size": 14, "color": "var(--soft)", "orient": "horizontal"},
                "encoding": {**place, "y": {**y, "field": "chance"}},
            },
            {"mark": {"type": "rule", "strokeWidth": 2}, "encoding": {**place, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": colour}},
            {
                "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1},
                "encoding": {**place, "y": y, "color": colour, "shape": shape, "tooltip": _tooltip()},
            },
            {
                "data": {"values": marks},
                "mark": {"type": "text", "baseline": "bottom", "fontSize": 12, "color": "var(--soft)", "dy": -4},
                "encoding": {"x": x, "y": {"value": 0}, "text": {"field": "text"}},
            },
        ],
        "config": CHART_STYLE,
    }


def _tooltip() -> list[dict[str, str]]:
    shares = {"value": _("share"), "low": _("95 % from"), "high": _("to"), "chance": _("by chance")}
    return [
        {"field": "subject", "title": _("words")},
        {"field": "version", "title": _("version")},
        *({"field": name, "type": "quantitative", "format": ".1%", "title": title} for name, title in shares.items()),
        {"field": "n", "type": "quantitative", "format": ",", "title": "n"},
    ]
