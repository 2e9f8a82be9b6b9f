"""Give what a person holds back to everybody, and move a person to another panel."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext

from feedback.errors import InvalidRoundError, NothingToUndoError
from feedback.models import Annotation, AnnotationRound, Annotator, Assignment, Panel, Participation
from feedback.pipeline.assign import set_free
from modeling import ledger

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def give_back(*, round: AnnotationRound, annotator: Annotator, by: "User") -> int:
    """Free the places that a person holds in a round and has not answered, so that others get them. Gives back how many. What they
    answered stays, and they may go on: a page that is still open says that the item went to somebody else.

    Raises:
        NothingToUndoError: they hold nothing.
    """
    with transaction.atomic():
        held = Assignment.objects.filter(round=round, annotator=annotator, state=Assignment.State.CLAIMED)
        count = set_free(held)
        if not count:
            raise NothingToUndoError(gettext("They hold no item of this round, so there is nothing to give back."))
        ledger.append(actor=by, action="round.places_given_back", subject=round.ledger_subject, payload={"annotator": annotator.pk, "places": count})
    return count


def move_to_panel(*, annotator: Annotator, panel: Panel, by: "User") -> Annotator:
    """From now on they belong to another panel. In rounds that they have begun and whose labels are not frozen they keep the one for which
    they answered: half a round said in another name would be joined with the wrong people's.

    Raises:
        InvalidRoundError: the panel is of another project.
    """
    if panel.project_id != annotator.project_id:
        raise InvalidRoundError({"panel": gettext("Choose a panel of this project.")})
    with transaction.atomic():
        locked = Annotator.objects.select_for_update().get(pk=annotator.pk)
        if locked.panel_id == panel.pk:
            return locked
        for round_id in _begun(locked):
            kept, _ = Participation.objects.get_or_create(round_id=round_id, annotator=locked)
            Participation.objects.filter(pk=kept.pk, panel=None).update(panel=locked.panel_id)
        payload = {"annotator": locked.pk, "from": locked.panel.name, "to": panel.name}
        locked.panel = panel
        locked.save(update_fields=["panel"])
        ledger.append(actor=by, action="annotator.moved", subject=f"annotator {locked.pk}", payload=payload)
    annotator.refresh_from_db()
    return annotator


def panels_kept(round_id: int) -> dict[int, int]:
    """Annotator -> the panel for which they answered in a round, of people who were moved since."""
    return dict(Participation.objects.filter(round=round_id, panel__isnull=False).values_list("annotator", "panel"))


def _begun(annotator: Annotator) -> set[int]:
    """Rounds of which labels are still to come."""
    pending = Annotation.objects.filter(annotator=annotator, item__round__batch=None, item__round__settled_at=None)
    return set(pending.order_by().values_list("item__round", flat=True).distinct())
