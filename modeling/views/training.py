"""Training the first model of a project: ask for it, watch it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from modeling import lifecycle
from modeling.access import project_for
from modeling.errors import ModelingError
from modeling.models import Project, Role
from modeling.reports import progress_of
from modeling.views.datasets import STOP_POLLING


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def first_training(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows how far it is; POST asks for it."""
    project = project_for(request.user, slug, Role.LEAD)
    if request.method != "POST":
        return render(request, "modeling/first_training.html", _context(project))
    try:
        lifecycle.request_first_training(project=project, by=request.user)  # type: ignore[arg-type]  # signed in: login_required
    except ModelingError as error:
        messages.error(request, str(error))
        return redirect("modeling:project-detail", slug)
    return redirect("modeling:first-training", slug)


@login_required
@require_safe
def first_training_progress(request: HttpRequest, slug: str) -> HttpResponse:
    """While it runs: its progress. Then, once: how it ended, in place of the page's content."""
    project = project_for(request.user, slug, Role.LEAD)
    training = get_object_or_404(project.first_trainings.all()[:1])
    if progress_of(training).is_silent:
        lifecycle.fail_lost()
    context = _context(project)
    if not context["progress"].is_ended:  # type: ignore[attr-defined]  # context is untyped
        return render(request, "modeling/_first_training_progress.html", context)
    response = render(request, "modeling/_first_training.html", {**context, "has_just_ended": True}, status=STOP_POLLING)
    response["HX-Retarget"], response["HX-Reswap"] = "#training", "innerHTML"
    return response


def _context(project: Project) -> dict[str, object]:
    training = project.first_trainings.first()
    return {"project": project, "training": training, "progress": progress_of(training) if training else None}
