"""Everybody who works in a round, one line each: for leads. Five statements, however many people."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, Max, Q

from feedback.models import Annotation, AnnotationRound, Annotator, Assignment, Participation
from feedback.quality import NOTHING, Quality, quality_by_person

LONGEST_ANSWER = 300
"""Seconds. Longer than that, somebody was away from the desk."""


@dataclass(frozen=True)
class PersonLine:
    """`panel`: for which they answer in this round. `seconds`: mean per answer, None without any. `reports`: share that reports a bias."""

    annotator: int
    name: str
    panel: str
    answers: int
    seconds: float | None
    reports: float
    last_at: datetime | None
    held: int
    skipped: int
    flagged: int
    paused_at: datetime | None
    quality: Quality
    simulated: bool


SORTS: dict[str, Callable[[PersonLine], Any]] = {
    "name": lambda line: line.name.lower(),
    "panel": lambda line: (line.panel.lower(), line.name.lower()),
    "answers": lambda line: -line.answers,
    "pace": lambda line: (line.seconds is None, line.seconds or 0),
    "last": lambda line: -line.last_at.timestamp() if line.last_at else 0,
    "skipped": lambda line: -line.skipped,
    "known": lambda line: (line.quality.gold_accuracy.value is None, line.quality.gold_accuracy.value or 0),
}
"""What one looks for first comes first: the busiest, the fastest, who misses most known answers."""

STATES: dict[str, Callable[[PersonLine], bool]] = {
    "": lambda line: True,
    "paused": lambda line: line.paused_at is not None,
    "holding": lambda line: line.held > 0,
    "idle": lambda line: line.held == 0 and line.paused_at is None,
}


def people_of(round: AnnotationRound, *, panel: str = "", state: str = "", sort: str = "answers") -> list[PersonLine]:
    """Unknown filters and orders count as none."""
    lines = [line for line in _lines(round) if panel in ("", line.panel) and STATES.get(state, STATES[""])(line)]
    return sorted(lines, key=SORTS.get(sort, SORTS["answers"]))


def _lines(round: AnnotationRound) -> list[PersonLine]:
    said = _answers(round)
    places = _places(round)
    parts = {part.annotator_id: part for part in Participation.objects.filter(round=round).select_related("panel")}
    quality = quality_by_person(round)
    people = Annotator.objects.filter(pk__in=said.keys() | places.keys() | parts.keys()).select_related("user", "panel")
    return [_line(who, said.get(who.pk, {}), places.get(who.pk, {}), parts.get(who.pk), quality.get(who.pk, NOTHING)) for who in people]


def _answers(round: AnnotationRound) -> dict[int, dict[str, Any]]:
    timed = Q(seconds__gt=0, seconds__lt=LONGEST_ANSWER)
    rows = Annotation.objects.filter(item__round=round).order_by().values("annotator")
    counted = {"answers": Count("pk"), "mean": Avg("seconds", filter=timed), "last": Max("created_at"), "reports": Count("pk", filter=Q(biased=True))}
    return {row["annotator"]: row for row in rows.annotate(**counted)}


def _places(round: AnnotationRound) -> dict[int, dict[str, int]]:
    state = Assignment.State
    rows = Assignment.objects.filter(round=round, annotator__isnull=False).exclude(state=state.DONE).order_by().values("annotator")
    of_state = {"held": Q(state=state.CLAIMED), "skipped": Q(state=state.SKIPPED), "flagged": Q(flagged=True)}
    counted = {name: Count("pk", filter=which) for name, which in of_state.items()}
    return {row["annotator"]: row for row in rows.annotate(**counted)}


def _line(who: Annotator, said: dict[str, Any], places: dict[str, int], part: Participation | None, quality: Quality) -> PersonLine:
    answers = said.get("answers", 0)
    return PersonLine(
        annotator=who.pk,
        name=who.user.get_username(),
        panel=part.panel.name if part and part.panel else who.panel.name,
        answers=answers,
        seconds=said.get("mean"),
        reports=said["reports"] / answers if answers else 0.0,
        last_at=said.get("last"),
        held=places.get("held", 0),
        skipped=places.get("skipped", 0),
        flagged=places.get("flagged", 0),
        paused_at=part.paused_at if part else None,
        quality=quality,
        simulated=who.simulated,
    )
