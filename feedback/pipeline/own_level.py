"""Blind first: an annotator's own level, stored before they see what the model says."""

import hashlib
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from feedback.errors import OwnLevelError, UnknownPlaceError
from feedback.models import Annotator, Assignment
from feedback.pipeline.assign import FRONT_FIRST
from modeling import ledger
from modeling.labels import LEVELS


def say_own_level(*, assignment_id: int, annotator: Annotator, level: str) -> Assignment:
    """Store it with its ledger entry. Said again, it changes nothing: what was said before the prediction was seen stands.

    Raises:
        OwnLevelError: there is no such level.
        UnknownPlaceError: this annotator does not hold the place, or its prediction is not hidden.
    """
    if level not in LEVELS:
        raise OwnLevelError(_("Choose one of the three levels."))
    with transaction.atomic():
        # All that they hold, though one is meant: the answer before it may still be on its way, and takes this place after its own.
        mine = Assignment.objects.filter(annotator=annotator, state=Assignment.State.CLAIMED)
        # "round" would sort by the round's number, and so lock the round too, which the answer before holds already.
        held = mine.select_for_update(of=("self",)).order_by("round_id", *FRONT_FIRST)
        place = next((one for one in held if one.pk == assignment_id and one.blind), None)
        if place is None:
            raise UnknownPlaceError(_("You do not hold this item any more, or its prediction was never hidden. Ask for the next one."))
        if not place.own_level:
            _store(place, level, annotator)
    return place


def _store(place: Assignment, level: str, annotator: Annotator) -> None:
    place.own_level, place.own_level_key = level, uuid4()
    place.save(update_fields=["own_level", "own_level_key"])
    # The random key goes in, so that the level cannot be guessed from the hash.
    digest = hashlib.sha256(f"{place.own_level_key}:{level}".encode()).hexdigest()
    payload = {"place": place.pk, "own_level_sha256": digest}
    ledger.append(actor=annotator.user, action="annotation.own_level", subject=f"place {place.pk}", payload=payload)
