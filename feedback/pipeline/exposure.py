"""What is written down of somebody's reading and breaks, and of what they ask for: milder comments, or to stop."""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from feedback.exposure import BREAK, MILD_BELOW, RESTED, points_of
from feedback.models import Annotator, Assignment, Participation
from feedback.pipeline.assign import set_free

MILDER_FOR = timedelta(minutes=20)

# One statement, since it runs at every answer and skip. Without a row (a script by the API) it changes nothing.
NOTE = f"""
UPDATE {Participation._meta.db_table} SET
    exposure = CASE WHEN last_answered_at >= %(rested)s THEN exposure ELSE 0 END + %(points)s,
    session_started_at = CASE WHEN last_answered_at >= %(rested)s AND session_started_at IS NOT NULL THEN session_started_at ELSE %(now)s END,
    break_started_at = CASE WHEN last_answered_at >= %(rested)s THEN break_started_at ELSE NULL END,
    last_answered_at = %(now)s
WHERE round_id = %(round)s AND annotator_id = %(annotator)s
"""  # noqa: S608 - table names of our own models only


def note_exposure(*, round_id: int, annotator_id: int, score: float, severity: int | None, at: datetime) -> None:
    adapt = connection.ops.adapt_datetimefield_value
    values = {"points": points_of(score, severity), "now": adapt(at), "rested": adapt(at - RESTED), "round": round_id, "annotator": annotator_id}
    with connection.cursor() as cursor:
        cursor.execute(NOTE, values)


def propose_break(participation: Participation) -> datetime:
    """Since when it has been proposed."""
    now = timezone.now()
    Participation.objects.filter(pk=participation.pk, break_started_at=None).update(break_started_at=now)
    participation.refresh_from_db(fields=["break_started_at"])
    return participation.break_started_at or now


def end_break(participation: Participation) -> None:
    """A new session, if a break was proposed. Coming back before it was over is counted, for the lead to see that a round asks too much: as a
    number, no more."""
    now = timezone.now()
    proposed = participation.break_started_at
    if proposed is None:
        return
    passed = participation.breaks_passed + (1 if now - proposed < BREAK else 0)
    fresh = {"exposure": 0, "session_started_at": now, "last_answered_at": now, "break_started_at": None, "breaks_passed": passed}
    # On condition of what was read, so that a double click counts once.
    Participation.objects.filter(pk=participation.pk, break_started_at=proposed).update(**fresh)


def show_milder(*, participation: Participation, is_wanted: bool) -> None:
    """For a while only comments below `MILD_BELOW`; what is held and above goes back. The draw and its inclusion probabilities stay as they
    are: whose turn it is decides who reads a comment, not whether it is read, since the others get the rest."""
    until = timezone.now() + MILDER_FOR if is_wanted else None
    Participation.objects.filter(pk=participation.pk).update(milder_until=until)
    participation.milder_until = until
    if is_wanted:
        held = _held(participation.annotator_id, participation.round_id).filter(item__prediction__score__gte=MILD_BELOW)
        set_free(Assignment.objects.filter(pk__in=list(held.values_list("pk", flat=True)), state=Assignment.State.CLAIMED))


def give_back(*, annotator: Annotator, round_id: int) -> int:
    """Whoever stops holds nothing that others wait for. Returns how many places."""
    return set_free(_held(annotator.pk, round_id))


def _held(annotator_id: int, round_id: int) -> QuerySet[Assignment]:
    return Assignment.objects.filter(round=round_id, annotator=annotator_id, state=Assignment.State.CLAIMED)
