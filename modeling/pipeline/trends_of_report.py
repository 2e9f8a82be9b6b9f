"""The trends and before/after tables of a monthly report: they end with its month, whatever has been measured since."""

from modeling.in_use import changes_of, first_of_next, in_use_at_end_of
from modeling.labels import Split
from modeling.models import Comment, ModelVersion, Project
from modeling.pipeline.make_trends import before_after_rows, trend_rows
from modeling.reports.monthly import ReportTrends, is_in
from modeling.reports.trends import BeforeAfterRow, BeforeAfterTable, TrendRow, before_after_tables, changes_with_tables, trends


def trends_of_report(*, project: Project, month: str) -> ReportTrends:
    """`month`: YYYY-MM. What is stored, where no comment of audit is of a later month; otherwise made for this report, from predictions."""
    version = in_use_at_end_of(month, changes_of(project)) or project.champion
    later = Comment.objects.of(project).filter(split=Split.AUDIT, target__isnull=False, created_date__gte=first_of_next(month).date())
    return _made(project, version, month) if later.exists() else _stored(project, version, month)


def _stored(project: Project, version: ModelVersion | None, month: str) -> ReportTrends:
    found = trends(project=project, version=version.number if version else None)
    tables = before_after_tables(change for change in changes_with_tables(project) if is_in(month, change))
    return ReportTrends(found.in_use, found.own if found.focus == version else (), tuple(tables))


def _made(project: Project, version: ModelVersion | None, month: str) -> ReportTrends:
    in_use = trend_rows(project=project, version=None, until=month)
    own = trend_rows(project=project, version=version, until=month) if version else []
    changes = [change for change in changes_of(project) if change.previous and is_in(month, change)]
    tables = ((change, before_after_rows(change, until=month)) for change in reversed(changes))
    return ReportTrends(
        tuple(map(TrendRow.of, in_use)),
        tuple(map(TrendRow.of, own)),
        tuple(BeforeAfterTable(change, tuple(map(BeforeAfterRow.of, rows))) for change, rows in tables if rows),
    )
