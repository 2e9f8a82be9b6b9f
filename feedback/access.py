"""Who may see and do what on the annotation side. Every view and endpoint asks here."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext

from feedback.errors import NotOnPanelError, NotQualifiedError
from feedback.exposure import Exposure, exposure_of, is_milder, soonest
from feedback.models import AnnotationRound, Annotator, Panel, Participation, Preferences
from feedback.pipeline.purposes import Shares
from modeling.access import project_for
from modeling.models import Membership, Project, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import User

__all__ = ["annotator_for", "crowd_of", "project_for", "require_panel", "require_qualified", "round_for", "rounds_open_to", "seat_of", "table_for"]

DEFAULT_PANEL = "Crowd"
PANELS = AnnotationRound.panels.through._meta.db_table
HEAVY = ("version__manifest", "version__loss_steps")
"""Large columns of a version that no page about a round reads."""


def round_for(user: object, slug: str, number: int, at_least: str = Role.ANNOTATOR) -> AnnotationRound:
    """A round of a project that the user is a member of; raises as `project_for` does."""
    project = project_for(user, slug, at_least)
    rounds = AnnotationRound.objects.select_related("project", "version", "cycle", "opened_by").defer(*HEAVY)
    found = rounds.filter(project=project, number=number).first()
    if found is None:
        raise Http404(gettext("No such round."))
    return found


# One statement, not five: it runs at every answer.
SEAT = f"""
SELECT round.id, round.project_id, annotator.id, annotator.panel_id, annotator.consented_at, annotator.consent_version, part.id,
    round.gold_rate, round.repeat_rate, round.blind_share, round.seed,
    round.qualification_items, part.qualified_at, round.guidelines_version, part.guidelines_read,
    part.exposure, part.session_started_at, part.last_answered_at, round.exposure_budget, round.break_minutes, preferences.break_minutes,
    part.milder_until, preferences.is_veiled,
    NOT EXISTS (SELECT 1 FROM {PANELS} wanted WHERE wanted.annotationround_id = round.id)
    OR EXISTS (SELECT 1 FROM {PANELS} wanted
        WHERE wanted.annotationround_id = round.id AND wanted.panel_id = COALESCE(part.panel_id, annotator.panel_id))
FROM {AnnotationRound._meta.db_table} round
JOIN {Project._meta.db_table} project ON project.id = round.project_id
JOIN {Membership._meta.db_table} membership ON membership.project_id = project.id AND membership.user_id = %(user)s
JOIN {Annotator._meta.db_table} annotator ON annotator.project_id = project.id AND annotator.user_id = %(user)s
LEFT JOIN {Participation._meta.db_table} part ON part.round_id = round.id AND part.annotator_id = annotator.id
LEFT JOIN {Preferences._meta.db_table} preferences ON preferences.user_id = annotator.user_id
WHERE project.slug = %(slug)s AND round.number = %(number)s
"""  # noqa: S608 - table names of our own models only


@dataclass(frozen=True)
class Seat:
    """A person at work in a round. `participation_id` is None until they have opened its page.

    `exposure` is as it was before the answer that is being sent: one answer late, and one statement less. `unread`: the version of the
    guidelines that they have not had before them yet, else 0.
    """

    slug: str
    number: int
    round_id: int
    annotator: Annotator
    participation_id: int | None
    shares: Shares
    exposure: Exposure
    unread: int
    wants_milder: bool
    is_veiled: bool


def seat_of(user: "User", slug: str, number: int) -> Seat | None:
    """None unless this person is a member on a panel of the round who accepted the content warning and passed its practice comments: what is
    the matter is told by `table_for` and the annotation page, in more statements."""
    with connection.cursor() as cursor:
        cursor.execute(SEAT, {"user": user.pk, "slug": slug, "number": number})
        row = cursor.fetchone()
    if row is None:
        return None
    round_id, project_id, annotator_id, panel_id, consented_at, consent_version, part_id, *row = row
    gold_rate, repeat_rate, blind_share, seed, asked, qualified_at, newest, read, *row = row
    points, started, last, budget, minutes, own, milder, veiled, wanted = row
    annotator = Annotator(pk=annotator_id, project_id=project_id, user=user, panel_id=panel_id)
    annotator.consented_at, annotator.consent_version = consented_at, consent_version
    if not annotator.has_consented or not wanted or (asked and qualified_at is None):
        return None
    exposure = exposure_of(points=points or 0, started=started, last=last, budget=budget, minutes=soonest(minutes, own))
    unread = newest if part_id is not None and newest > read else 0
    shares = Shares(gold_rate, repeat_rate, blind_share, seed)
    return Seat(slug, number, round_id, annotator, part_id, shares, exposure, unread, is_milder(milder), bool(veiled))


def table_for(user: object, slug: str, number: int) -> tuple[AnnotationRound, Annotator]:
    """A round and this person as its annotator. Raises as `round_for` and `project_for` do, and PermissionDenied where it is for other panels."""
    found = round_for(user, slug, number)
    try:
        return found, annotator_for(user, found)
    except NotOnPanelError as error:
        raise PermissionDenied(str(error)) from error


def annotator_for(user: object, round: AnnotationRound) -> Annotator:
    """The user as annotator of this round. A member who is on no panel yet joins the project's crowd.

    Raises:
        Http404: not a member of the project.
        NotOnPanelError: the round is for other panels.
    """
    if not getattr(user, "is_authenticated", False) or not Membership.objects.filter(user=user, project=round.project_id).exists():
        raise Http404(gettext("No such round."))
    annotator = Annotator.objects.select_related("panel", "user").filter(project=round.project_id, user=user).first()
    if annotator is None:
        annotator, _ = Annotator.objects.get_or_create(project_id=round.project_id, user=user, defaults={"panel": crowd_of(round.project_id)})
    require_panel(annotator, round)
    return annotator


def crowd_of(project_id: int) -> Panel:
    """The panel that members belong to until a lead puts them on another."""
    panel, _ = Panel.objects.get_or_create(project_id=project_id, name=DEFAULT_PANEL, defaults={"kind": Panel.Kind.CROWD})
    return panel


def require_panel(annotator: Annotator, round: AnnotationRound) -> None:
    wanted = list(round.panels.values_list("pk", "name"))
    if wanted and _panel_in(round, annotator) not in {pk for pk, _ in wanted}:
        names = ", ".join(name for _, name in wanted)
        told = gettext("This round is for the panel %(panels)s; you are on %(panel)s. Ask the project's lead to change that.")
        raise NotOnPanelError(told % {"panels": names, "panel": annotator.panel.name})


def require_qualified(annotator: Annotator, round: AnnotationRound) -> None:
    """Raises NotQualifiedError: the round has practice comments, and this person has not passed them yet."""
    if not round.qualification_items:
        return
    if not Participation.objects.filter(round=round, annotator=annotator, qualified_at__isnull=False).exists():
        raise NotQualifiedError(
            gettext("This round starts with a few practice comments. Open it on the site and judge them first; they count nowhere.")
        )


def _panel_in(round: AnnotationRound, annotator: Annotator) -> int:
    """For whom they answer in it: who was moved since they began it still does for their panel of then."""
    kept = Participation.objects.filter(round=round, annotator=annotator, panel__isnull=False).values_list("panel", flat=True).first()
    return kept or annotator.panel_id


def rounds_open_to(user: object, project: Project) -> list[AnnotationRound]:
    """The open rounds in which this member may answer, newest first."""
    panel_ids = list(Annotator.objects.filter(project=project, user=user).values_list("panel_id", flat=True)) or [crowd_of(project.pk).pk]
    open_rounds = AnnotationRound.objects.filter(project=project, state=AnnotationRound.State.OPEN)
    begun = Q(participations__annotator__user=user, participations__panel__isnull=False)
    return list(open_rounds.filter(Q(panels__isnull=True) | Q(panels__in=panel_ids) | begun).distinct().order_by("-number"))
