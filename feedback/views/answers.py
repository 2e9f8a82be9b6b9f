"""What an annotator sends: an answer, a skip. Each stores it and brings what comes after the item that the page shows by then.

The page's script asks for that with the header `X-Wants: ahead`; without it (no JavaScript) the answer is the page again.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.backends.django import Template
from django.template.loader import get_template
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from feedback.access import Seat, seat_of, table_for
from feedback.answer_sheet import AnswerSheet
from feedback.errors import FeedbackError, InvalidAnswerError, OwnLevelError
from feedback.forms import SkipForm
from feedback.models import Assignment
from feedback.pipeline.annotate import skip as skip_place
from feedback.pipeline.annotate import submit_annotation
from feedback.pipeline.own_level import say_own_level
from feedback.pipeline.stream import and_go_on
from feedback.views.annotate import show_work
from feedback.views.said import said_at

UNREAD = gettext_lazy("Read the comment before you judge it: here it is.")


@login_required
@require_POST
def submit(request: HttpRequest, slug: str, number: int, assignment_id: int) -> HttpResponse:
    seat, sheet = _seat(request, slug, number), AnswerSheet.read(request.POST)
    if _is_unread(request, seat, assignment_id):
        sheet = replace(sheet, errors={"shown": str(UNREAD)})
    if sheet.errors:
        return _refuse(request, seat, assignment_id, dict(sheet.errors), sheet=sheet, shown=assignment_id)

    def store() -> None:
        submit_annotation(assignment_id=assignment_id, annotator=seat.annotator, key=sheet.key, answer=sheet.answer, seconds=sheet.seconds)

    try:
        return _end(request, seat, store)
    except InvalidAnswerError as error:
        return _refuse(request, seat, assignment_id, error.errors, sheet=replace(sheet, errors=error.errors), shown=assignment_id)


@login_required
@require_POST
def skip(request: HttpRequest, slug: str, number: int, assignment_id: int) -> HttpResponse:
    seat, form = _seat(request, slug, number), SkipForm(request.POST)
    if not form.is_valid():
        reason = str(form.non_field_errors()[0])
        return _refuse(request, seat, assignment_id, {"reason": reason}, flag_error=reason)
    return _end(request, seat, lambda: skip_place(assignment_id=assignment_id, annotator=seat.annotator, **form.cleaned_data), _("Skipped."))


@login_required
@require_POST
def own_level(request: HttpRequest, slug: str, number: int, assignment_id: int) -> HttpResponse:
    """Stores what somebody says before they see the prediction, and brings the item again, with it."""
    seat, is_script = _seat(request, slug, number), request.headers.get("X-Wants") == "ahead"
    try:
        if _is_unread(request, seat, assignment_id):
            raise OwnLevelError(str(UNREAD))
        say_own_level(assignment_id=assignment_id, annotator=seat.annotator, level=request.POST.get("level", ""))
    except FeedbackError as error:
        if is_script:
            return JsonResponse({"reason": str(error)}, status=409)
        messages.error(request, str(error))
    else:
        if is_script:
            # They have just read it: no veil before it once more.
            return HttpResponse(_said_template().render({"said": said_at(assignment_id)}, request))
    address = reverse("feedback:annotate", args=[slug, number])
    return redirect(f"{address}?shown={assignment_id}" if seat.is_veiled else address)


def _is_unread(request: HttpRequest, seat: Seat, assignment_id: int) -> bool:
    """Who prefers comments hidden judges none that they have not asked for: their page says which one it has shown."""
    return seat.is_veiled and request.POST.get("shown") != str(assignment_id)


def _seat(request: HttpRequest, slug: str, number: int) -> Seat:
    seat = seat_of(request.user, slug, number)
    if seat is None:
        table_for(request.user, slug, number)
        raise PermissionDenied(_("Open the annotation page first: there is something to read or to try before the first comment."))
    return seat


def _end(request: HttpRequest, seat: Seat, store: Callable[[], None], said: str = "") -> HttpResponse:
    """Store what was sent, and go on. Lets an `InvalidAnswerError` through: whoever calls knows what to show again."""
    wants_ahead = request.headers.get("X-Wants") == "ahead"
    try:
        front, behind = and_go_on(store, round_id=seat.round_id, annotator_id=seat.annotator.pk, milder=seat.wants_milder, shares=seat.shares)
    except InvalidAnswerError:
        raise
    except FeedbackError as error:
        if wants_ahead:
            return _say_no(error)
        messages.error(request, str(error))
    else:
        if wants_ahead:
            content = _said_template().render({"said": said_at(behind), "is_veiled": seat.is_veiled}, request) if behind else ""
            return HttpResponse(content, headers={"X-Front": str(front or ""), **_told(seat)})
        if said:
            messages.success(request, said)
    return redirect("feedback:annotate", slug=seat.slug, number=seat.number)


def _say_no(error: FeedbackError) -> JsonResponse:
    """With a reason alone the page lets go of what was filled in; an own level can still be said, and then the same answer holds."""
    if isinstance(error, OwnLevelError):
        return JsonResponse({"errors": {"own_level": str(error)}}, status=422)
    return JsonResponse({"reason": str(error)}, status=409)


def _told(seat: Seat) -> dict[str, str]:
    """What the page says beside the stream: how much of the budget is used, that a break is proposed, that the guidelines are new."""
    told = {} if seat.exposure.share is None else {"X-Exposure": f"{seat.exposure.share:.2f}"}
    if seat.exposure.is_due:
        told["X-Break"] = "due"
    return {**told, "X-Guidelines": "changed"} if seat.unread else told


def _refuse(request: HttpRequest, seat: Seat, assignment_id: int, errors: dict[str, str], **shown: Any) -> HttpResponse:
    """Nothing is stored, and what was sent is shown again. A comment is shown to whoever holds its place, and to nobody who merely knows
    its address."""
    place = Assignment.objects.filter(pk=assignment_id, round=seat.round_id).first()
    if place is None:
        raise Http404(_("No such item in this round."))
    if request.headers.get("X-Wants") == "ahead":
        return JsonResponse({"errors": errors}, status=422)
    if place.annotator_id != seat.annotator.pk:
        messages.error(request, _("This item went to somebody else. Nothing of what you sent is stored; here is another one."))
        return redirect("feedback:annotate", slug=seat.slug, number=seat.number)
    annotation_round, annotator = table_for(request.user, seat.slug, seat.number)
    return show_work(request, annotation_round, annotator, status=422, **shown)


@cache
def _said_template() -> Template:
    """Looked up once: it is rendered at every answer."""
    return get_template("feedback/_said.html")
