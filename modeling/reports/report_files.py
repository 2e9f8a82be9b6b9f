"""The files of a monthly report, and the months that one can be asked for."""

import csv
import io
import json

from django.utils import timezone
from django.utils.translation import gettext as _

from modeling.labels import Split
from modeling.models import Evaluation, MonthlyReport, Project
from modeling.reports.csv_cells import plain_cell
from modeling.reports.monthly import data_rows

MOST_MONTHS = 60
MARKS = ("simulated", "dealt_dates")
"""Of the whole report, on each line: a line is read apart from its page."""
COLUMNS = ("section", "month", "version", "change", "subgroup", "measure", "value", "low", "high", "n", "before", "after", "unit", "units", "test")
COLUMNS += ("p", "p_holm", "slope_p", "slope_p_holm", "tau", "month_count", "last_month", "change_month")
COLUMNS += ("change_p", "change_p_holm", "pettitt_p", "pettitt_p_holm", "reading", *MARKS)
KINDS = {"html": "text/html; charset=utf-8", "json": "application/json", "csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}


def as_file(report: MonthlyReport, kind: str) -> tuple[bytes | None, str]:
    """Its content, or None where there is no such file; and its type. `kind` is one of `KINDS`."""
    if kind == "pdf":
        return (bytes(report.pdf) if report.pdf is not None else None), KINDS[kind]
    if kind == "json":
        return json.dumps(report.data, indent=1, ensure_ascii=False).encode(), KINDS[kind]
    return (as_csv(report) if kind == "csv" else report.html).encode(), KINDS[kind]


def as_csv(report: MonthlyReport) -> str:
    """One line per figure; an empty cell is "not enough data", or does not apply."""
    out, marks = io.StringIO(), {name: report.data[name] for name in MARKS if name in report.data}
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows({name: plain_cell(value) for name, value in (row | marks).items()} for row in data_rows(report.data))
    return out.getvalue()


def report_months(project: Project) -> list[str]:
    """Newest first: those with measured comments of audit, and each since the project began."""
    now = timezone.now()
    first, last = (12 * at.year + at.month - 1 for at in (project.created_at, now))
    lived = {f"{month // 12}-{month % 12 + 1:02d}" for month in range(first, last + 1)}
    audited = Evaluation.objects.filter(version__project=project, split=Split.AUDIT).exclude(month="").order_by()
    measured = set(audited.values_list("month", flat=True).distinct())
    return sorted(lived | measured, reverse=True)[:MOST_MONTHS]


def no_such_month(month: str, months: list[str]) -> str:
    """Why none can be asked for. `months`: those that `report_months` found, which are never none."""
    said = _("There is nothing to report of %(month)s. Ask for a month that was measured, or in which the project stood: the last is %(last)s.")
    return said % {"month": month, "last": months[0]}
