"""Retraining cycles: start one, watch it, read its verdict, promote its candidate."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from modeling import lifecycle
from modeling.access import project_for
from modeling.config import GateConfig
from modeling.errors import ModelingError
from modeling.forms import CycleForm, PromoteForm
from modeling.intake import request_cycle
from modeling.labels import Lane
from modeling.measure_texts import text_of
from modeling.models import CycleBundle, Project, RetrainingCycle, Role, VersionChange
from modeling.reports import (
    cycle_losses,
    cycle_report,
    decided_by,
    gate_history,
    missing_on_gate,
    progress_of,
    settling_of,
    trigger_report,
    would_decide,
)
from modeling.spending import budget_of
from modeling.views.datasets import STOP_POLLING

PAGE_SIZE = 25
HEAVY = ("champion__loss_steps", "champion__manifest", "candidate__loss_steps", "candidate__manifest")


@login_required
@require_safe
def cycle_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    lifecycle.fail_lost()
    cycles = project.cycles.select_related("champion", "candidate", "requested_by").defer("live_losses", *HEAVY)
    if (state := request.GET.get("state", "")) in RetrainingCycle.State:
        cycles = cycles.filter(state=state)
    page = Paginator(cycles, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "page": page,
        "state": state,
        "states": RetrainingCycle.State.choices,
        "budget": budget_of(project),
        "triggers": trigger_report(project),
    }
    return render(request, "modeling/cycle_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def cycle_start(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    form = CycleForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        lane, seed = Lane(form.cleaned_data["lane"]), form.cleaned_data["seed"]
        try:
            cycle = request_cycle(project=project, provenance="started by hand", by=request.user, lane=lane, seed=seed)  # type: ignore[arg-type]  # signed in: login_required
        except ModelingError as error:
            form.add_error(None, str(error))
        else:
            return redirect("modeling:cycle-detail", slug, cycle.number)
    gate = GateConfig()
    batches = list(project.feedback_batches.annotate(label_count=Count("labels")))
    decided = would_decide(batches)
    context = {
        "project": project,
        "form": form,
        "batches": batches,
        "busy": project.cycles.filter(state__in=RetrainingCycle.UNDER_WAY).first(),
        "budget": budget_of(project),
        "gate": gate,
        "decided": decided,
        "is_missing": decided.measure.name in missing_on_gate(project),
        "margins": [(text_of(name), margin) for name, margin in gate.margins.items()],
    }
    return render(request, "modeling/cycle_start.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def cycle_detail(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    cycle = _cycle(project, number)
    return render(request, "modeling/cycle_detail.html", _context(project, cycle))


@login_required
@require_safe
def cycle_progress(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """While it runs: stage, bar and losses. Then, once: the verdict, in place of the page's content."""
    project = project_for(request.user, slug, Role.LEAD)
    cycle = _cycle(project, number)
    if progress_of(cycle).is_silent:
        lifecycle.fail_lost()
        cycle = _cycle(project, number)
    if not progress_of(cycle).is_ended:
        return render(request, "modeling/_cycle_progress.html", _context(project, cycle))
    response = render(request, "modeling/_cycle.html", {**_context(project, cycle), "has_just_ended": True}, status=STOP_POLLING)
    response["HX-Retarget"], response["HX-Reswap"] = "#cycle", "innerHTML"
    return response


@login_required
@require_POST
def cycle_cancel(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    return _moved(request, slug, number, lifecycle.cancel, _("It is asked to stop. The version in use stays as it is."))


@login_required
@require_POST
def cycle_retry(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    return _moved(request, slug, number, lifecycle.retry, _("It waits its turn. Arms that were trained are kept."))


@login_required
@require_POST
def cycle_judge_again(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    return _moved(request, slug, number, lifecycle.judge_again, _("It is judged again on what gate holds by now. Nothing is trained."))


def _moved(request: HttpRequest, slug: str, number: int, transition: Callable[..., None], said: str) -> HttpResponse:
    """One transition of a cycle, asked for by a lead; what forbids it is said on the cycle's page."""
    cycle = _cycle(project_for(request.user, slug, Role.LEAD), number)
    try:
        transition(cycle=cycle, by=request.user)
    except ModelingError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect("modeling:cycle-detail", slug, number)


@login_required
@require_POST
def cycle_promote(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    cycle = _cycle(project, number)
    form = PromoteForm(request.POST, needs_reason=cycle.state == RetrainingCycle.State.HELD)
    if form.is_valid():
        try:
            change = lifecycle.promote(cycle=cycle, by=request.user, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]  # signed in: login_required
        except ModelingError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(version)s is in use now. The pool is being scored with it.") % {"version": change.version})
            return redirect("modeling:cycle-detail", slug, number)
    return render(request, "modeling/cycle_detail.html", _context(project, cycle, form), status=422)


def _cycle(project: Project, number: int) -> RetrainingCycle:
    related = project.cycles.select_related("champion", "base", "candidate", "requested_by")
    return get_object_or_404(related.defer("base__loss_steps", "base__manifest", *HEAVY), number=number)


def _change(cycle: RetrainingCycle) -> VersionChange | None:
    return cycle.changes.select_related("by", "version").defer("version__loss_steps", "version__manifest").first()


def _context(project: Project, cycle: RetrainingCycle, form: PromoteForm | None = None) -> dict[str, Any]:
    states = RetrainingCycle.State
    is_decided = bool(cycle.decision)
    batches = cycle.batches.all()
    can_promote = cycle.state in (states.ELIGIBLE, states.HELD) and cycle.candidate is not None
    return {
        "project": project,
        "cycle": cycle,
        "progress": progress_of(cycle),
        "losses": cycle_losses(cycle),
        "report": cycle_report(cycle) if is_decided else None,
        "bundle": CycleBundle.of(cycle),
        # Lazy: the fragment that is asked for each second does not show it.
        "gate": SimpleLazyObject(lambda: gate_history(cycle, champion_id=project.champion_id)),
        "settling": SimpleLazyObject(lambda: settling_of(cycle)),
        "decided": SimpleLazyObject(lambda: decided_by(cycle, list(batches))),
        "batches": batches,
        "change": _change(cycle) if cycle.state == states.PROMOTED else None,
        "can_promote": can_promote and cycle.champion_id == project.champion_id,
        "is_outdated": can_promote and cycle.champion_id != project.champion_id,
        "form": form or PromoteForm(needs_reason=cycle.state == states.HELD),
    }
