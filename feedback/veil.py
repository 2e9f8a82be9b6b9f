"""Blind first, beyond the page: whoever is to say a level of their own learns from no other address what the model says."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from feedback.models import AnnotationItem, AnnotationRound, Assignment
from modeling.access import has_role
from modeling.models import Prediction, Project, Role


def hides(user: object, prediction: Prediction) -> bool:
    """Of a comment in an open round with hidden predictions: from who holds it blind, and from annotators until they have met it in sight or
    have said their own level, since they could look ahead. Every version's prediction of it."""
    items = AnnotationItem.objects.filter(comment=prediction.comment_id, round__in=_blind_rounds(prediction.version.project))
    mine = Assignment.objects.filter(item=OuterRef("pk"), annotator__user=user)
    if items.filter(Exists(mine.filter(blind=True, own_level="", state=Assignment.State.CLAIMED))).exists():
        return True
    in_sight = mine.filter(Q(blind=False) | ~Q(own_level=""))
    return items.exclude(Exists(in_sight)).exists() and not has_role(user, prediction.version.project, Role.LEAD)


def hides_scores(user: object, project: Project) -> bool:
    """From people at work in such a round; a program that merely scores texts takes no places."""
    return Assignment.objects.filter(round__in=_blind_rounds(project), annotator__user=user).exists()


def _blind_rounds(project: Project) -> QuerySet[AnnotationRound]:
    return AnnotationRound.objects.filter(project=project, state=AnnotationRound.State.OPEN, blind_share__gt=0)


def hidden_rounds(user: object, project: Project) -> list[int]:
    """Of which this reader is shown no figures yet: open ones with hidden predictions in which they are at work."""
    mine = Assignment.objects.filter(round=OuterRef("pk"), annotator__user=user)
    return list(_blind_rounds(project).filter(Exists(mine)).values_list("pk", flat=True))
