"""How a closed round's answers were joined: whose answers weighed what, and which labels deserve a second look. For leads."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from feedback.access import round_for
from feedback.joining_report import annotator_weights, doubtful_labels
from feedback.models import AnnotationRound, Joining
from modeling.models import Role

PAGE_SIZE = 25


@login_required
@require_safe
def round_weights(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    found = round_for(request.user, slug, number, Role.LEAD)
    joining = _joining(found)
    page = Paginator(annotator_weights(joining), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "feedback/round_weights.html", {"round": found, "project": found.project, "joining": joining, "page": page})


@login_required
@require_safe
def round_doubts(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    found = round_for(request.user, slug, number, Role.LEAD)
    joining = _joining(found)
    page = Paginator(doubtful_labels(joining), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "feedback/round_doubts.html", {"round": found, "project": found.project, "joining": joining, "page": page})


def _joining(found: AnnotationRound) -> Joining:
    joining = Joining.objects.filter(round=found).first()
    if joining is None:
        raise Http404("The answers of this round have not been joined yet.")
    return joining
