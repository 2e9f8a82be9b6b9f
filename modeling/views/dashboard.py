"""The dashboard: measures per model version and month."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from modeling.access import project_for
from modeling.forms import DashboardForm
from modeling.measure_texts import OVERALL_TEXTS, SUBGROUP_TEXTS, SWAP_MEASURES, text_of
from modeling.models import Role
from modeling.reports import dashboard, dashboard_choices
from modeling.reports.sheets import dashboard_sheets
from modeling.views.sheets import csv_of


@login_required
@require_safe
def dashboard_page(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    choices = dashboard_choices(project)
    form = DashboardForm(request.GET, choices=choices)
    chosen = form.chosen()
    shown = dashboard(project=project, choices=choices, chosen=chosen) if choices.versions else None
    if "csv" in request.GET:
        return csv_of(request, dashboard_sheets(shown) if shown else {}, project, "dashboard")
    context = {
        "project": project,
        "form": DashboardForm(initial=vars(chosen), choices=choices),
        "chosen": chosen,
        "dashboard": shown,
        "texts": [*OVERALL_TEXTS.values(), *SUBGROUP_TEXTS.values(), *map(text_of, SWAP_MEASURES)],
    }
    return render(request, "modeling/dashboard.html", context)
