"""What people say of a variant: bias, or not equivalent; taking it back; and what leads allow again."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from modeling.access import project_for
from modeling.errors import PairRefusedError
from modeling.ml.what_if import VariantKind
from modeling.models import CounterfactualPair, Project, Role
from modeling.pipeline.report_pair import allow_again, rejected_rules, report_pair, take_back_pair
from modeling.pipeline.what_if import masked_text, variants_of
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
    """One button, whose name is the verdict, or `take_back`, and whose value is the variant."""
    asked = read(request, project_for(request.user, slug))
    action = next((name for name in TOLD if name in request.POST), "")
    pair, error = _pair(asked, request.POST.get(action, "")), ""
    try:
        pair = _say(request, asked, pair, action)
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


def _say(request: HttpRequest, asked: Asked, pair: Pair | None, action: str) -> Pair:
    """The pair with what is said of it by now."""
    if pair is None or asked.version is None:
        raise PairRefusedError(_("This variant cannot be made of that comment any more. Ask the model again."))
    if action == TAKE_BACK:
        take_back_pair(project=asked.project, key=pair.key, by=request.user)  # type: ignore[arg-type]  # signed in: login_required
        return Pair(pair.text, pair.variant)
    comment = asked.prediction.comment if asked.prediction and asked.prediction.comment.text == pair.text else None
    said = {"text": pair.text, "variant": pair.variant, "verdict": action, "comment": comment}
    report_pair(project=asked.project, version=asked.version, by=request.user, **said)  # type: ignore[arg-type]  # signed in: login_required
    return Pair(pair.text, pair.variant, action)


def _pair(asked: Asked, variant_text: str) -> Pair | None:
    """As the generator makes it: nothing that a page sends is taken on trust. Of rejected swaps too, or none could be taken back."""
    if not asked.is_complete:
        return None
    values = asked.form.cleaned_data
    text, edited, kind = masked_text(values["text"])[0], masked_text(values["edited"])[0], VariantKind(values["kind"])
    made = [variant for rules in _rules(asked.project) for variant in variants_of(text, kind, edited, values["word"], rules)]
    return next((Pair(text, variant) for variant in made if variant.text == variant_text), None)


def _rules(project: Project) -> tuple[tuple[str, ...], ...]:
    return (rejected_rules(project), ())
