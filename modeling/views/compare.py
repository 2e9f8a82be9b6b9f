"""Any two versions, measure by measure."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from modeling.access import project_for
from modeling.models import Role
from modeling.reports import compared_subgroups, comparison, dashboard_choices
from modeling.reports.sheets import comparison_sheets
from modeling.version_forms import CompareForm
from modeling.views.sheets import csv_of


@login_required
@require_safe
def compare_page(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    choices = dashboard_choices(project)
    offered = {"choices": choices, "subgroups": compared_subgroups(choices.versions)}
    chosen = CompareForm(request.GET, **offered).chosen()
    compared = comparison(project=project, choices=choices, chosen=chosen)
    if "csv" in request.GET:
        return csv_of(request, comparison_sheets(compared) if compared else {}, project, "compare")
    shown = {"a": compared.a.number, "b": compared.b.number} if compared else {}
    form = CompareForm(initial={**vars(chosen), **shown}, **offered)
    context = {"project": project, "form": form, "chosen": chosen, "compared": compared, "versions": choices.versions}
    return render(request, "modeling/compare.html", context)
