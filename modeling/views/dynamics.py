"""Social dynamics: how much of the versions' maps lies on words that name a subgroup, and the comments behind each figure."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from modeling import lifecycle
from modeling.access import project_for
from modeling.errors import WordRefusedError
from modeling.forms import CellForm, DynamicsForm, WatchForm
from modeling.models import Project, Role, WorkState
from modeling.pipeline.watch_words import MOST_WORDS, checked, stop_watching, watch_word
from modeling.reports import comments_behind, dynamics, dynamics_choices, dynamics_runs, progress_of
from modeling.reports.dynamics_comments import co_mention, comment_rows
from modeling.reports.dynamics_sheets import dynamics_sheets
from modeling.views.datasets import STOP_POLLING
from modeling.views.sheets import csv_of

PAGE_SIZE = 25
UNDER_WAY = (WorkState.REQUESTED, WorkState.RUNNING)


@login_required
@require_safe
def social_dynamics(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, project_for(request.user, slug, Role.LEAD), WatchForm())


@login_required
@require_POST
def social_dynamics_watch(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    form = WatchForm(request.POST)
    if form.is_valid():
        try:
            watched = watch_word(project=project, word=form.cleaned_data["word"], by=request.user)  # type: ignore[arg-type]  # signed in: login_required
        except WordRefusedError as error:
            form.add_error("word", str(error))
        else:
            messages.success(request, _("“%(word)s” is watched. Its share appears here as soon as the maps are read.") % {"word": watched.word})
            return redirect("modeling:social-dynamics", slug)
    return _page(request, project, form)


@login_required
@require_POST
def social_dynamics_unwatch(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    word, page = request.POST.get("word", ""), reverse("modeling:social-dynamics", args=[slug])
    try:
        stop_watching(project=project, word=word, by=request.user)  # type: ignore[arg-type]  # signed in: login_required
    except WordRefusedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("“%(word)s” is no longer watched. Its figures are gone; watch it again to have them made anew.") % {"word": word})
        page += "?" + urlencode({"taken_off": word})
    return redirect(page)


@login_required
@require_safe
def social_dynamics_progress(request: HttpRequest, slug: str) -> HttpResponse:
    """While maps are read: how far. Then, once, the page is loaded again."""
    project = project_for(request.user, slug, Role.LEAD)
    context = _runs(project)
    if any(progress.is_silent for _run, progress in context["under_way"]):  # type: ignore[union-attr,attr-defined]  # context is untyped
        lifecycle.fail_lost()
        context = _runs(project)
    response = render(request, "modeling/_dynamics_runs.html", context, status=200 if context["under_way"] else STOP_POLLING)
    if not context["under_way"]:
        response["HX-Refresh"] = "true"
    return response


@login_required
@require_POST
def social_dynamics_again(request: HttpRequest, slug: str) -> HttpResponse:
    """After a failure that did not go away by itself."""
    project = project_for(request.user, slug, Role.LEAD)
    for run in dynamics_runs(project):
        if run.state not in UNDER_WAY:
            lifecycle.request_dynamics(run.version)
    messages.success(request, _("The maps are being read again."))
    return redirect("modeling:social-dynamics", slug)


@login_required
@require_safe
def social_dynamics_comments(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    form = CellForm(request.GET)
    if not form.is_valid():
        return render(request, "modeling/social_dynamics_comments.html", {"project": project, "form": form}, status=422)
    version = get_object_or_404(project.versions.defer("loss_steps", "manifest"), number=form.cleaned_data["version"])
    page = Paginator(comments_behind(version, form.cell), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "form": form,
        "cell": form.cell,
        "version": version,
        "page": page,
        "rows": comment_rows(request.user, version, page),
        "counted": co_mention(version, form.cell) if form.cell.first else None,
    }
    return render(request, "modeling/social_dynamics_comments.html", context)


def _page(request: HttpRequest, project: Project, watch_form: WatchForm) -> HttpResponse:
    choices = dynamics_choices(project)
    chosen = DynamicsForm(request.GET, choices=choices).chosen()
    found = dynamics(project=project, choices=choices, chosen=chosen) if choices.versions else None
    if "csv" in request.GET:
        return csv_of(request, dynamics_sheets(found) if found else {}, project, "social-dynamics")
    context = {
        **_runs(project),
        "form": DynamicsForm(initial=vars(chosen), choices=choices),
        "dynamics": found,
        "watch_form": watch_form,
        "taken_off": _taken_off(request, project),
        "watched": project.watched_words.select_related("added_by"),
        "most_words": MOST_WORDS,
    }
    return render(request, "modeling/social_dynamics.html", context, status=422 if watch_form.errors else 200)


def _taken_off(request: HttpRequest, project: Project) -> str:
    """The word that was just taken off, to be watched again with one click; empty where it is, or can be no such word."""
    try:
        word = checked(request.GET.get("taken_off", ""))
    except WordRefusedError:
        return ""
    return "" if project.watched_words.filter(word=word).exists() else word


def _runs(project: Project) -> dict[str, object]:
    runs = dynamics_runs(project)
    return {
        "project": project,
        "under_way": [(run, progress_of(run)) for run in runs if run.state in UNDER_WAY],
        "failed": [run for run in runs if run.state not in UNDER_WAY],
    }
