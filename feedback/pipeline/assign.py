"""Give an annotator the next item, and the one that waits behind it: one statement each, so that no two people are ever handed the same
place."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from feedback.access import require_panel, require_qualified
from feedback.errors import PausedError, RoundClosedError
from feedback.exposure import MILD_BELOW
from feedback.models import AnnotationItem, AnnotationRound, Annotator, AnswersRead, Assignment, Participation, Purpose
from feedback.pipeline.purposes import Drawn, Shares, item_for, last_ended, shares_of
from modeling.models import Prediction

LEASE = timedelta(minutes=15)
SLOTS = (0, 1)
"""One place in front of the annotator and one behind it, which their page holds ready. Which slot is which does not matter."""

FREED: dict[str, Any] = {
    "state": Assignment.State.FREE,
    "annotator": None,
    "slot": None,
    "claimed_at": None,
    "shown_at": None,
    "lease_expires_at": None,
    "taken_back": None,
    "blind": False,
    "own_level": "",
    "own_level_key": None,
}
"""Of a place of the sample that goes back to everybody: `set_free` does it."""

SAMPLED = Drawn(Purpose.SAMPLE, is_blind=False, lot=0)

FRONT_FIRST = (F("shown_at").asc(nulls_last=True), "claimed_at", "pk")
"""Order of the places that somebody holds, and in which whoever needs both locks them: an answer takes the one in front, then the one behind."""

PLACES = Assignment._meta.db_table
ROUNDS = AnnotationRound._meta.db_table
PARTS = Participation._meta.db_table
PEOPLE = Annotator._meta.db_table
READ = AnswersRead._meta.db_table

# Nobody is asked about an item of which they have read what others say (`seen`).
# {skip_locked}: on PostgreSQL concurrent claims pass over each other's rows; on SQLite the write lock serialises them, and the
# outer `state = 'free'` makes a late one find nothing instead of taking a place twice.
CLAIM = f"""
UPDATE {PLACES} SET state = 'claimed', annotator_id = %(annotator)s, slot = %(slot)s,
    claimed_at = %(now)s, shown_at = %(shown)s, lease_expires_at = %(until)s, blind = %(blind)s
WHERE state = 'free' AND id = (
    SELECT place.id FROM {PLACES} place
    WHERE place.round_id = %(round)s AND place.state = 'free'
      AND NOT EXISTS (SELECT 1 FROM {PLACES} own WHERE own.item_id = place.item_id AND own.annotator_id = %(annotator)s)
      AND NOT EXISTS (SELECT 1 FROM {READ} seen JOIN {PEOPLE} me ON me.user_id = seen.by_id
                      WHERE seen.item_id = place.item_id AND me.id = %(annotator)s)
      AND EXISTS (SELECT 1 FROM {ROUNDS} round WHERE round.id = place.round_id AND round.state = 'open')
      AND NOT EXISTS (SELECT 1 FROM {PARTS} part WHERE part.round_id = %(round)s AND part.annotator_id = %(annotator)s AND part.paused_at IS NOT NULL)
      {{milder}}
    ORDER BY place.rank, place.id LIMIT 1 {{skip_locked}}
)
RETURNING id
"""  # noqa: S608 - table names of our own models only

MILDER = f"""
AND EXISTS (
    SELECT 1 FROM {AnnotationItem._meta.db_table} item JOIN {Prediction._meta.db_table} prediction ON prediction.id = item.prediction_id
    WHERE item.id = place.item_id AND prediction.score < {MILD_BELOW}
)"""  # noqa: S608 - table names and a number of our own
"""Milder comments for a while. Whose turn it is decides who reads a comment, not whether it is read, since the others get the rest: the draw
and its inclusion probabilities stay as they are."""


def claim_next(*, round: AnnotationRound, annotator: Annotator, milder: bool = False) -> Assignment | None:
    """The place in front of this annotator, with a fresh lease; else the next free one; None when nothing is left for them.

    Raises:
        RoundClosedError: the round takes no more answers.
        NotOnPanelError: the round is for other panels.
        NotQualifiedError: they have not passed its practice comments yet.
        PausedError: a lead is to look at how they answer first.
    """
    _require_may_answer(round, annotator)
    require_panel(annotator, round)
    require_qualified(annotator, round)
    wanted: dict[str, Any] = {"slot": SLOTS[0], "in_front": True, "milder": milder, "shares": Shares.of(round)}
    front = come_forward(round_id=round.pk, annotator_id=annotator.pk) or claim(round.pk, annotator.pk, **wanted)
    if front is None and release_expired(round=round):
        front = claim(round.pk, annotator.pk, **wanted)
    return None if front is None else _with_item().get(pk=front)


def claim_ahead(*, round_id: int, annotator_id: int, milder: bool = False) -> int | None:
    """The place that waits behind the one in front: what is held already, else the next free one; None when there is none.

    For pages that hold the next item ready. An annotator without a place in front gets one by `claim_next` first.
    """
    held = dict(_places_held(round_id, annotator_id))
    if len(held) == len(SLOTS):
        return list(held)[-1]
    free = [slot for slot in SLOTS if slot not in held.values()]
    return claim(round_id, annotator_id, slot=free[0], in_front=False, milder=milder, after=next(iter(held))) if held else None


def come_forward(*, round_id: int, annotator_id: int) -> int | None:
    """What this annotator holds in front, or else behind, now stands in front, with a fresh lease: its id. One whose lease has run out is
    still theirs while nobody has taken it; the time that it takes them counts anew then."""
    for pk in _held(round_id, annotator_id):
        now = timezone.now()
        mine = Assignment.objects.filter(pk=pk, annotator=annotator_id, state=Assignment.State.CLAIMED)
        was_in_time = mine.filter(shown_at__isnull=False, lease_expires_at__gte=now).update(lease_expires_at=lease_from(now))
        if was_in_time or mine.update(claimed_at=now, shown_at=now, lease_expires_at=lease_from(now)):
            return pk
    return None


def release_expired(*, round: AnnotationRound | None = None) -> int:
    """Give places whose lease has run out back, in one round or in every open one. Returns how many."""
    is_open = AnnotationRound.objects.filter(pk=OuterRef("round_id"), state=AnnotationRound.State.OPEN)
    places = Assignment.objects.filter(Exists(is_open), state=Assignment.State.CLAIMED, lease_expires_at__lt=timezone.now())
    if round is not None:
        places = places.filter(round=round)
    return set_free(places)


def set_free(held: QuerySet[Assignment]) -> int:
    """Places that are held without an answer go back to everybody; those outside the sample were for their annotator alone, and lapse.
    Returns how many."""
    lapsed = {"state": Assignment.State.LAPSED, "slot": None, "lease_expires_at": None}
    with transaction.atomic():
        locked = held.select_for_update().order_by("annotator_id", "round_id", *FRONT_FIRST)
        places = Assignment.objects.filter(pk__in=list(locked.values_list("pk", flat=True)))
        return places.filter(purpose=Purpose.SAMPLE).update(**FREED) + places.exclude(purpose=Purpose.SAMPLE).update(**lapsed)


def refuse_closed(state: str, number: int) -> None:
    if state != AnnotationRound.State.OPEN:
        told = gettext("Round %(number)s is closed and takes no more answers. Everything that you answered before is stored.")
        raise RoundClosedError(told % {"number": number})


def _require_may_answer(round: AnnotationRound, annotator: Annotator) -> None:
    paused = Participation.objects.filter(round=OuterRef("pk"), annotator=annotator, paused_at__isnull=False)
    state, is_paused = AnnotationRound.objects.filter(pk=round.pk).values_list("state", Exists(paused)).get()
    refuse_closed(state, round.number)
    if is_paused:
        raise PausedError(gettext("You are paused in this round: its page says why, and how to answer to that. All that you answered is stored."))


def lease_from(now: datetime) -> datetime:
    return now + LEASE


def _held(round_id: int, annotator_id: int) -> list[int]:
    """The one in front first."""
    return [pk for pk, _ in _places_held(round_id, annotator_id)]


def _places_held(round_id: int, annotator_id: int) -> QuerySet[Assignment, tuple[int, int]]:
    held = Assignment.objects.filter(round=round_id, annotator=annotator_id, state=Assignment.State.CLAIMED)
    return held.order_by(*FRONT_FIRST).values_list("pk", "slot")


def claim(
    round_id: int, annotator_id: int, *, slot: int, in_front: bool, milder: bool = False, shares: Shares | None = None, after: int | None = None
) -> int | None:
    """The next free place, or one outside the sample, into a slot that seems to be empty. Two tabs of one annotator can collide on it; the
    loser then finds what the winner holds. `shares`: of the round, where they are known already; `after`: the place that stands before it."""
    shares = shares or shares_of(round_id)
    drawn = shares.draw(annotator_id, after or last_ended(round_id, annotator_id)) if shares.any else SAMPLED
    try:
        with transaction.atomic():
            outside = None if milder else _claim_outside(drawn, round_id, annotator_id, slot, in_front)
            return outside or _claim_once(round_id, annotator_id, slot, in_front, milder, drawn.is_blind)
    except IntegrityError:
        return next(iter(_held(round_id, annotator_id)[0 if in_front else 1 :]), None)


def _claim_outside(drawn: Drawn, round_id: int, annotator_id: int, slot: int, in_front: bool) -> int | None:
    """A known item that was drawn too fills a free place of its own, as long as there is one."""
    found = item_for(drawn, round_id, annotator_id)
    if found is None:
        return None
    item, blind = found
    now = timezone.now()
    held: dict[str, Any] = {"annotator_id": annotator_id, "state": Assignment.State.CLAIMED, "slot": slot, "blind": blind}
    held |= {"claimed_at": now, "shown_at": now if in_front else None, "lease_expires_at": lease_from(now)}
    if drawn.purpose == Purpose.GOLD:
        free = Assignment.objects.filter(item=item, state=Assignment.State.FREE)
        pk = free.order_by("pk").values_list("pk", flat=True).first()
        if pk is not None and free.filter(pk=pk).update(**held):
            return pk
    rank = AnnotationItem.objects.values_list("rank", flat=True).get(pk=item)
    return Assignment.objects.create(item_id=item, round_id=round_id, rank=rank, purpose=drawn.purpose, **held).pk


def _claim_once(round_id: int, annotator_id: int, slot: int, in_front: bool, milder: bool, is_blind: bool) -> int | None:
    now = timezone.now()
    adapt = connection.ops.adapt_datetimefield_value
    values = {"annotator": annotator_id, "round": round_id, "slot": slot, "blind": is_blind}
    times = {"now": adapt(now), "shown": adapt(now) if in_front else None, "until": adapt(lease_from(now))}
    skip_locked = "FOR UPDATE OF place SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM.format(skip_locked=skip_locked, milder=MILDER if milder else ""), values | times)
        row = cursor.fetchone()
    return row[0] if row else None


def _with_item() -> QuerySet[Assignment]:
    related = Assignment.objects.select_related("item__comment", "item__prediction__version", "round")
    # A version's manifest and losses are large, and this runs at every answer.
    return related.defer("item__prediction__version__manifest", "item__prediction__version__loss_steps")
