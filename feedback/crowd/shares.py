"""A share with its interval, or none where there is too little to tell. Pure Python and numpy."""

import math
from dataclasses import dataclass

from feedback.crowd.estimates import wilson


@dataclass(frozen=True)
class Share:
    """`count` of `n`; `value`, `low` and `high` (95 %, Wilson 1927) are None below the number that it needs."""

    count: int
    n: int
    value: float | None
    low: float | None
    high: float | None

    @property
    def interval(self) -> tuple[float, float, float] | None:
        """(value, low, high)."""
        if self.value is None or self.low is None or self.high is None:
            return None
        return self.value, self.low, self.high


@dataclass(frozen=True)
class Difference:
    """Of two shares; None where either has none."""

    value: float | None
    low: float | None
    high: float | None


def share_of(count: int, n: int, *, needs: int) -> Share:
    if n < max(1, needs):
        return Share(count, n, None, None, None)
    low, high = wilson(count / n, n)
    return Share(count, n, count / n, low, high)


def difference(first: Share, second: Share) -> Difference:
    """`first` - `second`, of independent samples: Newcombe's hybrid score interval. Source: Newcombe 1998, Statistics in Medicine 17, method 10."""
    if first.interval is None or second.interval is None:
        return Difference(None, None, None)
    (one, one_low, one_high), (other, other_low, other_high) = first.interval, second.interval
    value = one - other
    return Difference(value, value - math.hypot(one - one_low, other_high - other), value + math.hypot(one_high - one, other - other_low))
