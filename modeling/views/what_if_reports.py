"""What people say of a variant: bias, or not equivalent; taking it back; and what leads decide of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from modeling.access import project_for
from modeling.asking import is_for_next_cycle, pair_asked_about, report
from modeling.errors import NotScoredError, PairRefusedError
from modeling.models import CounterfactualPair, ModelVersion, Role
from modeling.pipeline.decide_swap import allow_again, dismiss, leave_out
from modeling.pipeline.report_pair import take_back_pair
from modeling.reported_pairs import own_reports
from modeling.reports.what_if import Pair
from modeling.views.what_if import Asked, answer, read, show

TAKE_BACK = "take_back"
PROPOSED = gettext_lazy("Proposed to the leads: one of them decides whether this swap is left out from now on.")
NOT_TAKEN = gettext_lazy(
    "Reported as bias. As things stand the next cycle learns nothing from this pair: as many people call it not equivalent, its swap is left out,"
    " or one of its texts is kept for judging versions."
)
TOLD = {
    CounterfactualPair.Verdict.BIASED: gettext_lazy("Reported as bias: as reports stand, the next cycle learns from this pair."),
    CounterfactualPair.Verdict.NOT_EQUIVALENT: gettext_lazy("This swap is left out from now on."),
    TAKE_BACK: gettext_lazy("Taken back."),
}
DECISIONS: dict[str, tuple[Callable[..., Any], Any]] = {
    "leave_out": (leave_out, gettext_lazy("This swap is left out from now on.")),
    "dismiss": (dismiss, gettext_lazy("Dismissed: this swap goes on being made.")),
    "allow": (allow_again, gettext_lazy("This swap is made again.")),
}
"""Name of a lead's button, whose value is the rule -> what it does, and what is said then."""


@login_required
@require_POST
def what_if_report(request: HttpRequest, slug: str) -> HttpResponse:
    """One button, whose name is the verdict, or `take_back`, and whose value is the pair's key: of texts browsers change the ends of lines."""
    asked = read(request, project_for(request.user, slug))
    action = next((name for name in TOLD if name in request.POST), "")
    pair, error = _said(request, asked, action)
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx's middleware adds it
        sent = {"flips": "flips" in request.POST, "is_panel": "panel" in request.POST}
        own = [] if sent["is_panel"] else own_reports(asked.project, request.user)  # type: ignore[arg-type]  # signed in: login_required
        context = {"project": asked.project, "asked": asked, "pair": pair, "error": error, "is_swapped": True, "own_reports": own, **sent}
        return render(request, "modeling/_what_if_actions.html", context)
    (messages.error if error else messages.success)(request, error or _told(asked, action, pair))
    return show(request, answer(request, asked))


@login_required
@require_POST
def what_if_take_back(request: HttpRequest, slug: str) -> HttpResponse:
    """From the list of one's own reports."""
    project = project_for(request.user, slug)
    try:
        take_back_pair(project=project, key=request.POST.get("key", ""), by=request.user)  # type: ignore[arg-type]  # signed in: login_required
    except PairRefusedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, TOLD[TAKE_BACK])
    return redirect("modeling:what-if", slug)


@login_required
@require_POST
def what_if_decide(request: HttpRequest, slug: str) -> HttpResponse:
    """A lead's word on a swap that is proposed, or left out."""
    project = project_for(request.user, slug, Role.LEAD)
    name = next((name for name in DECISIONS if name in request.POST), "")
    try:
        if not name:
            raise PairRefusedError(_("Say what is to be done with which swap: use a button of the list."))
        decide, told = DECISIONS[name]
        decide(project=project, rule=request.POST[name], by=request.user)
    except PairRefusedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, told)
    return redirect("modeling:what-if", slug)


def _said(request: HttpRequest, asked: Asked, action: str) -> tuple[Pair | None, str]:
    """The pair with what is said of it by now, and what went wrong: then its buttons are still there."""
    pair = None
    try:
        if asked.version is None or not asked.is_complete:
            raise PairRefusedError(_("What was asked is not complete. Ask the model again."))
        pair = pair_asked_about(project=asked.project, asked=asked.form.cleaned_data, key=request.POST.get(action, ""))
        return _say(asked, asked.version, pair, action, request.user), ""  # type: ignore[arg-type]  # signed in: login_required
    except PairRefusedError as refusal:
        return pair, str(refusal)
    except NotScoredError as error:
        return pair, _("Nothing was reported: only what the model shows is, and it gave no answer. %(why)s Try again in a moment.") % {"why": error}


def _say(asked: Asked, version: ModelVersion, pair: Pair, action: str, by: User) -> Pair:
    if action == TAKE_BACK:
        take_back_pair(project=asked.project, key=pair.key, by=by)
        return pair
    report(project=asked.project, version=version, prediction=asked.prediction, pair=pair, verdict=action, by=by)
    return replace(pair, verdict=action)


def _told(asked: Asked, action: str, pair: Pair | None) -> str:
    if action == CounterfactualPair.Verdict.NOT_EQUIVALENT and not asked.is_lead:
        return str(PROPOSED)
    is_vain = action == CounterfactualPair.Verdict.BIASED and pair is not None and not is_for_next_cycle(asked.project, pair.key)
    return str(NOT_TAKEN if is_vain else TOLD[action])
