"""A share with its interval, or none where there is too little to tell. Pure Python and numpy."""

import math
from collections.abc import Sequence
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


def standardised(strata: Sequence[tuple[Share, Share]], *, needs: int) -> tuple[Share, Share]:
    """Two shares over several strata, told as if both had the same part of each, so that their difference is none between strata.

    The weight of a stratum is n1 n0 / (n1 + n0), after Mantel and Haenszel (1959): of a difference of shares. Strata with one side alone have
    none, and are left out. Wilson's interval with the number of answers that has the variance of the weighted share where all strata are
    alike: exact for one stratum, on the safe side where they differ. `count`, `n`: plain sums.
    """
    both = [pair for pair in strata if pair[0].n and pair[1].n]
    weights = [first.n * second.n / (first.n + second.n) for first, second in both]
    first, second = ([pair[side] for pair in both] for side in (0, 1))
    return _weighted(first, weights, needs), _weighted(second, weights, needs)


def _weighted(shares: Sequence[Share], weights: Sequence[float], needs: int) -> Share:
    count, n = sum(share.count for share in shares), sum(share.n for share in shares)
    if n < max(1, needs):
        return Share(count, n, None, None, None)
    parts = [weight / sum(weights) for weight in weights]
    value = sum(part * share.count / share.n for part, share in zip(parts, shares, strict=True))
    worth = 1 / sum(part**2 / share.n for part, share in zip(parts, shares, strict=True))
    return Share(count, n, value, *wilson(min(1.0, value), worth))


def difference(first: Share, second: Share) -> Difference:
    """`first` - `second`, of independent samples: Newcombe's hybrid score interval. Source: Newcombe 1998, Statistics in Medicine 17, method 10."""
    if first.interval is None or second.interval is None:
        return Difference(None, None, None)
    (one, one_low, one_high), (other, other_low, other_high) = first.interval, second.interval
    value = one - other
    return Difference(value, value - math.hypot(one - one_low, other_high - other), value + math.hypot(one_high - one, other - other_low))
