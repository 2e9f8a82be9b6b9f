"""The archive of monthly reports: ask for one, watch it being made, read it, take it out."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from modeling import lifecycle
from modeling.access import project_for
from modeling.errors import ReportUnderWayError
from modeling.forms import ReportForm
from modeling.models import MonthlyReport, Project, Role, WorkState
from modeling.pipeline.request_reports import UNDER_WAY, request_report
from modeling.reports import progress_of
from modeling.reports.report_files import as_file, report_months
from modeling.views.datasets import STOP_POLLING

PAGE_SIZE = 24
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""A page of its own: it loads nothing, runs nothing, and belongs to no origin. Its one style stands in it."""


@login_required
@require_safe
def report_list(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, project_for(request.user, slug, Role.LEAD), None)


@login_required
@require_POST
def report_make(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    form = ReportForm(request.POST, months=report_months(project))
    if not form.is_valid():
        return _page(request, project, form)
    try:
        request_report(project=project, month=form.cleaned_data["month"], by=request.user)  # type: ignore[arg-type]  # signed in: login_required
    except ReportUnderWayError as error:
        messages.error(request, str(error))
    return redirect("modeling:report-list", slug)


@login_required
@require_POST
def report_schedule(request: HttpRequest, slug: str) -> HttpResponse:
    """`monthly` in the body: on; without it: off. Switched on twice, it keeps when it was switched on first."""
    project = project_for(request.user, slug, Role.LEAD)
    if "monthly" not in request.POST:
        Project.objects.filter(pk=project.pk).update(reports_since=None)
        messages.success(request, _("No report is made by itself any more. Those that stand are kept."))
    else:
        Project.objects.filter(pk=project.pk, reports_since=None).update(reports_since=timezone.now())
        messages.success(request, _("On the first of each month, a report of the month before is made."))
    return redirect("modeling:report-list", slug)


@login_required
@require_safe
def report_progress(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    if any(work.is_silent for _report, work in _under_way(project)):
        lifecycle.fail_lost()
    under_way = _under_way(project)
    context = {"project": project, "under_way": under_way}
    response = render(request, "modeling/_report_progress.html", context, status=200 if under_way else STOP_POLLING)
    if not under_way:
        response["HX-Refresh"] = "true"
    return response


@login_required
@require_safe
def report_view(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    report = _done(request, slug, pk)
    response = HttpResponse(report.html)
    response["Content-Security-Policy"] = SANDBOX
    return response


@login_required
@require_safe
def report_file(request: HttpRequest, slug: str, pk: int, kind: str) -> HttpResponse:
    report = _done(request, slug, pk)
    content, content_type = as_file(report, kind)
    if content is None:
        raise Http404(_("This report has no such file."))
    name = f"{slug}-{report.month}.{kind}"
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _done(request: HttpRequest, slug: str, pk: int) -> MonthlyReport:
    project = project_for(request.user, slug, Role.LEAD)
    return get_object_or_404(project.monthly_reports, pk=pk, state=WorkState.DONE)


def _under_way(project: Project) -> list[tuple[MonthlyReport, object]]:
    reports = project.monthly_reports.filter(state__in=UNDER_WAY).defer("html", "data", "pdf")
    return [(report, progress_of(report)) for report in reports]


def _page(request: HttpRequest, project: Project, form: ReportForm | None) -> HttpResponse:
    ended = project.monthly_reports.exclude(state__in=UNDER_WAY).select_related("requested_by").defer("html", "data", "pdf")
    context = {
        "project": project,
        "form": form or ReportForm(months=report_months(project)),
        "under_way": _under_way(project),
        "page": Paginator(ended.annotate(**MonthlyReport.HAS_PDF), PAGE_SIZE).get_page(request.GET.get("page")),
    }
    return render(request, "modeling/report_list.html", context, status=422 if form else 200)
