"""How a closed round's answers were joined: whose answers weighed what, and which labels deserve a second look. For leads."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from feedback.access import round_for
from feedback.errors import FeedbackError
from feedback.joining_report import annotator_weights, disputed_items, doubtful_labels
from feedback.models import AnnotationRound, Joining
from feedback.pipeline.plan_joining import choose_joining_method
from modeling.models import Role

PAGE_SIZE = 25


@login_required
@require_safe
def round_weights(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    return _paged(request, round_for(request.user, slug, number, Role.LEAD), annotator_weights, "feedback/round_weights.html")


@login_required
@require_safe
def round_disputes(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    return _paged(request, round_for(request.user, slug, number, Role.LEAD), disputed_items, "feedback/round_disputes.html")


@login_required
@require_safe
def round_doubts(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    return _paged(request, round_for(request.user, slug, number, Role.LEAD), doubtful_labels, "feedback/round_doubts.html")


def _paged(request: HttpRequest, found: AnnotationRound, rows: Callable[[Joining], Any], template: str) -> HttpResponse:
    joining = _joining(found)
    page = Paginator(rows(joining), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, template, {"round": found, "project": found.project, "joining": joining, "page": page})


@login_required
@require_POST
def round_method(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """By which method an open round's answers will be joined."""
    found = round_for(request.user, slug, number, Role.LEAD)
    try:
        choose_joining_method(round=found, method=request.POST.get("method", ""), by=request.user)  # type: ignore[arg-type]  # signed in: login_required
    except FeedbackError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The answers will be joined by %(method)s.") % {"method": found.get_joining_method_display()})
    return redirect("feedback:round-detail", slug, number)


def _joining(found: AnnotationRound) -> Joining:
    joining = Joining.objects.filter(round=found).first()
    if joining is None:
        raise Http404(_("The answers of this round have not been joined yet."))
    return joining
