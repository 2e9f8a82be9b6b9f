"""Resampling by cluster, and the intervals and tests made from the draws.

Weights are counts: `weights[..., i]` says how often comment i stands in a resample. All functions here take leading
dimensions, so that one vector (n,) gives one number and a block (b, n) gives b of them from the same code.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from modeling.measures.data import Floats

# Weights are handed out in blocks of about this many numbers: fastest where a few blocks fit the processor's cache, and memory
# does not grow with the number of resamples.
BLOCK = 2**17


def divide(numerator: Floats, denominator: Floats) -> Floats:
    """numerator / denominator; nan where the denominator is 0, because an empty set has no rate. () gives a plain number."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.asarray(denominator) == 0, np.nan, np.true_divide(numerator, denominator))[()]


def cluster_weights(clusters: NDArray[np.integer], resamples: int, seed: int) -> Iterator[Floats]:
    """Blocks (b, n) of bootstrap weights, b adding up to `resamples`: whole clusters are drawn with replacement.

    As many clusters are drawn as there are. The same clusters and seed give the same weights, whatever the order of rows.
    """
    distinct, code = np.unique(clusters, return_inverse=True)
    count = len(distinct)
    if not count:
        yield np.zeros((resamples, 0))
        return
    rng = np.random.default_rng(seed)
    block = max(1, BLOCK // max(len(code), 1))
    for start in range(0, resamples, block):
        b = min(block, resamples - start)
        drawn = rng.integers(0, count, size=(b, count)) + np.arange(b)[:, None] * count
        times = np.bincount(drawn.ravel(), minlength=b * count).reshape(b, count)
        yield times.astype(np.float64).take(code, axis=1)


def paired_cluster_bootstrap(statistic_on_weights: Callable[[Floats], Floats], clusters: NDArray[np.integer], resamples: int, seed: int) -> Floats:
    """Draws (resamples, ...) of a statistic that maps weights (b, n) to (b, ...).

    Paired: a statistic of two models on the same comments sees the same weights for both.
    """
    return np.concatenate([statistic_on_weights(weights) for weights in cluster_weights(clusters, resamples, seed)])


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
