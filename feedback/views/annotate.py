"""The annotator's page: one item at a time, the next one ready behind it. What is answered goes to `views.answers`."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from feedback.access import project_for, rounds_open_to, table_for
from feedback.answer_sheet import AnswerSheet
from feedback.care import care_of, participation_of
from feedback.errors import FeedbackError, NotQualifiedError, PausedError, RoundClosedError
from feedback.exposure import Care
from feedback.markdown import render as render_markdown
from feedback.models import AnnotationRound, Annotator, Participation
from feedback.models.people import CONSENT_VERSION
from feedback.pipeline import annotate as pipeline
from feedback.pipeline.assign import claim_ahead, claim_next
from feedback.pipeline.guidelines import mark_read
from feedback.pipeline.pauses import pause_to_tell
from feedback.pipeline.rights import give_consent
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


@gzip_page  # the whole page with its form; what comes after each answer is small
@login_required
@never_cache
@require_safe
def annotate(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The page; for htmx what changes on it, when the stream has to be read anew."""
    annotation_round, annotator = table_for(request.user, slug, number)
    if not annotator.has_consented:
        # Read anew as a whole, for the same reason as in `_go_to`.
        return HttpResponse(headers={"HX-Refresh": "true"}) if request.htmx else _ask_consent(request, annotation_round, annotator)
    part = participation_of(annotation_round, annotator)
    if annotation_round.qualification_items and part.qualified_at is None and annotation_round.state == AnnotationRound.State.OPEN:
        return _go_to(request, "feedback:qualify", annotation_round)
    care = care_of(annotation_round, part, annotator)
    if care.exposure.is_due and annotation_round.state == AnnotationRound.State.OPEN:
        return _go_to(request, "feedback:break", annotation_round)
    return _show(request, part, care, shown=_place(request.GET.get("shown")))


def _go_to(request: HttpRequest, name: str, annotation_round: AnnotationRound) -> HttpResponse:
    """A page of its own: htmx, which follows a redirect by itself, would show it within the work that it comes before."""
    page = redirect(name, slug=annotation_round.project.slug, number=annotation_round.number)
    return HttpResponse(headers={"HX-Redirect": page.url}) if request.htmx else page


def _ask_consent(request: HttpRequest, annotation_round: AnnotationRound, annotator: Annotator) -> HttpResponse:
    context = {"round": annotation_round, "project": annotation_round.project, "kinds": kinds_of(annotation_round)}
    context |= {"consent_version": CONSENT_VERSION, "guidelines": render_markdown(annotation_round.guidelines)}
    context["withdrawal"] = annotator.withdrawals.filter(ended_at=None).first()
    return render(request, "feedback/consent.html", context)


@login_required
@require_POST
def consent(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What they saw is what they accepted: a page that stood open while its text changed is shown again."""
    annotation_round, annotator = table_for(request.user, slug, number)
    version, read = _number(request, "consent_version", CONSENT_VERSION), _number(request, "guidelines_version", 0)
    give_consent(annotator=annotator, version=version)
    mark_read(participation=participation_of(annotation_round, annotator), version=min(read, annotation_round.guidelines_version))
    return redirect("feedback:annotate", slug=slug, number=number)


@login_required
@require_POST
def undo(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Brings the last item back, and what had been answered, so that a slip costs one key."""
    annotation_round, annotator = table_for(request.user, slug, number)
    try:
        pipeline.undo_last(round=annotation_round, annotator=annotator, meant=_place(request.POST.get("place")))
    except FeedbackError as error:
        messages.error(request, str(error))
        return show_work(request, annotation_round, annotator) if request.htmx else _to_page(slug, number)
    messages.success(request, _("Taken back: here it is again."))
    return show_work(request, annotation_round, annotator) if request.htmx else _to_page(slug, number)


def _place(sent: str | None) -> int | None:
    """That the page named; None where it knew of none."""
    return int(sent) if sent and sent.isdecimal() and len(sent) < 19 else None


def _number(request: HttpRequest, name: str, otherwise: int) -> int:
    sent = request.POST.get(name, "")
    return int(sent) if sent.isdecimal() and len(sent) < 6 else otherwise


def show_work(request: HttpRequest, annotation_round: AnnotationRound, annotator: Annotator, **more: Any) -> HttpResponse:
    """The page as it stands after something was sent."""
    part = participation_of(annotation_round, annotator)
    return _show(request, part, care_of(annotation_round, part, annotator), **more)


def _show(request: HttpRequest, part: Participation, care: Care, status: int = 200, shown: int | None = None, **more: Any) -> HttpResponse:
    """`shown`: the place whose comment they have asked for."""
    annotation_round, annotator = part.round, part.annotator
    try:
        place = claim_next(round=annotation_round, annotator=annotator, milder=care.is_milder)
    except RoundClosedError:
        place = None
        annotation_round.state = AnnotationRound.State.CLOSED
    except (PausedError, NotQualifiedError):
        place = None
    behind = claim_ahead(round_id=annotation_round.pk, annotator_id=annotator.pk, milder=care.is_milder) if place else None
    if place and place.taken_back and "sheet" not in more:
        more["sheet"] = AnswerSheet.of(place.taken_back)
    said, ahead = (said_at(pk) if pk else None for pk in (place and place.pk, behind))
    more["is_shown"] = place is not None and shown == place.pk
    work = work_of(annotation_round, annotator, said, ahead, care=care, pause=pause_to_tell(part), **more)
    return render(request, "feedback/_work.html" if request.htmx else "feedback/annotate.html", {"work": work}, status=status)


def _to_page(slug: str, number: int) -> HttpResponse:
    return redirect("feedback:annotate", slug=slug, number=number)
