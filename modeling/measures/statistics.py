"""Resampling by cluster, and the intervals and tests made from the draws.

Draws lie along the first axis; all other axes are kept, so that one call serves many measures.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from modeling.measures.data import Floats

BLOCK = 256
"""Clusters whose weights are held at once: memory does not grow with comments, and a matrix product is still worth while."""


def divide(numerator: Floats, denominator: Floats) -> Floats:
    """numerator / denominator; nan where the denominator is 0, because an empty set has no rate. () gives a plain number."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.asarray(denominator) == 0, np.nan, np.true_divide(numerator, denominator))[()]


def cluster_weights(count: int, resamples: int, seed: int, block: int = BLOCK) -> Iterator[Floats]:
    """Blocks (resamples, block) of bootstrap weights of `count` clusters, one block of clusters after the other.

    Each row, over all blocks, says how often each cluster stands in a resample of `count` clusters drawn with replacement. How many of
    the draws that are left fall into a block is binomial; within it each cluster is as likely: so the blocks together are multinomial,
    and no more than one need ever be held.
    """
    rng = np.random.default_rng(seed)
    left = np.full(resamples, count)
    for first in range(0, count, block):
        size = min(block, count - first)
        times = rng.binomial(left, size / (count - first))
        left -= times
        places = rng.integers(0, size, size=times.sum(), dtype=np.int32) + np.repeat(np.arange(resamples) * size, times)
        yield np.bincount(places, minlength=resamples * size).reshape(resamples, size).astype(np.float64)


def resampled_sums(sums: Floats, resamples: int, seed: int) -> Floats:
    """(resamples, k): totals under the cluster bootstrap of `sums` (clusters, k), a row for each cluster.

    Paired: columns of two models side by side see the same weights.
    """
    drawn = np.zeros((resamples, sums.shape[1]))
    for place, weights in enumerate(cluster_weights(len(sums), resamples, seed)):
        drawn += weights @ sums[place * BLOCK : (place + 1) * BLOCK]
    return drawn


def percentile_interval(draws: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Percentile bootstrap interval over axis 0: draws (B, ...) -> low (...), high (...).

    Limits are order statistics, so that they agree exactly with `p_value`: the one-sided p is at most (1 - level) / 2 if and
    only if the lower limit is above 0. Undefined draws are left out; where they are more than one in twenty, the limits are nan.
    """
    draws = np.sort(draws, axis=0)
    defined = (~np.isnan(draws)).sum(axis=0)  # nan sorts to the end
    rank = np.floor((1 - level) / 2 * (defined + 1) + 1e-9).astype(int)
    enough = (rank >= 1) & (defined >= 0.95 * len(draws))
    rank = np.where(enough, rank, 1)
    low = np.take_along_axis(draws, (rank - 1)[None], axis=0)[0]
    high = np.take_along_axis(draws, np.where(enough, defined - rank, 0)[None], axis=0)[0]
    return np.where(enough, low, np.nan)[()], np.where(enough, high, np.nan)[()]


def p_value(draws: Floats) -> Floats:
    """One-sided bootstrap p of "the true difference is not above 0", over axis 0: (1 + draws <= 0) / (1 + draws).

    The share of resamples in which nothing was gained; the ones keep it above 0, and valid for any number of draws.
    Undefined draws are left out; nan where they are more than one in twenty.
    """
    defined = (~np.isnan(draws)).sum(axis=0)
    value = (1 + (draws <= 0).sum(axis=0)) / (1 + defined)
    return np.where(defined >= 0.95 * len(draws), value, np.nan)[()]


def two_sided(above: float, below: float) -> float:
    """Of the p-values of both sides. nan where either is: `min` would make it 1, as if nothing differed."""
    return float(np.minimum(1.0, 2 * np.minimum(above, below)))


def wilson(successes: float, n: float, z: float = 1.959963984540054) -> tuple[float, float]:
    """Wilson score interval of a proportion (95 % by default); (nan, nan) when n is 0. Not degenerate at 0 and 1."""
    if n == 0:
        return np.nan, np.nan
    share = successes / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def holm(p_values: Sequence[float]) -> Floats:
    """Holm's step-down adjusted p-values, in the order given: reject where they are <= alpha. nan stays nan and is no test."""
    p = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(len(p), np.nan)
    tests = np.flatnonzero(~np.isnan(p))
    ranked = tests[np.argsort(p[tests], kind="stable")]
    adjusted[ranked] = np.minimum(1, np.maximum.accumulate(p[ranked] * np.arange(len(ranked), 0, -1)))
    return adjusted
