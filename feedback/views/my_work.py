"""A person's own pages: their work in a project, and where the joined labels of a round were others than theirs."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from feedback.access import project_for, rounds_open_to, table_for
from feedback.models import Annotation, Annotator
from feedback.my_influence import my_influence
from feedback.my_work import my_work, said_otherwise

ROUNDS_PER_PAGE = 12
ANSWERS_PER_PAGE = 25


@login_required
@require_safe
def my_work_page(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug)
    annotator = Annotator.objects.filter(project=project, user=request.user).select_related("panel").first()
    work = my_work(annotator) if annotator else None
    page = Paginator(work.rounds if work else [], ROUNDS_PER_PAGE).get_page(request.GET.get("page"))
    influences = my_influence(annotator, [one.round for one in page]) if annotator else []
    is_open = bool(rounds_open_to(request.user, project))
    context = {"project": project, "work": work, "page": page, "influences": influences, "is_open": is_open}
    return render(request, "feedback/my_work.html", context)


@login_required
@require_safe
def my_round_page(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What the joined labels were where one's own answer differed. After closing only."""
    found, annotator = table_for(request.user, slug, number)
    differed = said_otherwise(annotator, found)
    page = Paginator(differed or [], ANSWERS_PER_PAGE).get_page(request.GET.get("page"))
    answers = Annotation.objects.select_related("item__comment__dataset", "item__prediction").in_bulk([pk for pk, _ in page])
    rows = [(answers[pk], label) for pk, label in page]
    context = {"round": found, "project": found.project, "is_told": differed is not None, "page": page, "rows": rows}
    return render(request, "feedback/my_round.html", context)
