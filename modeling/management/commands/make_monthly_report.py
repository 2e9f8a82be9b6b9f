"""Make a monthly report: one that waits (--id), or of a project, which is kept in its archive and may be written to a file as well."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from modeling.errors import LostClaimError, ReportUnderWayError
from modeling.models import MonthlyReport, Project
from modeling.pipeline.make_monthly_report import run_monthly_report
from modeling.pipeline.request_reports import request_report
from modeling.reports.report_files import no_such_month, report_months


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--id", type=int, help="a report that waits")
        which.add_argument("--project", help="slug")
        parser.add_argument("--month", default="", help="YYYY-MM, measured or lived in; without it the current one")
        parser.add_argument("--out", type=Path, help="write the page here too")

    def handle(self, *args: Any, **options: Any) -> None:
        report = self._report(options)
        try:
            run_monthly_report(report=report)
        except LostClaimError as error:
            # No failure: the queue delivers at least once, so a second delivery finds the work taken.
            self.stdout.write(str(error))
            return
        if options["out"]:
            options["out"].write_text(report.html, encoding="utf-8")
        self.stdout.write(f"The report of {report.month} is made: SHA-256 {report.sha256}")
        self.stdout.write(f"No PDF: {report.message}" if report.pdf is None else "A PDF is kept beside it.")

    def _report(self, options: dict[str, Any]) -> MonthlyReport:
        if options["id"]:
            return MonthlyReport.objects.select_related("project__champion", "requested_by").get(pk=options["id"])
        month = options["month"] or f"{timezone.now():%Y-%m}"
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError("There is no such project.")
        if month not in (months := report_months(project)):
            raise CommandError(no_such_month(month, months))
        try:
            return request_report(project=project, month=month, in_background=False)
        except ReportUnderWayError as error:
            raise CommandError(str(error)) from error
