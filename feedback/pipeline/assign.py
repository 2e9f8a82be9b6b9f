"""Give an annotator the next item: one statement, so that no two people are ever handed the same place."""

from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from feedback.access import require_panel
from feedback.errors import RoundClosedError
from feedback.models import AnnotationRound, Annotator, Assignment

LEASE = timedelta(minutes=15)

PLACES = Assignment._meta.db_table
ROUNDS = AnnotationRound._meta.db_table

# {skip_locked}: on PostgreSQL concurrent claims pass over each other's rows; on SQLite the write lock serialises them, and the
# outer `state = 'free'` makes a late one find nothing instead of taking a place twice.
CLAIM = f"""
UPDATE {PLACES} SET state = 'claimed', annotator_id = %(annotator)s, claimed_at = %(now)s, lease_expires_at = %(until)s
WHERE state = 'free' AND id = (
    SELECT place.id FROM {PLACES} place
    WHERE place.round_id = %(round)s AND place.state = 'free'
      AND NOT EXISTS (SELECT 1 FROM {PLACES} own WHERE own.item_id = place.item_id AND own.annotator_id = %(annotator)s)
      AND EXISTS (SELECT 1 FROM {ROUNDS} round WHERE round.id = place.round_id AND round.state = 'open')
    ORDER BY place.rank, place.id LIMIT 1 {{skip_locked}}
)
RETURNING id
"""  # noqa: S608 - table names of our own models only


def claim_next(*, round: AnnotationRound, annotator: Annotator) -> Assignment | None:
    """The place that this annotator holds, with a fresh lease; else the next free one; None when nothing is left for them.

    Raises:
        RoundClosedError: the round takes no more answers.
        NotOnPanelError: the round is for other panels.
    """
    require_open(round)
    require_panel(annotator, round)
    if held := _held(round, annotator):
        return held
    claimed = _claim(round, annotator)
    if claimed is None and release_expired(round=round):
        claimed = _claim(round, annotator)
    return claimed


def release_expired(*, round: AnnotationRound | None = None) -> int:
    """Give places whose lease has run out back, in one round or in every open one. Returns how many."""
    is_open = AnnotationRound.objects.filter(pk=OuterRef("round_id"), state=AnnotationRound.State.OPEN)
    places = Assignment.objects.filter(Exists(is_open), state=Assignment.State.CLAIMED, lease_expires_at__lt=timezone.now())
    if round is not None:
        places = places.filter(round=round)
    return places.update(state=Assignment.State.FREE, annotator=None, claimed_at=None, lease_expires_at=None)


def require_open(round: AnnotationRound) -> None:
    state = AnnotationRound.objects.filter(pk=round.pk).values_list("state", flat=True).get()
    if state != AnnotationRound.State.OPEN:
        raise RoundClosedError(f"Round {round.number} is closed and takes no more answers. Everything that you answered is stored.")


def lease_from(now: datetime) -> datetime:
    return now + LEASE


def _held(round: AnnotationRound, annotator: Annotator) -> Assignment | None:
    """What this annotator holds, with a fresh lease. One that has run out is still theirs while nobody has taken it."""
    place = _with_item().filter(round=round, annotator=annotator, state=Assignment.State.CLAIMED).first()
    if place is None:
        return None
    now = timezone.now()
    if place.lease_expires_at is None or place.lease_expires_at < now:
        place.claimed_at = now
    place.lease_expires_at = lease_from(now)
    still_theirs = Assignment.objects.filter(pk=place.pk, annotator=annotator, state=Assignment.State.CLAIMED)
    return place if still_theirs.update(claimed_at=place.claimed_at, lease_expires_at=place.lease_expires_at) else None


def _claim(round: AnnotationRound, annotator: Annotator) -> Assignment | None:
    """The statement, run again once: two tabs of one annotator can collide on a unique constraint, and the loser then finds what
    the winner holds."""
    try:
        return _claim_once(round, annotator)
    except IntegrityError:
        if held := _held(round, annotator):
            return held
    try:
        return _claim_once(round, annotator)
    except IntegrityError:
        return _held(round, annotator)


def _claim_once(round: AnnotationRound, annotator: Annotator) -> Assignment | None:
    now = timezone.now()
    adapt = connection.ops.adapt_datetimefield_value
    values = {"annotator": annotator.pk, "round": round.pk, "now": adapt(now), "until": adapt(lease_from(now))}
    skip_locked = "FOR UPDATE OF place SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM.format(skip_locked=skip_locked), values)
        row = cursor.fetchone()
    return _with_item().get(pk=row[0]) if row else None


def _with_item() -> QuerySet[Assignment]:
    related = Assignment.objects.select_related("item__comment", "item__prediction__version", "round")
    # A version's manifest and losses are large, and this runs at every answer.
    return related.defer("item__prediction__version__manifest", "item__prediction__version__loss_steps")
