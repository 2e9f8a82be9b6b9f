"""The annotator's page: one item at a time, the next one ready behind it. What is answered goes to `views.answers`."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from feedback.access import project_for, rounds_open_to, table_for
from feedback.answer_sheet import AnswerSheet
from feedback.errors import FeedbackError, RoundClosedError
from feedback.models import AnnotationRound, Annotator, Participation
from feedback.pipeline import annotate as pipeline
from feedback.pipeline.assign import claim_ahead, claim_next
from feedback.views.said import said_at
from feedback.views.work import kinds_of, work_of


@login_required
@require_safe
def annotate_next(request: HttpRequest, slug: str) -> HttpResponse:
    """To the newest round that is open to this person."""
    project = project_for(request.user, slug)
    rounds = rounds_open_to(request.user, project)
    if rounds:
        return redirect("feedback:annotate", slug=slug, number=rounds[0].number)
    return render(request, "feedback/no_round.html", {"project": project})


@login_required
@never_cache
@require_safe
def annotate(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The page; for htmx what changes on it, when the stream has to be read anew."""
    annotation_round, annotator = table_for(request.user, slug, number)
    if annotator.consented_at is None:
        context = {"round": annotation_round, "project": annotation_round.project, "kinds": kinds_of(annotation_round)}
        return render(request, "feedback/consent.html", context)
    return show_work(request, annotation_round, annotator)


@login_required
@require_POST
def consent(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    _, annotator = table_for(request.user, slug, number)
    Annotator.objects.filter(pk=annotator.pk, consented_at=None).update(consented_at=timezone.now())
    return redirect("feedback:annotate", slug=slug, number=number)


@login_required
@require_POST
def undo(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Brings the last item back, and what had been answered, so that a slip costs one key."""
    annotation_round, annotator = table_for(request.user, slug, number)
    try:
        pipeline.undo_last(round=annotation_round, annotator=annotator)
    except FeedbackError as error:
        messages.error(request, str(error))
        return show_work(request, annotation_round, annotator) if request.htmx else _to_page(slug, number)
    messages.success(request, "Taken back: here it is again.")
    return show_work(request, annotation_round, annotator) if request.htmx else _to_page(slug, number)


def show_work(request: HttpRequest, annotation_round: AnnotationRound, annotator: Annotator, status: int = 200, **more: Any) -> HttpResponse:
    Participation.objects.get_or_create(round=annotation_round, annotator=annotator)
    try:
        place = claim_next(round=annotation_round, annotator=annotator)
    except RoundClosedError:
        place = None
        annotation_round.state = AnnotationRound.State.CLOSED
    behind = claim_ahead(round_id=annotation_round.pk, annotator_id=annotator.pk) if place else None
    if place and place.taken_back and "sheet" not in more:
        more["sheet"] = AnswerSheet.of(place.taken_back)
    work = work_of(annotation_round, annotator, said_at(place.pk) if place else None, said_at(behind) if behind else None, **more)
    return render(request, "feedback/_work.html" if request.htmx else "feedback/annotate.html", {"work": work}, status=status)


def _to_page(slug: str, number: int) -> HttpResponse:
    return redirect("feedback:annotate", slug=slug, number=number)
