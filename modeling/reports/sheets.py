"""The rows behind the dashboard's charts and tables, as they are downloaded: the same rows that are shown."""

from typing import Any

from modeling.labels import LEVELS
from modeling.models import BeforeAfter, Trend
from modeling.reports.compare import Comparison
from modeling.reports.curves import CurvesReport
from modeling.reports.dashboard import Dashboard
from modeling.reports.figures import Figure
from modeling.reports.trends import TrendRow, Trends

Sheet = list[dict[str, Any]]


def dashboard_sheets(shown: Dashboard) -> dict[str, Sheet]:
    """By the name that stands in the address."""
    return {
        shown.overview.key: list(shown.overview.data),
        shown.versions.key: _with_limits(shown),
        "subgroups": [
            {"subgroup": row.subgroup, "n_toxic": row.n_toxic, "n_non_toxic": row.n_non_toxic, "measure": cell.measure.name, **values_of(cell.figure)}
            for axis in shown.subgroups
            for row in axis.rows
            for cell in row.cells
            if cell.figure
        ],
        "events": [{"at": event.at.isoformat(), "what": event.text} for event in shown.events],
    }


def _with_limits(shown: Dashboard) -> Sheet:
    """Month empty: all months together. The limits are those of the version in focus."""
    limits = {one.month: (one.low, one.high) for one in shown.limits.months} if shown.limits else {}
    return [
        {"version": str(row.version), "month": month, **values_of(cell), "limit_low": low, "limit_high": high}
        for row in shown.matrix
        for month, cell in zip(("", *shown.months), (row.overall, *row.cells), strict=True)
        for low, high in [limits.get(month, (None, None)) if row.version == shown.focus else (None, None)]
        if cell
    ]


def curve_sheets(report: CurvesReport) -> dict[str, Sheet]:
    confusion = [
        {"version": str(one.version), "true_level": row.level, "predicted_level": str(level), "n": cell.n, "of": row.n}
        for one in report.shown
        for row in one.confusion
        for level, cell in zip(LEVELS, row.cells, strict=True)
    ]
    return {report.roc.key: list(report.roc.data), report.calibration.key: list(report.calibration.data), "confusion": confusion}


def comparison_sheets(compared: Comparison) -> dict[str, Sheet]:
    rows = [
        {
            "measure": row.measure.name,
            **named(str(compared.a), row.a),
            **named(str(compared.b), row.b),
            **named("difference", row.difference),
            "paired": row.is_paired,
        }
        for row in compared.rows
    ]
    return {"measures": rows}


TREND_COLUMNS = ("slope", "low", "high", "slope_p", "slope_p_holm", "n", "month_count", "first_month", "last_month", "tau", "p", "p_holm")
TREND_COLUMNS += ("change_month", "change_p", "change_p_holm", "pettitt_p", "pettitt_p_holm")
CHANGE_COLUMNS = ("before", "after", "difference", "low", "high", "n", "unit", "units", "test", "p", "p_holm")


def trend_sheets(found: Trends) -> dict[str, Sheet]:
    """The figures themselves, which the page rounds and puts into words."""
    own = str(found.focus or "")
    changes = [
        {"version": str(table.change.version), "previous": str(table.change.previous), "measure": one.row.measure, **_of(one.row, CHANGE_COLUMNS)}
        for table in found.tables
        for one in table.rows
    ]
    return {"in-use": [_trend("", one) for one in found.in_use], "own": [_trend(own, one) for one in found.own], "changes": changes}


def _trend(version: str, found: TrendRow) -> dict[str, Any]:
    return {"version": version, "measure": found.row.measure, **_of(found.row, TREND_COLUMNS), "reading": found.reading}


def _of(row: Trend | BeforeAfter, columns: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in columns}


def named(name: str, figure: Figure | None) -> dict[str, Any]:
    return {f"{name}_{part}": value for part, value in values_of(figure or NOTHING).items()}


NOTHING = Figure(None, None, None, 0)


def values_of(figure: Figure) -> dict[str, Any]:
    return {"value": figure.value, "low": figure.low, "high": figure.high, "n": figure.n}
