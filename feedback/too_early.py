"""Items of an open round of which their reader must not learn yet what others and the model say: they may still be asked about them."""

from django.db.models import Exists, OuterRef, QuerySet

from feedback.models import AnnotationItem, AnnotationRound, Assignment, Purpose
from modeling.access import has_role
from modeling.models import Role

STILL_ASKED = (Assignment.State.FREE, Assignment.State.CLAIMED)
ENDED = (Assignment.State.DONE, Assignment.State.SKIPPED)


def too_early_for(reader: object, round: AnnotationRound) -> QuerySet[AnnotationItem]:
    """From everybody what they hold themselves; from whoever is not a lead also what waits for an answer, unless they gave or skipped theirs."""
    items = AnnotationItem.objects.filter(round=round).order_by()
    if round.state != AnnotationRound.State.OPEN:
        return items.none()
    places = Assignment.objects.filter(item=OuterRef("pk"))
    mine = places.filter(annotator__user=reader)
    is_held = Exists(mine.filter(state=Assignment.State.CLAIMED))
    if has_role(reader, round.project, Role.LEAD):
        return items.filter(is_held)
    waits = Exists(places.filter(purpose=Purpose.SAMPLE, state__in=STILL_ASKED))
    return items.filter(is_held | (waits & ~Exists(mine.filter(state__in=ENDED))))
