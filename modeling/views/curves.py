"""What stands behind single figures: ROC, confusion and calibration of a version, beside another."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from modeling import lifecycle
from modeling.access import project_for
from modeling.models import Role
from modeling.reports import curve_subjects, curves_report, dashboard_choices
from modeling.reports.sheets import curve_sheets
from modeling.version_forms import CurvesForm
from modeling.views.sheets import csv_of

MEASURED_PAGES = ("dashboard", "dashboard-compare", "dashboard-curves", "trends")
"""That say when nothing was measured, and lead back to themselves."""


@login_required
@require_safe
def curves_page(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    choices = dashboard_choices(project)
    subgroups, months = curve_subjects(choices.versions)
    offered = {"choices": choices, "subgroups": subgroups, "months": months}
    chosen = CurvesForm(request.GET, **offered).chosen()
    report = curves_report(project=project, choices=choices, chosen=chosen, months=months) if choices.versions else None
    if "csv" in request.GET:
        return csv_of(request, curve_sheets(report) if report else {}, project, "curves")
    context = {"project": project, "form": CurvesForm(initial=vars(chosen), **offered), "chosen": chosen, "report": report}
    return render(request, "modeling/curves.html", context)


@login_required
@require_POST
def measure_again(request: HttpRequest, slug: str) -> HttpResponse:
    """The version in use: what has no prediction yet is scored, and everything is measured."""
    project = project_for(request.user, slug, Role.LEAD)
    if project.champion is None:
        messages.error(request, _("There is no version in use yet, so there is nothing to measure."))
    elif lifecycle.request_scoring_once(project.champion):
        messages.success(
            request, _("%(version)s is being measured again. Its figures appear here when that is done.") % {"version": project.champion}
        )
    else:
        messages.info(request, _("%(version)s is being measured already.") % {"version": project.champion})
    back = request.POST.get("back")
    return redirect(f"modeling:{back if back in MEASURED_PAGES else 'dashboard-curves'}", slug)
