"""How much hard reading somebody has done in this session, and whether a break is due: from what their row says, without a query."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone

RESTED = timedelta(minutes=15)
"""Who has answered nothing for so long begins a new session: they had their break."""

BREAK = timedelta(minutes=5)
"""The break that is proposed. Coming back earlier is going on."""

MILD_BELOW = 0.3
"""Toxicity score up to which a comment counts as mild: where "low" ends among people's own levels."""


@dataclass(frozen=True)
class Exposure:
    """`share`: of the session's budget, None where the round has none. `is_due`: a break is proposed now."""

    share: float | None
    is_due: bool


def points_of(score: float, severity: int | None) -> float:
    """What one comment weighs: the model's toxicity score (0 to 1), and as much again where the reader calls the bias severe."""
    return score + (severity or 0) / 3


def exposure_of(*, points: float, started: datetime | None, last: datetime | None, budget: int, minutes: int) -> Exposure:
    """Zero after a rest. `budget` and `minutes`: 0 means that there is none."""
    now = timezone.now()
    if last is None or aware(last) < now - RESTED:
        return Exposure(0.0 if budget else None, is_due=False)
    is_long = bool(minutes) and started is not None and now - aware(started) >= timedelta(minutes=minutes)
    share = points / budget if budget else None
    return Exposure(None if share is None else min(1.0, share), is_due=is_long or (share is not None and share >= 1))


def soonest(of_round: int, own: int | None) -> int:
    """Minutes until a break: whichever comes first, the round's or the person's own; 0 where neither asks for one."""
    return min((minutes for minutes in (of_round, own) if minutes), default=0)


def is_milder(until: datetime | None) -> bool:
    return until is not None and aware(until) > timezone.now()


def aware(at: datetime) -> datetime:
    """SQLite gives times of a raw statement back without a zone, in UTC."""
    return at if timezone.is_aware(at) else at.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Care:
    """What the annotator's page says besides the item. `guidelines`: "", "new" or "changed", seen from this person."""

    exposure: Exposure
    guidelines: str
    is_milder: bool
    is_veiled: bool

    @property
    def percent(self) -> int | None:
        return None if self.exposure.share is None else round(100 * self.exposure.share)
