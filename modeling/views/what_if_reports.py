"""What people say of a variant: bias, or not equivalent; taking it back; and what leads allow again."""

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from modeling.access import project_for
from modeling.asking import pair_asked_about, report
from modeling.errors import PairRefusedError
from modeling.models import CounterfactualPair, Role
from modeling.pipeline.report_pair import allow_again, take_back_pair
from modeling.reports.what_if import Pair
from modeling.views.what_if import Asked, answer, read, show

TAKE_BACK = "take_back"
TOLD = {
    CounterfactualPair.Verdict.BIASED: gettext_lazy("Reported as bias: the next cycle learns from this pair."),
    CounterfactualPair.Verdict.NOT_EQUIVALENT: gettext_lazy("Noted that these two are not equivalent."),
    TAKE_BACK: gettext_lazy("Taken back."),
}


@login_required
@require_POST
def what_if_report(request: HttpRequest, slug: str) -> HttpResponse:
    """One button, whose name is the verdict, or `take_back`, and whose value is the pair's key: of texts browsers change the ends of lines."""
    asked = read(request, project_for(request.user, slug))
    action = next((name for name in TOLD if name in request.POST), "")
    pair, error = None, ""
    try:
        pair = _say(request, asked, action)
    except PairRefusedError as refusal:
        error = str(refusal)
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx's middleware adds it
        sent = {"flips": "flips" in request.POST, "is_panel": "panel" in request.POST}
        context = {"project": asked.project, "asked": asked, "pair": pair, "error": error, "is_swapped": True, **sent}
        return render(request, "modeling/_what_if_actions.html", context)
    (messages.error if error else messages.success)(request, error or TOLD[action])
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
def what_if_allow(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    try:
        allow_again(project=project, rule=request.POST.get("rule", ""), by=request.user)  # type: ignore[arg-type]  # signed in: login_required
    except PairRefusedError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("This swap is made again."))
    return redirect("modeling:what-if", slug)


def _say(request: HttpRequest, asked: Asked, action: str) -> Pair:
    """The pair with what is said of it by now."""
    if asked.version is None or not asked.is_complete:
        raise PairRefusedError(_("What was asked is not complete. Ask the model again."))
    pair = pair_asked_about(project=asked.project, asked=asked.form.cleaned_data, key=request.POST.get(action, ""))
    by: User = request.user  # type: ignore[assignment]  # signed in: login_required
    if action == TAKE_BACK:
        take_back_pair(project=asked.project, key=pair.key, by=by)
        return pair
    report(project=asked.project, version=asked.version, prediction=asked.prediction, pair=pair, verdict=action, by=by)
    return replace(pair, verdict=action)
