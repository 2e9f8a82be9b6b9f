"""One answer, and the item after the next: what an annotator's page asks for at every answer, in one transaction."""

from collections.abc import Callable

from django.db import connection, transaction
from django.utils import timezone

from feedback.pipeline.assign import PLACES, SLOTS, claim, lease_from

HELD = f"""
SELECT id, slot, shown_at FROM {PLACES} WHERE round_id = %s AND annotator_id = %s AND state = 'claimed' ORDER BY shown_at IS NULL, claimed_at, id
"""  # noqa: S608 - table names of our own models only

# What waited behind stands in front now. When it was handed out stays: the page may have shown it long before the server hears of that.
FORWARD = f"UPDATE {PLACES} SET shown_at = %s, lease_expires_at = %s WHERE id = %s AND annotator_id = %s AND state = 'claimed'"  # noqa: S608

Held = tuple[int | None, int | None]
"""Ids of the place in front of an annotator, and of the one behind it."""


def and_go_on(store: Callable[[], object], *, round_id: int, annotator_id: int, milder: bool = False) -> Held:
    """Call `store`, which ends the place in front; then the next comes forward, and another is claimed behind it. All of it or nothing:
    raises what `store` raises."""
    with transaction.atomic():
        store()
        return _go_on(round_id, annotator_id, milder)


def _go_on(round_id: int, annotator_id: int, milder: bool) -> Held:
    with connection.cursor() as cursor:
        cursor.execute(HELD, [round_id, annotator_id])
        held = cursor.fetchall()
        if held and held[0][2] is None:
            now, adapt = timezone.now(), connection.ops.adapt_datetimefield_value
            cursor.execute(FORWARD, [adapt(now), adapt(lease_from(now)), held[0][0], annotator_id])
    if len(held) == len(SLOTS):
        # Nothing ended: it was the same answer again.
        return held[0][0], held[1][0]
    if held:
        ((front, slot, _),) = held
        return front, claim(round_id, annotator_id, slot=1 - slot, in_front=False, milder=milder)
    front = claim(round_id, annotator_id, slot=SLOTS[0], in_front=True, milder=milder)
    return front, front and claim(round_id, annotator_id, slot=SLOTS[1], in_front=False, milder=milder)
