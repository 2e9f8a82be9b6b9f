"""Blind first: an annotator's own level, stored before they see what the model says."""

import hashlib
from uuid import uuid4

from django.db import transaction

from feedback.errors import OwnLevelError, UnknownPlaceError
from feedback.models import Annotator, Assignment
from modeling import ledger
from modeling.labels import LEVELS


def say_own_level(*, assignment_id: int, annotator: Annotator, level: str) -> Assignment:
    """Store it with its ledger entry. Said again, it changes nothing: what was said before the prediction was seen stands.

    Raises:
        OwnLevelError: there is no such level.
        UnknownPlaceError: this annotator does not hold the place, or its prediction is not hidden.
    """
    if level not in LEVELS:
        raise OwnLevelError("Choose one of the three levels.")
    with transaction.atomic():
        held = Assignment.objects.filter(pk=assignment_id, annotator=annotator, state=Assignment.State.CLAIMED, blind=True)
        key = uuid4()
        if held.filter(own_level="").update(own_level=level, own_level_key=key):
            # The random key goes in, so that the level cannot be guessed from the hash.
            digest = hashlib.sha256(f"{key}:{level}".encode()).hexdigest()
            payload = {"place": assignment_id, "own_level_sha256": digest}
            ledger.append(actor=annotator.user, action="annotation.own_level", subject=f"place {assignment_id}", payload=payload)
        place = held.first()
    if place is None:
        raise UnknownPlaceError("You do not hold this item any more, or its prediction was never hidden. Ask for the next one.")
    return place
