"""Rounds, for leads: which there are, open one, watch it, close it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, F, FloatField, Q
from django.db.models.functions import Cast, Least
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from feedback.access import project_for, round_for
from feedback.comprehension import comprehension_of
from feedback.disputes import decided_count, disputes_left
from feedback.errors import FeedbackError
from feedback.estimates import pool_estimates
from feedback.following import following
from feedback.forms import BIAS_NAMES, VERDICT_NAMES
from feedback.joining_report import joining_report
from feedback.marked_words import words_and_maps
from feedback.models import AnnotationRound, Assignment, JoiningMethod, Pause, Purpose, SamplingStrategy
from feedback.pace import done_about
from feedback.pipeline.adjudicate import why_not
from feedback.pipeline.close_round import close_round
from feedback.pipeline.reopen_round import why_not_reopen
from feedback.progress import round_progress
from modeling.errors import ModelingError
from modeling.labels import DEFAULT_PRIMARY_MEASURE, BiasType, Verdict
from modeling.models import RetrainingCycle, Role
from modeling.reports import text_of

PAGE_SIZE = 25
FLAGS_SHOWN = 20
STATES = (("", gettext_lazy("All")), *((state.value, state.label) for state in AnnotationRound.State))
STOP_POLLING = 286
SIGNS = {"flips": gettext_lazy("identity swaps"), "place": gettext_lazy("similarity of comments"), "reports": gettext_lazy("people’s reports")}


@login_required
@require_safe
def round_list(request: HttpRequest, slug: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.LEAD)
    state = request.GET.get("state", "")
    rounds = project.rounds.filter(state=state) if state in AnnotationRound.State.values else project.rounds.all()
    done = Count("assignments", filter=Q(assignments__state=Assignment.State.DONE, assignments__purpose=Purpose.SAMPLE))
    rounds = rounds.annotate(wanted=F("item_count") * F("overlap")).annotate(done=Least(done, F("wanted")))
    rounds = rounds.annotate(share=Cast("done", FloatField()) / F("wanted"))
    page = Paginator(rounds.order_by("-number"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "feedback/round_list.html", {"project": project, "page": page, "state": state, "states": STATES})


@login_required
@require_safe
def round_detail(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    found = round_for(request.user, slug, number, Role.LEAD)
    if found.state in (AnnotationRound.State.DRAWING, AnnotationRound.State.FAILED):
        return render(request, "feedback/round_drawing.html", {"round": found, "project": found.project})
    flagged = found.assignments.filter(flagged=True).select_related("item__comment", "annotator__panel")[:FLAGS_SHOWN]
    more = {"flagged": flagged, "panels": found.panels.all(), "estimates": pool_estimates(found), "chosen_without": _chosen_without(found)}
    more["following"] = following(found) if found.blind_share else None
    more["paused"] = Pause.objects.filter(participation__round=found, decision="").count()
    more["comprehension"] = comprehension_of(found)
    more["marked_words"] = None if _is_live(found) else words_and_maps(found)
    more["primary"] = text_of(_primary_of(found))
    more["may_reopen"] = not why_not_reopen(found)
    more |= {"may_decide": not why_not(found), "to_decide": _to_decide(request, found), "decided": decided_count(found)}
    return render(request, "feedback/round_detail.html", {**_context(found), **more})


@login_required
@require_safe
def round_progress_fragment(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Polled while the round is open or its labels are being joined."""
    found = round_for(request.user, slug, number, Role.LEAD)
    return render(request, "feedback/_round_progress.html", _context(found, with_agreement=False), status=200 if _is_live(found) else STOP_POLLING)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def round_close(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """GET says what closing does; POST does it."""
    found = round_for(request.user, slug, number, Role.LEAD)
    if request.method != "POST":
        context = {**_context(found, with_agreement=False), "to_decide": _to_decide(request, found)}
        return render(request, "feedback/round_close.html", context)
    try:
        close_round(round=found, by=request.user, start_cycle="start_cycle" in request.POST, in_background=True)  # type: ignore[arg-type]  # signed in: login_required
    except (FeedbackError, ModelingError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Round “%(name)s” is closed. Its labels are being joined.") % {"name": found.name})
    return redirect("feedback:round-detail", slug, number)


def _to_decide(request: HttpRequest, found: AnnotationRound) -> int:
    """How many disputed or flagged items this lead may decide now."""
    return 0 if why_not(found) else disputes_left(found, request.user)


def _primary_of(found: AnnotationRound) -> str:
    """Of a gate round, that of the cycle that it settles."""
    chosen = found.judges.gate_config.get("primary_measure") if found.judges else found.primary_measure
    return chosen or DEFAULT_PRIMARY_MEASURE


def _chosen_without(found: AnnotationRound) -> list[str]:
    """Signs that its way of choosing goes by and that were not there."""
    return [SIGNS[name] for name in found.signals_missing if name in SIGNS] if found.strategy == SamplingStrategy.BIAS_SEEKING else []


def _is_live(found: AnnotationRound) -> bool:
    return found.state == AnnotationRound.State.OPEN or not found.is_handed_in


def _context(found: AnnotationRound, with_agreement: bool = True) -> dict[str, Any]:
    progress = round_progress(found, with_agreement=with_agreement)
    missing = progress.missing
    told = _("%(filled)s of %(wanted)s, and %(extra)s more") if progress.extra else _("%(filled)s of %(wanted)s")
    counted = told % {name: f"{getattr(progress, name):,}" for name in ("filled", "wanted", "extra")}
    verdicts = [(VERDICT_NAMES[Verdict(verdict)], progress.verdict_counts[verdict], share) for verdict, share in progress.verdicts.items()]
    shown = {"progress": progress, "missing": missing, "done_about": done_about(found, missing), "counted": counted, "verdicts": verdicts}
    shown["bias_types"] = [(BIAS_NAMES[BiasType(name)], reports) for name, reports in progress.bias_types.items()]
    is_live = _is_live(found)
    joining = None if is_live else joining_report(found)
    methods, taken_by = JoiningMethod.choices, _taken_by(found)
    shown |= {"taken_by": taken_by, "is_untaken": found.batch_id is not None and taken_by is None}
    return {"round": found, "project": found.project, "is_live": is_live, "joining": joining, "methods": methods, **shown}


def _taken_by(found: AnnotationRound) -> RetrainingCycle | None:
    """The first cycle that was given its labels: the one that closing it asked for, or a later one; a cancelled one only if there is no other."""
    given = [found.cycle] if found.cycle else []
    given += found.batch.cycles.order_by("number") if found.batch else []
    return next((cycle for cycle in given if cycle.state != RetrainingCycle.State.CANCELLED), next(iter(given), None))
