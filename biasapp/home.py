"""What the home page shows: rounds to annotate, and what waits for a lead. A fixed number of queries, however many projects."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from feedback.access import DEFAULT_PANEL
from feedback.models import AnnotationRound, Annotator, Assignment, ErasureRequest, Purpose
from modeling.access import RANKS
from modeling.models import Dataset, Membership, Project, RetrainingCycle, Role


@dataclass(frozen=True)
class OpenRound:
    """A round that this person may answer. `done` and `left` count their own places."""

    round: AnnotationRound
    done: int
    left: int

    @property
    def total(self) -> int:
        return self.done + self.left

    @property
    def aside(self) -> str:
        return _("%(done)s of %(total)s") % {"done": f"{self.done:,}", "total": f"{self.total:,}"}


@dataclass(frozen=True)
class Waiting:
    """Something that waits for a lead, or an adjudicator: a state, a sentence, and where to act on it."""

    project: Project
    state: str
    text: str
    url: str
    action: str


def open_rounds(user: AbstractBaseUser, memberships: Sequence[Membership]) -> list[OpenRound]:
    """Where this person annotates: leads only where they have begun to."""
    annotators = list(Annotator.objects.filter(user_id=user.pk))
    begun = {a.project_id for a in annotators}
    projects = [m.project_id for m in memberships if RANKS[m.role] < RANKS[Role.LEAD] or m.project_id in begun]
    mine = Q(assignments__annotator__in=annotators)
    answered = mine & Q(assignments__state=Assignment.State.DONE)
    passed = mine & Q(assignments__state=Assignment.State.SKIPPED)
    # A member who has not annotated yet is on no panel, and will join the crowd.
    newcomer = ~Q(project__annotators__user_id=user.pk) & Q(panels__name=DEFAULT_PANEL)
    rounds = (
        AnnotationRound.objects.filter(state=AnnotationRound.State.OPEN, project__in=projects)
        .filter(Q(panels__isnull=True) | Q(panels__in=[a.panel_id for a in annotators]) | newcomer)
        .select_related("project")
        .annotate(mine_done=Count("assignments", filter=answered, distinct=True), mine_skipped=Count("assignments", filter=passed, distinct=True))
        .annotate(any_free=Exists(_unfinished()))
        .order_by("project__name", "number")
        .distinct()
    )
    return [OpenRound(r, r.mine_done, max(0, r.shown_at_most - r.mine_done - r.mine_skipped) if r.any_free else 0) for r in rounds]


def _unfinished() -> QuerySet[Assignment]:
    """Places of the outer round that have no answer yet."""
    return Assignment.objects.filter(round=OuterRef("pk"), purpose=Purpose.SAMPLE, state__in=[Assignment.State.FREE, Assignment.State.CLAIMED])


def waiting(memberships: Sequence[Membership]) -> list[Waiting]:
    """What needs a lead's eye in the projects that they lead, most pressing first; before it, where somebody adjudicates."""
    projects = [m.project for m in memberships if RANKS[m.role] >= RANKS[Role.LEAD]]
    to_decide = _to_decide([m.project for m in memberships if m.role == Role.ADJUDICATOR])
    if not projects:
        return to_decide
    return [*to_decide, *_cycles(projects), *_rounds(projects), *_erasures(projects), *_datasets(projects), *_without_model(projects)]


def _to_decide(projects: list[Project]) -> list[Waiting]:
    """Rounds in which adjudicators may decide: whether anything is disputed, their page tells."""
    if not projects:
        return []
    rounds = AnnotationRound.objects.filter(project__in=projects, state=AnnotationRound.State.OPEN, kind=AnnotationRound.Kind.POOL)
    return [
        Waiting(
            r.project,
            "open",
            _("Disputed items of round “%(name)s”.") % {"name": r.name},
            reverse("feedback:adjudicate", args=[r.project.slug, r.number]),
            _("Decide"),
        )
        for r in rounds.select_related("project").order_by("-number")
    ]


def _cycles(projects: list[Project]) -> list[Waiting]:
    states = RetrainingCycle.State
    texts = {
        states.ELIGIBLE: (_("Cycle %(number)s passed the gate and may be promoted."), _("Read the verdict")),
        states.HELD: (_("Cycle %(number)s was held back by the gate."), _("Read the reasons")),
        states.FAILED: (_("Cycle %(number)s failed."), _("See what happened")),
        states.REQUESTED: (_("Cycle %(number)s waits for its turn."), _("Watch it")),
        states.TRAINING: (_("Cycle %(number)s is training."), _("Watch it")),
        states.EVALUATING: (_("Cycle %(number)s is being tested."), _("Watch it")),
    }
    newest: dict[int, RetrainingCycle] = {}
    for cycle in RetrainingCycle.objects.filter(project__in=projects).select_related("project").defer("live_losses", "decision").order_by("number"):
        newest[cycle.project_id] = cycle
    return [
        Waiting(
            c.project,
            c.state,
            texts[c.state][0] % {"number": c.number},
            reverse("modeling:cycle-detail", args=[c.project.slug, c.number]),
            texts[c.state][1],
        )
        for c in newest.values()
        if c.state in texts
    ]


def _rounds(projects: list[Project]) -> list[Waiting]:
    rounds = (
        AnnotationRound.objects.filter(project__in=projects, state=AnnotationRound.State.OPEN)
        .select_related("project")
        .annotate(
            is_unfinished=Exists(_unfinished()),
            done=Count("assignments", filter=Q(assignments__state=Assignment.State.DONE, assignments__purpose=Purpose.SAMPLE)),
            flags=Count("assignments", filter=Q(assignments__flagged=True)),
        )
    )
    found = []
    for r in rounds:
        url, wanted = reverse("feedback:round-detail", args=[r.project.slug, r.number]), r.item_count * r.overlap
        if not r.is_unfinished:
            told = _("Round “%(name)s” is fully answered and can be closed.") % {"name": r.name}
            found.append(Waiting(r.project, "done", told, url, _("Close it")))
        elif r.deadline and r.deadline < timezone.localdate():
            found.append(Waiting(r.project, "open", _("Round “%(name)s” is past its deadline.") % {"name": r.name}, url, _("Look at it")))
        else:
            told = _("Round “%(name)s” has %(done)s of %(wanted)s answers.")
            told %= {"name": r.name, "done": f"{min(r.done, wanted):,}", "wanted": f"{wanted:,}"}
            found.append(Waiting(r.project, "open", told, url, _("Watch it")))
        if r.flags:
            told = ngettext("%(flags)s flagged in round “%(name)s”.", "%(flags)s flagged in round “%(name)s”.", r.flags)
            found.append(Waiting(r.project, "open", told % {"flags": r.flags, "name": r.name}, url, _("Look at them")))
    return found


def _erasures(projects: list[Project]) -> list[Waiting]:
    state = ErasureRequest.State.WAITING
    asked = Project.objects.filter(pk__in=[p.pk for p in projects], erasure_requests__state=state).annotate(requests=Count("erasure_requests"))
    return [
        Waiting(
            p,
            state,
            ngettext("%(requests)s request for erasure waits.", "%(requests)s requests for erasure wait.", p.requests)
            % {"requests": f"{p.requests:,}"},
            reverse("feedback:erasure-requests", args=[p.slug]),
            ngettext("Read it", "Read them", p.requests),
        )
        for p in asked.order_by("name")
    ]


def _datasets(projects: list[Project]) -> list[Waiting]:
    datasets = Dataset.objects.filter(project__in=projects, state=Dataset.State.FAILED).select_related("project")[:5]
    return [
        Waiting(
            d.project,
            d.state,
            _("The import of %(name)s failed.") % {"name": d.name},
            reverse("modeling:dataset-detail", args=[d.project.slug, d.pk]),
            _("See why"),
        )
        for d in datasets
    ]


def _without_model(projects: list[Project]) -> list[Waiting]:
    return [
        Waiting(
            p,
            "to_do",
            _("There is no model in use yet: import comments, then train the first one."),
            reverse("modeling:dataset-list", args=[p.slug]),
            _("Import comments"),
        )
        for p in projects
        if p.champion_id is None
    ]
