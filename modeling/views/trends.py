"""Trends over months, and what each change of the version in use did."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from modeling.access import project_for
from modeling.forms import TrendsForm
from modeling.models import Role
from modeling.reports.sheets import trend_sheets
from modeling.reports.trends import trends, what_trends_lack
from modeling.views.sheets import csv_of


@login_required
@require_safe
def trends_page(request: HttpRequest, slug: str) -> HttpResponse:
    """`?version=` chooses whose trend over all months is shown; a number that has none falls back to the version in use."""
    project = project_for(request.user, slug, Role.LEAD)
    form = TrendsForm(request.GET)
    found = trends(project=project, version=form.chosen_version())
    if "csv" in request.GET:
        return csv_of(request, trend_sheets(found), project, "trends")
    return render(
        request, "modeling/trends.html", {"project": project, "trends": found, "lacking": what_trends_lack(project) if found.is_empty else ""}
    )
