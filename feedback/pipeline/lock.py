"""The one order in which rows are locked: the project, then its round; the ledger comes last."""

from feedback.models import AnnotationRound
from modeling.models import Project


def lock_round(round: AnnotationRound) -> AnnotationRound:
    """As it is now, held until the transaction ends. Two locks that are taken in two orders stop each other for ever, so the project comes
    first, as everybody takes it who then writes to the ledger."""
    Project.objects.select_for_update().get(pk=round.project_id)
    return AnnotationRound.objects.select_for_update().get(pk=round.pk)
