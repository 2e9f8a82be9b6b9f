"""The parts of the loss over a version's training."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from modeling.access import project_for
from modeling.models import Role
from modeling.reports import trained_versions, version_losses
from modeling.version_forms import LossesForm
from modeling.views.sheets import csv_of


@login_required
@require_safe
def losses_page(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    versions = trained_versions(project)
    form = LossesForm(request.GET, versions=versions)
    losses = version_losses(project=project, versions=versions, number=form.number)
    if "csv" in request.GET:
        return csv_of(request, {losses.chart.key: list(losses.chart.data)} if losses else {}, project, "losses")
    shown = LossesForm(initial={"version": losses.version.number} if losses else {}, versions=versions)
    return render(request, "modeling/losses.html", {"project": project, "form": shown, "losses": losses})
