"""A monthly report as a row, as the worker leaves it."""

from typing import Any

from django.utils import timezone

from modeling.models import MonthlyReport, Project, WorkState

FIGURE = {"measure": "accuracy", "label": "Accuracy", "low": 0.009, "high": 0.027, "n": 400}
DATA: dict[str, Any] = {
    "month": "2026-06",
    "series": [{**FIGURE, "month": "2026-06", "version": "v1", "value": 0.9}],
    "trends_in_use": [],
    "trends_of_version": [],
    "changes": [{"name": "v2 after v1", "rows": [{**FIGURE, "difference": 0.018, "reading": "=1+1"}]}],
    "subgroups": [],
}


def make_report(project: Project, **fields: Any) -> MonthlyReport:
    html = '<!doctype html><html lang="en"><title>June</title><main><h1>June</h1></main></html>'
    values = {"month": "2026-06", "state": WorkState.DONE, "finished_at": timezone.now(), "html": html, "data": DATA, "sha256": "0" * 64}
    return MonthlyReport.objects.create(project=project, **{**values, **fields})
