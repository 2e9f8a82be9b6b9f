"""Gate rounds, for leads: open one from a held cycle's page, cancel one that nobody has answered."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from feedback.access import project_for
from feedback.errors import FeedbackError, InvalidRoundError
from feedback.forms import GateRoundForm
from feedback.models import AnnotationRound
from feedback.pipeline.open_gate_round import available, expert_panels, open_gate_round
from feedback.views.open_round import failed_round
from modeling.errors import ModelingError
from modeling.models import RetrainingCycle, Role

AGAIN = ("item_count", "overlap", "guidelines")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def gate_round_create(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    cycle = get_object_or_404(project.cycles.select_related("champion", "candidate", "project"), number=number)
    form = GateRoundForm(request.POST if request.method == "POST" else None, panels=expert_panels(project), initial=_asked_before(request, cycle))
    if form.is_valid() and (made := _open(request, cycle, form)):
        if made.state == AnnotationRound.State.OPEN:
            told = _("Round %(number)s is open for experts. Its comments belong to gate from now on.")
            messages.success(request, told % {"number": made.number})
        return redirect("feedback:round-detail", slug, made.number)
    context = {"project": project, "cycle": cycle, "form": form, "available": available(project), "has_experts": bool(expert_panels(project))}
    return render(request, "feedback/gate_round_form.html", context, status=422 if form.errors else 200)


def _asked_before(request: HttpRequest, cycle: RetrainingCycle) -> dict[str, Any]:
    """By a gate round for this cycle that could not be drawn (`?again=NUMBER`)."""
    failed = failed_round(request, kind=AnnotationRound.Kind.GATE, judges=cycle)
    return {**{name: getattr(failed, name) for name in AGAIN}, "panels": list(failed.panels.all())} if failed else {}


def _open(request: HttpRequest, cycle: RetrainingCycle, form: GateRoundForm) -> AnnotationRound | None:
    """The round, or None with what is wrong written on the form."""
    try:
        return open_gate_round(cycle=cycle, by=request.user, in_background=True, **form.cleaned_data)  # type: ignore[arg-type]  # signed in: login_required
    except InvalidRoundError as error:
        for name, message in error.errors.items():
            form.add_error(name, message)
    except (FeedbackError, ModelingError) as error:
        form.add_error(None, str(error))
    return None
