"""Pause somebody whose answers a sequential test worries about, hear what they say to it, and let a lead decide. Nothing that they answered
is lost by it."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from feedback.crowd.pausing import KNOWN_ANSWERS, SPEED, weigh
from feedback.errors import PauseError
from feedback.models import Annotation, Annotator, Participation, Pause
from feedback.quality import gold_outcomes
from modeling import ledger

if TYPE_CHECKING:
    from django.contrib.auth.models import User

WEIGHED = 400
"""Newest answers that the test on speed looks at."""

TEXT_LENGTH = 2000


def pause_if_due(*, round_id: int, round_number: int, annotator: Annotator, time_floor: float) -> Pause | None:
    """Called in the transaction of an answer that speaks against its annotator: no other could be the one that lets them pause, so that
    the test costs nothing as long as all goes well. Answers before a pause that was lifted count no more."""
    part, _ = Participation.objects.get_or_create(round_id=round_id, annotator=annotator)
    if part.paused_at is not None:
        return None
    answers = Annotation.of_any_purpose.filter(annotator=annotator, item__round=round_id)
    if since := _last_lifted(part):
        answers = answers.filter(created_at__gt=since)
    # Scripts are fast by nature.
    is_timed = time_floor and not part.round.simulated
    newest = answers.order_by("-pk").values_list("seconds", flat=True)[:WEIGHED] if is_timed else []
    missed = weigh(gold_outcomes(answers), KNOWN_ANSWERS)
    fast = weigh([seconds < time_floor for seconds in reversed(newest)], SPEED)
    for kind, found in ((Pause.Kind.KNOWN_ANSWERS, missed), (Pause.Kind.SPEED, fast)):
        if found.pauses:
            pause = Pause(participation=part, kind=kind, bad=found.bad, count=found.count, time_floor=time_floor)
            return _begin(pause, annotator, round_number)
    return None


def appeal(*, pause: Pause, text: str) -> Pause:
    """What the annotator says to it, once, until a lead has decided.

    Raises:
        PauseError: it says nothing or too much, was said before, or is decided.
    """
    words = _words(text)
    if not words:
        raise PauseError(gettext("Say in a few words why you should go on."))
    with transaction.atomic():
        waiting = Pause.objects.filter(pk=pause.pk, decision="", appealed_at=None)
        if not waiting.update(appeal=words, appealed_at=timezone.now()):
            raise PauseError(gettext("You have answered to this pause already, or a lead has decided. What was said is kept."))
        part = pause.participation
        ledger.append(actor=part.annotator.user, action="pause.appealed", subject=_subject(part.annotator_id), payload={"pause": pause.pk})
    pause.refresh_from_db()
    return pause


def decide(*, pause: Pause, decision: str, reply: str = "", by: "User") -> Pause:
    """Lift it, and the count starts anew, or uphold it. One that was upheld may be lifted later.

    Raises:
        PauseError: there is no such decision, it is lifted already, or the reply is too long.
    """
    if decision not in Pause.Decision.values:
        raise PauseError(gettext("Choose whether to lift the pause or to uphold it."))
    words = _words(reply)
    with transaction.atomic():
        standing = Pause.objects.filter(pk=pause.pk).exclude(decision__in=[Pause.Decision.LIFTED, decision])
        made = {"decision": decision, "reply": words, "decided_by": by, "decided_at": timezone.now()}
        if not standing.update(**made):
            raise PauseError(gettext("This pause has been decided so already."))
        if decision == Pause.Decision.LIFTED:
            Participation.objects.filter(pk=pause.participation_id).update(paused_at=None)
        subject = _subject(pause.participation.annotator_id)
        ledger.append(actor=by, action=f"pause.{decision}", subject=subject, payload={"pause": pause.pk})
    pause.refresh_from_db()
    return pause


def pause_to_tell(part: Participation) -> Pause | None:
    """The one that stands, or the one that was lifted since the annotator answered last."""
    newest = Pause.objects.filter(participation=part).first()
    if newest is None or newest.is_standing:
        return newest
    was_told = part.last_answered_at and newest.decided_at and part.last_answered_at > newest.decided_at
    return None if was_told else newest


def _begin(pause: Pause, annotator: Annotator, round_number: int) -> Pause | None:
    if not Participation.objects.filter(pk=pause.participation_id, paused_at=None).update(paused_at=pause.began_at):
        return None
    pause.save()
    payload = {"round": round_number, "pause": pause.pk, "kind": str(pause.kind), "bad": pause.bad, "count": pause.count}
    ledger.append(actor="system", action="pause.began", subject=_subject(annotator.pk), payload=payload)
    return pause


def _last_lifted(part: Participation) -> datetime | None:
    lifted = Pause.objects.filter(participation=part, decision=Pause.Decision.LIFTED)
    return lifted.order_by("-decided_at").values_list("decided_at", flat=True).first()


def _words(text: str) -> str:
    """As it is kept: a form sends two characters for the end of each line."""
    words = text.strip().replace("\r\n", "\n")
    if len(words) > TEXT_LENGTH:
        raise PauseError(gettext("Keep it below %(most)s characters. Nothing was changed.") % {"most": f"{TEXT_LENGTH:,}"})
    return words


def _subject(annotator_id: int) -> str:
    return f"annotator {annotator_id}"
