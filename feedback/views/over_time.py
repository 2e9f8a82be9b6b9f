"""What people do, over time: biases that they report, how far they agree, what a label costs, how far they follow the machine. For leads."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from feedback.access import project_for
from feedback.over_time.filters import OverTimeForm
from feedback.over_time.periods import choices_of
from feedback.over_time.report import over_time
from feedback.over_time.tables import TABLES, csv_of
from feedback.veil import hidden_rounds
from modeling.models import Project, Role
from modeling.reports.simulated import what_is_simulated


@login_required
@require_safe
def over_time_page(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    return render(request, "feedback/over_time.html", {**_context(request, project), "hidden": len(hidden_rounds(request.user, project))})


@login_required
@require_safe
def over_time_table(request: HttpRequest, slug: str, table: str) -> HttpResponse:
    """A table of the page as it is filtered, as CSV."""
    project = project_for(request.user, slug, Role.LEAD)
    if table not in TABLES:
        raise Http404(_("No such table."))
    name = f"{project.slug}-people-{table}.csv"
    content = csv_of(table, _context(request, project)["found"], what_is_simulated(project))
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _context(request: HttpRequest, project: Project) -> dict[str, Any]:
    choices = choices_of(project)
    chosen = OverTimeForm(request.GET, choices=choices).chosen()
    found = over_time(project=project, choices=choices, chosen=chosen, reader=request.user)
    form = OverTimeForm(initial=OverTimeForm.initial_of(chosen), choices=choices)
    return {"project": project, "form": form, "chosen": chosen, "found": found, "choices": choices}
