"""What a round says about the whole pool: shares weighted back by the inclusion probabilities, with an interval. numpy only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from feedback.crowd.inclusion import effective_n
from feedback.crowd.pool import Floats

MINIMUM_ITEMS = 10
Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Estimate:
    """`value` in [0, 1] with its 95 % interval, from `n` items; all nan below `MINIMUM_ITEMS`."""

    value: float
    low: float
    high: float
    n: int


def pool_share(y: ArrayLike, inclusion: ArrayLike, cluster: ArrayLike) -> Estimate:
    """The mean of `y` over all comments that could have been drawn, from the drawn ones. y: (n,) in [0, 1]; inclusion: (n,) chance of
    each to be drawn; cluster: (n,) family, whose members are no independent witnesses.

    Value: Hájek's `sum y / pi` over `sum 1 / pi`, which needs no more than that the answered items are a random part of the drawn.
    Interval: Wilson's with the sample size that has the variance of the linearised estimate (clustered, each item's share reduced by
    1 - pi), at most Kish's effective one; so it is not degenerate at 0 and 1. Sources: Särndal, Swensson and Wretman 1992, ch. 5; Kott and Carr 1997.
    """
    values, weights = np.asarray(y, dtype=np.float64), 1 / np.asarray(inclusion, dtype=np.float64)
    if len(values) < MINIMUM_ITEMS:
        return Estimate(np.nan, np.nan, np.nan, len(values))
    share = float(np.average(values, weights=weights))
    low, high = wilson(share, _size_with_that_variance(values, weights, np.asarray(cluster), share))
    return Estimate(share, low, high, len(values))


def pool_total(y: ArrayLike, inclusion: ArrayLike) -> float:
    """Horvitz and Thompson's `sum y / pi`: how much of `y` the pool holds. Unbiased where every drawn item is answered."""
    return float((np.asarray(y, dtype=np.float64) / np.asarray(inclusion, dtype=np.float64)).sum())


def _size_with_that_variance(values: Floats, weights: Floats, cluster: np.ndarray, share: float) -> float:
    residuals = weights * (values - share) * np.sqrt(1 - 1 / weights)
    sums = np.bincount(np.unique(cluster, return_inverse=True)[1], residuals)
    variance = (sums**2).sum() * len(sums) / max(len(sums) - 1, 1) / weights.sum() ** 2
    worth = effective_n(1 / weights)
    if variance <= 0 or not 0 < share < 1:  # all the same, or everything was drawn
        return worth
    # A few items that stand for most of the pool, and happen to be alike, would look certain.
    return min(worth, share * (1 - share) / variance)


def wilson(share: float, n: float) -> tuple[float, float]:
    """95 % interval of a share of `n`."""
    centre = (share + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
    half = Z_95 / (1 + Z_95**2 / n) * np.sqrt(share * (1 - share) / n + Z_95**2 / (4 * n**2))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))
