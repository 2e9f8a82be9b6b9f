"""The people of a round, for leads: how each works, and what a lead can do about it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from feedback.access import round_for
from feedback.errors import FeedbackError, InvalidRoundError
from feedback.models import Annotator, Panel
from feedback.people_table import people_of
from feedback.pipeline.reassign import give_back, move_to_panel
from modeling.models import Project, Role

PAGE_SIZE = 25
COLUMNS = (
    ("name", gettext_lazy("Person"), ""),
    ("panel", gettext_lazy("Panel"), ""),
    ("answers", gettext_lazy("Answers"), "num"),
    ("pace", gettext_lazy("Seconds each"), "num"),
    ("last", gettext_lazy("Last answer"), ""),
    ("skipped", gettext_lazy("Skipped"), "num"),
    ("known", gettext_lazy("Known answers right"), "num"),
)
STATES = (
    ("", gettext_lazy("Everybody")),
    ("holding", gettext_lazy("At work")),
    ("paused", gettext_lazy("Paused")),
    ("idle", gettext_lazy("Not at work")),
)


@login_required
@require_safe
def round_people(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    found = round_for(request.user, slug, number, Role.LEAD)
    chosen = {name: request.GET.get(name, "") for name in ("panel", "state", "sort")}
    page = Paginator(people_of(found, **chosen), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"round": found, "project": found.project, "page": page, "columns": COLUMNS, "states": STATES, "panels": found.project.panels.all()}
    chosen["sort"] = chosen["sort"] or "answers"
    context["breaks_passed"] = found.participations.aggregate(count=Sum("breaks_passed"))["count"] or 0
    everybody = Annotator.objects.filter(project=found.project_id).select_related("user", "panel").order_by("user__username")
    return render(request, "feedback/round_people.html", {**context, **chosen, "everybody": everybody})


@login_required
@require_POST
def person_give_back(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    found = round_for(request.user, slug, number, Role.LEAD)
    try:
        person = _person(request, found.project_id)
        count = give_back(round=found, annotator=person, by=request.user)  # type: ignore[arg-type]  # signed in: login_required
    except FeedbackError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("What %(who)s held (%(count)d) can be answered by others now.") % {"count": count, "who": person.user})
    return redirect("feedback:round-people", slug, number)


@login_required
@require_POST
def person_move(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    found = round_for(request.user, slug, number, Role.LEAD)
    try:
        person, panel = _person(request, found.project_id), _panel(request, found.project)
        move_to_panel(annotator=person, panel=panel, by=request.user)  # type: ignore[arg-type]  # signed in: login_required
    except FeedbackError as error:
        messages.error(request, str(error))
    else:
        told = _("%(who)s is on the panel %(panel)s from now on. Rounds that they have begun are joined as they began them.")
        messages.success(request, told % {"who": person.user, "panel": panel})
    return redirect("feedback:round-people", slug, number)


def _person(request: HttpRequest, project_id: int) -> Annotator:
    people = Annotator.objects.filter(project=project_id).select_related("user", "panel")
    person = people.filter(pk=_number(request.POST.get("annotator"))).first()
    if person is None:
        raise InvalidRoundError({"annotator": _("Choose a person of this project.")})
    return person


def _panel(request: HttpRequest, project: Project) -> Panel:
    panel = project.panels.filter(pk=_number(request.POST.get("panel"))).first()
    if panel is None:
        raise InvalidRoundError({"panel": _("Choose a panel of this project.")})
    return panel


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 19 else 0
