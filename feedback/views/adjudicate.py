"""Decide disputed and flagged items one after the other: for adjudicators, who need not be leads."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from feedback.access import round_for
from feedback.disputes import forget_count
from feedback.errors import FeedbackError, InvalidAnswerError
from feedback.models import Adjudication, AnnotationRound
from feedback.pipeline.adjudicate import adjudicate, note_read, take_back, why_not
from feedback.too_early import too_early_for
from feedback.views.case import Case, Docket, case_of, docket_of
from modeling.access import has_role
from modeling.models import Role

RECENT = 8
TAKEN_BACK = "decision_taken_back"
"""In the session: what was decided last and taken back, for the form."""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def adjudicate_next(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """GET shows the first item that is to decide, or the one of `?item=`; POST decides it and goes on with the next."""
    found = round_for(request.user, slug, number, Role.ADJUDICATOR)
    if request.method != "POST":
        return _page(request, found, _number(request.GET.get("item")))
    item = _number(request.POST.get("item"))
    after = docket_of(found, item, request.user).after
    try:
        adjudicate(round=found, item_id=item or 0, by=request.user, **_sent(request))  # type: ignore[arg-type]  # signed in: login_required
    except InvalidAnswerError as error:
        return _page(request, found, item, errors=error.errors, status=422)
    except FeedbackError as error:
        messages.error(request, str(error))
    forget_count(found)
    return _to(request, found, after)


@login_required
@require_POST
def adjudicate_undo(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One's own newest decision, or that on the item which is named: then it stands in front again."""
    found = round_for(request.user, slug, number, Role.ADJUDICATOR)
    try:
        undone = take_back(round=found, by=request.user, item_id=_number(request.POST.get("item")))  # type: ignore[arg-type]  # signed in: login_required
    except FeedbackError as error:
        messages.error(request, str(error))
        return _to(request, found, None)
    forget_count(found)
    request.session[TAKEN_BACK] = {name: getattr(undone, name) for name in ("item_id", "level", "bias_types", "severity", "reason")}
    messages.success(request, _("The decision is taken back. Here is the item again."))
    return _to(request, found, undone.item_id)


def _page(request: HttpRequest, found: AnnotationRound, item: int | None, errors: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    reason = why_not(found)
    docket = docket_of(found, item, request.user)
    may_name = has_role(request.user, found.project, Role.LEAD)
    with_names = may_name and _query(request).get("names") == "1"
    case = None if docket.wanted is None else case_of(found, docket.wanted, reasons=docket.reasons, with_names=with_names)
    if docket.wanted is not None and case is None:
        raise Http404(_("No such item in this round."))
    hidden = too_early_for(request.user, found)
    if case is not None and (hidden.filter(pk=case.item.pk).exists() or _is_settled_early(found, docket, case, may_name)):
        messages.error(request, _("Nothing is to decide about this item now, and you may be asked about it yourself: what others say is not shown."))
        return _to(request, found, None)
    if case is not None:
        note_read(items=[case.item.pk], by=request.user)  # type: ignore[arg-type]  # signed in: login_required
    made = Adjudication.objects.filter(item__round=found).exclude(item__in=hidden)
    recent = made.select_related("item__comment__dataset", "by").order_by("-decided_at", "-pk")[:RECENT]
    context = {"round": found, "project": found.project, "docket": docket, "case": case, "why_not": reason, "recent": recent}
    undone = request.session.get(TAKEN_BACK, {})
    said = _sent(request) if errors else undone if case is not None and undone.get("item_id") == case.item.pk else None
    context |= {"errors": errors or {}, "said": said, "may_name": may_name, "with_names": with_names, "may_undo": not reason and docket.decided > 0}
    return render(request, "feedback/adjudicate.html", context, status=status)


def _is_settled_early(found: AnnotationRound, docket: Docket, case: Case, is_lead: bool) -> bool:
    """Nobody disputes it, in a round that is still open: only a lead has anything to look up there."""
    return found.state == AnnotationRound.State.OPEN and not (docket.place or case.decision or is_lead)


def _sent(request: HttpRequest) -> dict[str, Any]:
    sent = request.POST
    severity = sent.get("severity", "")
    return {
        "level": sent.get("level", ""),
        "bias_types": sent.getlist("bias_types"),
        "severity": int(severity) if severity in ("1", "2", "3") else None,
        "reason": sent.get("reason", "").replace("\r\n", "\n"),
    }


def _query(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else request.GET


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def _to(request: HttpRequest, found: AnnotationRound, item: int | None) -> HttpResponseRedirect:
    asked = {name: value for name, value in (("item", item), ("names", request.POST.get("names"))) if value}
    address = reverse("feedback:adjudicate", args=[found.project.slug, found.number])
    return redirect(f"{address}?{urlencode(asked)}" if asked else address)
