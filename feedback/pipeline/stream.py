"""One answer, and the item after the next: what an annotator's page asks for at every answer, in one transaction."""

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from feedback.pipeline.assign import PARTS, PLACES, SLOTS, claim, lease_from
from feedback.pipeline.purposes import Shares

HELD = f"""
SELECT id, slot, shown_at, (SELECT paused_at FROM {PARTS} part WHERE part.round_id = %(round)s AND part.annotator_id = %(annotator)s)
FROM {PLACES} WHERE round_id = %(round)s AND annotator_id = %(annotator)s AND state = 'claimed' ORDER BY shown_at IS NULL, claimed_at, id
"""  # noqa: S608 - table names of our own models only

# What waited behind stands in front now. When it was handed out stays: the page may have shown it long before the server hears of that.
FORWARD = f"UPDATE {PLACES} SET shown_at = %s, lease_expires_at = %s WHERE id = %s AND annotator_id = %s AND state = 'claimed'"  # noqa: S608 - our own table

Held = tuple[int | None, int | None]
"""Ids of the place in front of an annotator, and of the one behind it."""


def and_go_on(store: Callable[[], object], *, round_id: int, annotator_id: int, milder: bool = False, shares: Shares | None = None) -> Held:
    """Call `store`, which ends the place in front; then the next comes forward, and another is claimed behind it. All of it or nothing:
    raises what `store` raises. To who is paused by it nothing comes."""
    with transaction.atomic():
        store()
        return _go_on(round_id, annotator_id, {"milder": milder, "shares": shares})


def _go_on(round_id: int, annotator_id: int, wanted: dict[str, Any]) -> Held:
    with connection.cursor() as cursor:
        cursor.execute(HELD, {"round": round_id, "annotator": annotator_id})
        held = [(pk, slot, shown_at) for pk, slot, shown_at, paused_at in cursor.fetchall() if paused_at is None]
        if held and held[0][2] is None:
            now, adapt = timezone.now(), connection.ops.adapt_datetimefield_value
            cursor.execute(FORWARD, [adapt(now), adapt(lease_from(now)), held[0][0], annotator_id])
    if len(held) == len(SLOTS):
        # Nothing ended: it was the same answer again.
        return held[0][0], held[1][0]
    if held:
        ((front, slot, _),) = held
        return front, claim(round_id, annotator_id, slot=1 - slot, in_front=False, after=front, **wanted)
    front = claim(round_id, annotator_id, slot=SLOTS[0], in_front=True, **wanted)
    return front, front and claim(round_id, annotator_id, slot=SLOTS[1], in_front=False, after=front, **wanted)
