"""Pauses: what an annotator says to theirs, and what a lead decides."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from feedback.access import round_for, table_for
from feedback.crowd.pausing import KNOWN_ANSWERS, SPEED
from feedback.errors import FeedbackError
from feedback.models import Pause
from feedback.pipeline.pauses import appeal, decide
from feedback.quality import NOTHING, quality_by_person
from modeling.models import Role

PAGE_SIZE = 25


@login_required
@require_POST
def appeal_pause(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    found, annotator = table_for(request.user, slug, number)
    pause = Pause.objects.filter(participation__round=found, participation__annotator=annotator).first()
    if pause is None:
        raise Http404(_("You are not paused in this round."))
    try:
        appeal(pause=pause, text=request.POST.get("text", ""))
    except FeedbackError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It is with the lead now."))
    return redirect("feedback:annotate", slug=slug, number=number)


@login_required
@require_safe
def round_pauses(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Those that wait for a decision first, each with what it rests on."""
    found = round_for(request.user, slug, number, Role.LEAD)
    related = Pause.objects.filter(participation__round=found).select_related("participation__annotator__user", "participation__annotator__panel")
    page = Paginator(related.order_by("decision", "-began_at", "-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    quality = quality_by_person(found, {pause.participation.annotator_id for pause in page})
    rows = [(pause, quality.get(pause.participation.annotator_id, NOTHING)) for pause in page]
    context = {"round": found, "project": found.project, "page": page, "rows": rows, "known_answers": KNOWN_ANSWERS, "speed": SPEED}
    return render(request, "feedback/round_pauses.html", context)


@login_required
@require_POST
def decide_pause(request: HttpRequest, slug: str, number: int, pause_id: int) -> HttpResponse:
    found = round_for(request.user, slug, number, Role.LEAD)
    pause = get_object_or_404(Pause, pk=pause_id, participation__round=found)
    try:
        decided = decide(pause=pause, decision=request.POST.get("decision", ""), reply=request.POST.get("reply", ""), by=request.user)  # type: ignore[arg-type]  # signed in: login_required
    except FeedbackError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Lifted: they can go on.") if not decided.is_standing else _("Upheld: they read why on their page."))
    return redirect("feedback:round-pauses", slug, number)
