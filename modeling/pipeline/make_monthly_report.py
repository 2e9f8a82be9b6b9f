"""A month's rows -> one page that stands alone, with the data behind it, kept in the archive; and a PDF where this machine can make one."""

import hashlib
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from modeling import ledger
from modeling.errors import LostClaimError, NotPrintedError
from modeling.lifecycle import Beat, claim, fail, finish
from modeling.models import MonthlyReport, WorkState
from modeling.pipeline.draw_charts import months_svg
from modeling.pipeline.print_pdf import print_pdf
from modeling.pipeline.trends_of_report import trends_of_report
from modeling.reports.dashboard import BIAS, PERFORMANCE
from modeling.reports.monthly import Data, monthly_data


def run_monthly_report(*, report: MonthlyReport) -> MonthlyReport:
    """Make a report that waits.

    Raises:
        LostClaimError: it is not waiting (any more).
    """
    claim(report, running=WorkState.RUNNING)
    try:
        with Beat(report) as beat:
            beat(stage="reading figures", progress=0.05, force=True)
            found = trends_of_report(project=report.project, month=report.month)
            data = {
                **monthly_data(project=report.project, month=report.month, trends=found),
                "made_at": timezone.now().isoformat(),
                "by": _by(report),
            }
            beat(stage="drawing", progress=0.3, force=True)
            html = as_page(data)
            beat(stage="printing", progress=0.6, force=True)
            pdf, why_none = _printed(html)
        _keep(report, data, html, pdf, why_none)
    except LostClaimError:
        raise
    except BaseException as error:
        fail(report, f"{type(error).__name__}: {error}")
        raise
    return report


def as_page(data: Data) -> str:
    charts = [
        (_("Performance by month"), months_svg(data["series"], measures=PERFORMANCE, axis_title=_("share"), marks=data["marks"])),
        (_("Bias by month"), months_svg(data["series"], measures=BIAS, axis_title=_("share"), marks=data["marks"])),
    ]
    drawn = [(title, mark_safe(svg)) for title, svg in charts if svg]  # noqa: S308  # Vega has escaped what it drew
    newest = [row for row in data["series"] if row["month"] == data["month"]]
    return render_to_string("modeling/report/page.html", {"data": data, "charts": drawn, "newest": newest})


def _printed(html: str) -> tuple[bytes | None, str]:
    try:
        return print_pdf(html), ""
    except NotPrintedError as error:
        return None, str(error)  # a report without a PDF is a report


def _keep(report: MonthlyReport, data: Data, html: str, pdf: bytes | None, why_none: str) -> None:
    """With its hash in the ledger, so that a page that was changed afterwards shows."""
    sha256 = hashlib.sha256(html.encode()).hexdigest()
    kept: dict[str, Any] = {"data": data, "html": html, "pdf": pdf, "sha256": sha256, "message": why_none[:300]}
    with transaction.atomic():
        finish(report, stage="", **kept)
        payload = {"month": report.month, "sha256": sha256}
        ledger.append(
            actor=report.requested_by or "system", action="report.made", subject=f"report {report.pk} of {report.project.slug}", payload=payload
        )


def _by(report: MonthlyReport) -> str:
    return report.requested_by.get_username() if report.requested_by else ""
