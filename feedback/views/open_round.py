"""Open a round, for leads: the form, what it would ask and find, and how far its drawing is."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from feedback.access import project_for, round_for
from feedback.errors import FeedbackError, InvalidRoundError
from feedback.forms import RoundForm
from feedback.models import AnnotationRound, SamplingStrategy
from feedback.pipeline.guidelines import proposed_text
from feedback.pipeline.sample import MOST_ITEMS, open_round
from feedback.round_settings import typed
from feedback.views.forecast import Choice, about_available, forecast
from modeling.models import Project, Role
from modeling.reports import missing_on_gate

AGAIN = ("name", "item_count", "overlap", "strategy", "primary_measure", "guidelines", "deadline")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def round_create(request: HttpRequest, slug: str) -> HttpResponse:
    """POST with `preview` only works the forecast out again, for browsers without JavaScript."""
    project = project_for(request.user, slug, Role.LEAD)
    is_sent = request.method == "POST" and "preview" not in request.POST
    form = RoundForm(request.POST, project=project) if is_sent else RoundForm(project=project, initial=_initial(request, project))
    if form.is_valid() and (made := _open(request, project, form)):
        if made.state == AnnotationRound.State.OPEN:
            messages.success(request, _("Round “%(name)s” is open. Annotators find it on their home page.") % {"name": made.name})
        return redirect("feedback:round-detail", slug, made.number)
    told = forecast(project=project, choice=_choice(form, request.POST.get("people", "")))
    available = about_available(project) if told.available is None else told.available
    strategies = form.strategies("disagreement" in told.signals_missing)
    context = {"project": project, "form": form, "forecast": told, "available": available}
    context |= {"strategies": strategies, "primary_measures": form.primary_measures()}
    return render(request, "feedback/round_form.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def round_forecast(request: HttpRequest, slug: str) -> HttpResponse:
    """The forecast of what is typed so far, which need not be a whole form yet."""
    project = project_for(request.user, slug, Role.LEAD)
    form = RoundForm(project=project, initial=_typed(request.GET))
    told = forecast(project=project, choice=_choice(form, request.GET.get("people", "")))
    return render(request, "feedback/_forecast.html", {"project": project, "forecast": told})


@login_required
@require_safe
def round_drawing(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Polled while a round is being drawn; then the page is loaded anew."""
    found = round_for(request.user, slug, number, Role.LEAD)
    response = render(request, "feedback/_round_drawing.html", {"project": found.project, "round": found})
    if found.state != AnnotationRound.State.DRAWING:
        response["HX-Refresh"] = "true"
    return response


def _open(request: HttpRequest, project: Project, form: RoundForm) -> AnnotationRound | None:
    """The round, or None with what is wrong written on the form."""
    try:
        return open_round(project=project, by=request.user, in_background=True, **form.cleaned_data)  # type: ignore[arg-type]  # signed in: login_required
    except InvalidRoundError as error:
        for name, message in error.errors.items():
            form.add_error(name, message)
    except FeedbackError as error:
        form.add_error(None, str(error))
    return None


def _initial(request: HttpRequest, project: Project) -> dict[str, Any]:
    """What was typed before a preview, or what a round that could not be drawn asked for (`?again=NUMBER`)."""
    if request.method == "POST":
        return _typed(request.POST)
    failed = failed_round(request, kind=AnnotationRound.Kind.POOL, project=project)
    if failed is None:
        return {"guidelines": proposed_text(project)}
    again = {name: getattr(failed, name) for name in AGAIN}
    if not failed.primary_measure or failed.primary_measure in missing_on_gate(project):
        # Asked for then, but gate cannot tell it now: the form proposes another.
        del again["primary_measure"]
    return {**again, "random_share": round(100 * failed.random_share), "panels": list(failed.panels.all()), **typed(failed)}


def failed_round(request: HttpRequest, **of: Any) -> AnnotationRound | None:
    number = request.GET.get("again", "")
    is_number = number.isdecimal() and len(number) < 9
    return AnnotationRound.objects.filter(number=number, state=AnnotationRound.State.FAILED, **of).first() if is_number else None


def _typed(sent: QueryDict) -> dict[str, Any]:
    return {name: sent.getlist(name) if name == "panels" else value for name, value in sent.items() if value}


def _choice(form: RoundForm, people: str) -> Choice:
    """Each field as it is typed; what makes no sense yet stands as the form began."""
    strategy = form["strategy"].value()
    return Choice(
        items=_number(form, "item_count", 1, MOST_ITEMS),
        overlap=_number(form, "overlap", 1, 20),
        strategy=strategy if strategy in SamplingStrategy.values else SamplingStrategy.BIAS_SEEKING,
        random_share=_number(form, "random_share", 10, 100) / 100,
        people=int(people) if people.isdecimal() and len(people) < 5 else 0,
    )


def _number(form: RoundForm, name: str, least: int, most: int) -> int:
    fields: Mapping[str, Any] = form.fields
    typed = str(form[name].value() or "")
    return int(typed) if typed.isdecimal() and len(typed) < 9 and least <= int(typed) <= most else fields[name].initial
