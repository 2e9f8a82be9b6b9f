"""Who may see and do what in a project. Every view and endpoint asks here."""

from collections.abc import Callable, Collection

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from modeling.labels import Split
from modeling.models import Membership, Prediction, Project, Role

RANKS: dict[str, int] = {role: rank for rank, role in enumerate((Role.ANNOTATOR, Role.ADJUDICATOR, Role.LEAD, Role.ADMIN))}


class VeiledError(PermissionDenied):
    """Not a matter of the role: they are to judge first, and may see it afterwards."""


Veil = Callable[[object, Project, Collection[int]], set[int]]
veils: list[Veil] = []
"""Of which comments somebody must not learn yet what is predicted. Apps that know of such people add theirs; see `veiled_comments`."""

ScoreVeil = Callable[[object, Project], bool]
score_veils: list[ScoreVeil] = []
"""Who could learn it from the scoring of texts; see `is_scoring_veiled`."""


def veiled_comments(user: object, project: Project, comments: Collection[int]) -> set[int]:
    """Of these comments (by id); asked of a whole page at once."""
    return {pk for veil in veils for pk in veil(user, project, comments)}


def is_veiled(user: object, prediction: Prediction) -> bool:
    return bool(veiled_comments(user, prediction.version.project, [prediction.comment_id]))


def is_scoring_veiled(user: object, project: Project) -> bool:
    return any(veil(user, project) for veil in score_veils)


def role_in(user: object, project: Project) -> str | None:
    """The user's role in the project, or None when they are not a member."""
    if not getattr(user, "is_authenticated", False):
        return None
    return Membership.objects.filter(user=user, project=project).values_list("role", flat=True).first()


def has_role(user: object, project: Project, at_least: str) -> bool:
    role = role_in(user, project)
    return role is not None and RANKS[role] >= RANKS[at_least]


def project_for(user: object, slug: str, at_least: str = Role.ANNOTATOR) -> Project:
    """The project, if the user is a member with that role.

    Raises:
        Http404: no such project, or the user is not a member: outsiders do not learn that it exists.
        PermissionDenied: a member whose role is too low.
    """
    projects = Project.objects.select_related("champion").defer("champion__loss_steps", "champion__manifest")
    project = projects.filter(slug=slug).first()
    role = role_in(user, project) if project else None
    if project is None or role is None:
        raise Http404(_("No such project."))
    if RANKS[role] < RANKS[at_least]:
        raise PermissionDenied(_("This page is for the role %(role)s and above.") % {"role": at_least})
    return project


def explained_prediction(user: object, pk: int, slug: str = "") -> Prediction:
    """The prediction, if the user may see what it rests on; of the project `slug`, if one is named.

    Annotators see the pool only: what the model says of gate and test comments is not theirs to learn.

    Raises:
        Http404: there is none for them.
        VeiledError: they have to say first which level they would give.
    """
    related = Prediction.objects.select_related("comment__dataset", "version__project").defer("version__loss_steps", "version__manifest")
    prediction = get_object_or_404(related.filter(version__project__slug=slug) if slug else related, pk=pk)
    at_least = Role.ANNOTATOR if prediction.comment.split == Split.POOL else Role.LEAD
    if not has_role(user, prediction.version.project, at_least):
        raise Http404(_("No such prediction."))
    if is_veiled(user, prediction):
        raise VeiledError(_("Say which level you would give first: this comment is asked about before its prediction is shown."))
    return prediction
