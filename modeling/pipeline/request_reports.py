"""Ask for monthly reports: by a lead's click, and on the first of each month where a project wants that.

Asked every few minutes, as cycles are (`start_due_cycles`): what is due follows from the calendar and the rows.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from modeling.errors import ReportUnderWayError
from modeling.models import MonthlyReport, Project, WorkState
from modeling.pipeline.start_due_cycles import last_slot

if TYPE_CHECKING:
    from django.contrib.auth.models import User

UNDER_WAY = (WorkState.REQUESTED, WorkState.RUNNING)
WAITED_TOO_LONG = timedelta(minutes=10)


def request_report(*, project: Project, month: str, by: "User | None" = None, scheduled: bool = False, in_background: bool = True) -> MonthlyReport:
    """
    Raises:
        ReportUnderWayError: one of the project is being made; or the calendar has asked for this month's already.
    """
    try:
        with transaction.atomic():
            report = MonthlyReport.objects.create(project=project, month=month, requested_by=by, scheduled=scheduled)
    except IntegrityError:
        raise ReportUnderWayError("A report of this project is being made already. Wait for it; nothing was started.") from None
    if in_background:
        enqueue_report(report)
    return report


def enqueue_report(report: MonthlyReport, enqueue: Callable[..., Any] | None = None) -> None:
    if enqueue is None:
        from django_q.tasks import async_task as enqueue
    enqueue("modeling.tasks.make_monthly_report", report.pk, task_name=f"monthly report {report.pk}")


def request_due_reports(*, now: datetime | None = None) -> int:
    """Of the month that has ended, once per project; and again what the queue has lost. Returns how many were put into the queue."""
    now = now or timezone.now()
    slot = last_slot(now)
    ended = f"{slot - timedelta(days=1):%Y-%m}"
    due = Project.objects.filter(reports_since__lte=slot, champion__isnull=False).exclude(
        monthly_reports__in=MonthlyReport.objects.filter(month=ended, scheduled=True)
    )
    return sum(_request_once(project, ended) for project in due) + sum(map(_enqueue_if_lost, MonthlyReport.objects.filter(state=WorkState.REQUESTED)))


def _request_once(project: Project, month: str) -> bool:
    try:
        request_report(project=project, month=month, scheduled=True)
    except ReportUnderWayError:
        return False  # it stays due until that one has ended, or another worker has just asked
    return True


def _enqueue_if_lost(report: MonthlyReport) -> bool:
    now = timezone.now()
    lost = MonthlyReport.objects.filter(pk=report.pk, state=WorkState.REQUESTED, requested_at__lt=now - WAITED_TOO_LONG)
    if not lost.update(requested_at=now):
        return False
    enqueue_report(report)
    return True
