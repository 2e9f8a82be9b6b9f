"""Cancel a round that nobody has answered, or open a closed one again: each asks once more what it will do."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from feedback.access import round_for
from feedback.errors import FeedbackError
from feedback.models import Annotation, AnnotationRound
from feedback.pipeline.reopen_round import cancel_round, reopen_round, why_not_reopen
from modeling.models import Role


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def round_cancel(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    found = round_for(request.user, slug, number, Role.LEAD)
    if request.method == "POST":
        return _do(request, found, cancel_round, _told_cancelled(found))
    may = found.state == AnnotationRound.State.OPEN and not Annotation.of_any_purpose.filter(item__round=found).exists()
    return render(request, "feedback/round_cancel.html", {"round": found, "project": found.project, "may": may})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def round_reopen(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    found = round_for(request.user, slug, number, Role.LEAD)
    if request.method == "POST":
        return _do(request, found, reopen_round, _("The round is open again. Close it when the answers are in."))
    return render(request, "feedback/round_reopen.html", {"round": found, "project": found.project, "why_not": why_not_reopen(found)})


def _do(request: HttpRequest, found: AnnotationRound, step: Callable[..., AnnotationRound], told: str) -> HttpResponse:
    try:
        step(round=found, by=request.user)
    except FeedbackError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, told)
    return redirect("feedback:round-detail", found.project.slug, found.number)


def _told_cancelled(found: AnnotationRound) -> str:
    if found.kind == AnnotationRound.Kind.GATE:
        return _("The round is cancelled. Its comments stay in gate, and the next gate round asks about them first.")
    return _("The round is cancelled. Its comments can be shown in another.")
