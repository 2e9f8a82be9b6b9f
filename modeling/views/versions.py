"""Model versions: what each was made of, going back to the one before, and undoing that."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from modeling import lifecycle
from modeling.access import project_for
from modeling.errors import ModelingError
from modeling.forms import RollBackForm
from modeling.labels import Arm
from modeling.models import Project, Role, VersionChange
from modeling.reports import champion_history, earlier_version, version_rows

PAGE_SIZE = 10


@login_required
@require_safe
def version_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Candidates and first versions; with `?arms=all` the control arms of cycles as well."""
    project = project_for(request.user, slug, Role.LEAD)
    versions = project.versions.select_related("cycle", "base").defer("loss_steps", "base__loss_steps", "base__manifest", "cycle__live_losses")
    shows_all = request.GET.get("arms") == "all"
    if not shows_all:
        versions = versions.filter(arm__in=(Arm.INITIAL, Arm.REAL))
    page = Paginator(versions, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "page": page,
        "rows": version_rows(project=project, versions=list(page)),
        "history": champion_history(project),
        "shows_all": shows_all,
        "earlier": earlier_version(project),
        "undoable": lifecycle.undoable(project),
    }
    return render(request, "modeling/version_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def roll_back(request: HttpRequest, slug: str) -> HttpResponse:
    """Asked for on a page of its own: going back changes what everybody sees."""
    project = project_for(request.user, slug, Role.LEAD)
    return _asked(request, project, lifecycle.roll_back, {"brings": earlier_version(project)})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def roll_back_undo(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    change = lifecycle.undoable(project)
    return _asked(request, project, lifecycle.undo_roll_back, {"brings": change and change.previous, "is_undo": True})


def _asked(request: HttpRequest, project: Project, bring: Callable[..., VersionChange], context: dict[str, Any]) -> HttpResponse:
    """The page names the version that is in use, so that a second click, or an old page, changes nothing."""
    in_use = project.champion.number if project.champion else None
    form = RollBackForm(request.POST if request.method == "POST" else None, initial={"in_use": in_use})
    if request.method == "POST" and form.is_valid():
        try:
            change = bring(project=project, in_use=form.cleaned_data["in_use"], by=request.user, reason=form.cleaned_data["reason"])
        except ModelingError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("%(version)s is in use again.") % {"version": change.version})
        return redirect("modeling:version-list", project.slug)
    return render(request, "modeling/roll_back.html", {"project": project, "form": form, **context}, status=422 if form.errors else 200)
