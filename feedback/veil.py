"""Blind first, beyond the page: whoever is to say a level of their own learns from no other address what the model says."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from feedback.models import AnnotationItem, AnnotationRound, Assignment
from modeling.access import has_role
from modeling.models import Project, Role


def hides(user: object, project: Project, comments: Collection[int]) -> set[int]:
    """Of these comments those in an open round with hidden predictions: from who holds them blind, and from annotators until they have met them
    in sight or have said their own level, since they could look ahead. Every version's prediction of them."""
    items = AnnotationItem.objects.filter(comment__in=comments, round__in=_blind_rounds(project))
    mine = Assignment.objects.filter(item=OuterRef("pk"), annotator__user=user)
    is_held = Exists(mine.filter(blind=True, own_level="", state=Assignment.State.CLAIMED))
    is_met = Exists(mine.filter(Q(blind=False) | ~Q(own_level="")))
    found = list(items.annotate(is_held=is_held, is_met=is_met).values_list("comment_id", "is_held", "is_met"))
    held, unmet = {pk for pk, is_held, _ in found if is_held}, {pk for pk, _, is_met in found if not is_met}
    return held if unmet <= held or has_role(user, project, Role.LEAD) else held | unmet


def hides_scores(user: object, project: Project) -> bool:
    """From people at work in such a round; a program that merely scores texts takes no places."""
    return Assignment.objects.filter(round__in=_blind_rounds(project), annotator__user=user).exists()


def _blind_rounds(project: Project) -> QuerySet[AnnotationRound]:
    return AnnotationRound.objects.filter(project=project, state=AnnotationRound.State.OPEN, blind_share__gt=0)


def hidden_rounds(user: object, project: Project) -> list[int]:
    """Of which this reader is shown no figures yet: open ones with hidden predictions in which they are at work."""
    mine = Assignment.objects.filter(round=OuterRef("pk"), annotator__user=user)
    return list(_blind_rounds(project).filter(Exists(mine)).values_list("pk", flat=True))
