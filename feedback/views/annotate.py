"""The annotator's page: one item at a time, one POST that stores the answer and brings the next.

Without JavaScript each POST leads back to the page; with htmx it answers with the page's fragment. Both render the same templates.
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from feedback.access import annotator_for, project_for, round_for, rounds_open_to
from feedback.errors import FeedbackError, NotOnPanelError, RoundClosedError
from feedback.forms import AnswerForm, SkipForm
from feedback.models import Annotation, AnnotationRound, Annotator, Assignment
from feedback.pipeline import annotate as pipeline
from feedback.pipeline.assign import claim_next
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
    annotation_round, annotator = _place(request, slug, number)
    if annotator.consented_at is None:
        context = {"round": annotation_round, "project": annotation_round.project, "kinds": kinds_of(annotation_round)}
        return render(request, "feedback/consent.html", context)
    return _next(request, annotation_round, annotator)


@login_required
@require_POST
def consent(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    _, annotator = _place(request, slug, number)
    Annotator.objects.filter(pk=annotator.pk, consented_at=None).update(consented_at=timezone.now())
    return redirect("feedback:annotate", slug=slug, number=number)


@login_required
@require_POST
def submit(request: HttpRequest, slug: str, number: int, assignment_id: int) -> HttpResponse:
    annotation_round, annotator = _place(request, slug, number)
    assignment = _assignment(annotation_round, annotator, assignment_id)
    form = AnswerForm(request.POST, assignment=assignment)
    if not form.is_valid() and assignment.annotator_id == annotator.pk:
        return _show(request, annotation_round, annotator, assignment, form, status=422)
    if not form.is_valid():
        return _went_to_another(request, annotation_round, annotator)
    try:
        pipeline.submit_annotation(assignment_id=assignment_id, annotator=annotator, key=form.cleaned_data["key"], answer=form.answer())
    except FeedbackError as error:
        messages.error(request, str(error))
    return _after(request, annotation_round, annotator)


@login_required
@require_POST
def skip(request: HttpRequest, slug: str, number: int, assignment_id: int) -> HttpResponse:
    annotation_round, annotator = _place(request, slug, number)
    assignment = _assignment(annotation_round, annotator, assignment_id)
    form = SkipForm(request.POST)
    if not form.is_valid() and assignment.annotator_id == annotator.pk:
        return _show(request, annotation_round, annotator, assignment, status=422, flag_error=form.non_field_errors()[0])
    if not form.is_valid():
        return _went_to_another(request, annotation_round, annotator)
    try:
        pipeline.skip(assignment_id=assignment_id, annotator=annotator, **form.cleaned_data)
        messages.success(request, "Flagged: the lead will look at it." if form.cleaned_data["flagged"] else "Skipped.")
    except FeedbackError as error:
        messages.error(request, str(error))
    return _after(request, annotation_round, annotator)


@login_required
@require_POST
def undo(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Brings the last item back; with htmx also what had been answered, so that a slip costs one key."""
    annotation_round, annotator = _place(request, slug, number)
    last = Annotation.objects.filter(annotator=annotator, item__round=annotation_round).order_by("-pk").first()
    try:
        assignment = pipeline.undo_last(round=annotation_round, annotator=annotator)
    except FeedbackError as error:
        messages.error(request, str(error))
        return _after(request, annotation_round, annotator)
    messages.success(request, "Taken back: here it is again.")
    if not request.htmx:
        return redirect("feedback:annotate", slug=slug, number=number)
    answered = last if last and last.assignment_id == assignment.pk else None
    return _show(request, annotation_round, annotator, assignment, AnswerForm(assignment=assignment, answered=answered))


def _place(request: HttpRequest, slug: str, number: int) -> tuple[AnnotationRound, Annotator]:
    annotation_round = round_for(request.user, slug, number)
    try:
        return annotation_round, annotator_for(request.user, annotation_round)
    except NotOnPanelError as error:
        raise PermissionDenied(str(error)) from error


def _assignment(annotation_round: AnnotationRound, annotator: Annotator, pk: int) -> Assignment:
    if annotator.consented_at is None:
        raise PermissionDenied("Read and accept the content warning of the annotation page first.")
    related = Assignment.objects.select_related("item__comment__dataset", "item__prediction")
    found = related.filter(pk=pk, round=annotation_round).first()
    if found is None:
        raise Http404("No such item in this round.")
    return found


def _went_to_another(request: HttpRequest, annotation_round: AnnotationRound, annotator: Annotator) -> HttpResponse:
    """A comment is shown to whoever holds its place, and to nobody who merely knows its address."""
    messages.error(request, "This item went to somebody else. Nothing of what you sent is stored; here is another one.")
    return _after(request, annotation_round, annotator)


def _after(request: HttpRequest, annotation_round: AnnotationRound, annotator: Annotator) -> HttpResponse:
    if request.htmx:
        return _next(request, annotation_round, annotator)
    return redirect("feedback:annotate", slug=annotation_round.project.slug, number=annotation_round.number)


def _next(request: HttpRequest, annotation_round: AnnotationRound, annotator: Annotator) -> HttpResponse:
    try:
        assignment = claim_next(round=annotation_round, annotator=annotator)
    except RoundClosedError:
        assignment = None
        annotation_round.state = AnnotationRound.State.CLOSED
    return _show(request, annotation_round, annotator, assignment)


def _show(
    request: HttpRequest,
    annotation_round: AnnotationRound,
    annotator: Annotator,
    assignment: Assignment | None,
    form: AnswerForm | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    template = "feedback/_work.html" if request.htmx else "feedback/annotate.html"
    return render(request, template, {"work": work_of(annotation_round, annotator, assignment, form, **more)}, status=status)
