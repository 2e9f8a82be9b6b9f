"""Who may see and do what on the annotation side. Every view and endpoint asks here."""

from django.db.models import Q
from django.http import Http404

from feedback.errors import NotOnPanelError
from feedback.models import AnnotationRound, Annotator, Panel
from modeling.access import project_for
from modeling.models import Membership, Project, Role

__all__ = ["annotator_for", "crowd_of", "project_for", "require_panel", "round_for", "rounds_open_to"]

DEFAULT_PANEL = "Crowd"
HEAVY = ("version__manifest", "version__loss_steps")
"""Large columns of a version that no page about a round reads."""


def round_for(user: object, slug: str, number: int, at_least: str = Role.ANNOTATOR) -> AnnotationRound:
    """A round of a project that the user is a member of; raises as `project_for` does."""
    project = project_for(user, slug, at_least)
    found = AnnotationRound.objects.select_related("project", "version", "cycle").filter(project=project, number=number).defer(*HEAVY).first()
    if found is None:
        raise Http404("No such round.")
    return found


def annotator_for(user: object, round: AnnotationRound) -> Annotator:
    """The user as annotator of this round. A member who is on no panel yet joins the project's crowd.

    Raises:
        Http404: not a member of the project.
        NotOnPanelError: the round is for other panels.
    """
    if not getattr(user, "is_authenticated", False) or not Membership.objects.filter(user=user, project=round.project_id).exists():
        raise Http404("No such round.")
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
    if wanted and annotator.panel_id not in {pk for pk, _ in wanted}:
        names = ", ".join(name for _, name in wanted)
        raise NotOnPanelError(f"This round is for the panel {names}; you are on {annotator.panel.name}. Ask the project's lead to change that.")


def rounds_open_to(user: object, project: Project) -> list[AnnotationRound]:
    """The open rounds in which this member may answer, newest first."""
    panel_ids = list(Annotator.objects.filter(project=project, user=user).values_list("panel_id", flat=True)) or [crowd_of(project.pk).pk]
    open_rounds = AnnotationRound.objects.filter(project=project, state=AnnotationRound.State.OPEN)
    return list(open_rounds.filter(Q(panels__isnull=True) | Q(panels__in=panel_ids)).distinct().order_by("-number"))
