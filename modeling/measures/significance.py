"""Tests beside the gate's: of two classifiers on the same comments, over seeds, over many rows of a table, and of a trend.

Not part of the registry's loop: each is called where its question is asked. p-values are two-sided.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from modeling.measures.data import Floats, Mask
from modeling.measures.intervals import ROUNDING, is_point
from modeling.measures.statistics import holm, percentile_interval


@dataclass(frozen=True)
class McNemar:
    """`only_a`, `only_b`: comments that one alone judged rightly. `exact`: binomial p; `mid_p`: less conservative, still safe in practice."""

    only_a: int
    only_b: int
    exact: float
    mid_p: float


def mcnemar(hit_a: Mask, hit_b: Mask) -> McNemar:
    """Do two versions differ in accuracy on the same n comments? (n,) right or wrong each; comments must be independent.

    Mid-p: Fagerland, Lydersen and Laake (2013). Both are 1 where the versions never differ. Raises ValueError for unequal lengths.
    """
    if np.shape(hit_a) != np.shape(hit_b):
        raise ValueError("paired tests need the same comments on both sides")
    only_a, only_b = int((hit_a & ~hit_b).sum()), int((~hit_a & hit_b).sum())
    n, least = only_a + only_b, min(only_a, only_b)
    exact = min(1.0, 2 * float(stats.binom.cdf(least, n, 0.5)))
    mid = 1.0 if only_a == only_b else 2 * float(stats.binom.cdf(least, n, 0.5)) - float(stats.binom.pmf(least, n, 0.5))
    return McNemar(only_a, only_b, exact, mid)


@dataclass(frozen=True)
class OverSeeds:
    """Paired differences of one measure over `n` seeds; the unit of both tests is a training, not a comment. nan below two seeds.

    `low`, `high`: t interval of 95 %; nan where all seeds differ by the same, which happens to a measure that a seed does not move, or
    to the same seed twice: of n alike no scatter is told. `t_holm`: `t_p` after Holm over the rows tested together.
    """

    row: str
    n: int
    difference: float
    low: float
    high: float
    t_p: float
    wilcoxon_p: float
    t_holm: float


def over_seeds(rows: dict[str, tuple[Sequence[float], Sequence[float]]]) -> list[OverSeeds]:
    """{row: (measure of a per seed, of b per the same seeds)} -> one test a row, Holm over rows (the paper's Table 6 has five).

    Wilcoxon's smallest possible p is 2 / 2^n: with five seeds .0625, whatever the difference; it is given beside t for that reason.
    Raises ValueError where a row's two sides differ in length.
    """
    tested = [_one_row(row, np.asarray(a, dtype=float), np.asarray(b, dtype=float)) for row, (a, b) in rows.items()]
    adjusted = holm([test[-2] for test in tested])
    return [OverSeeds(*test, float(p)) for test, p in zip(tested, adjusted, strict=True)]


def _one_row(row: str, a: Floats, b: Floats) -> tuple[str, int, float, float, float, float, float]:
    if a.shape != b.shape:
        raise ValueError(f"{row}: paired tests need the same seeds on both sides")
    gained, n = a - b, len(a)
    if n < 2:
        return row, n, float(gained.mean()) if n else np.nan, np.nan, np.nan, np.nan, np.nan
    mean, error = float(gained.mean()), float(gained.std(ddof=1) / np.sqrt(n))
    half = float(stats.t.ppf(0.975, n - 1)) * error
    if np.ptp(gained) <= ROUNDING:
        is_nothing = abs(mean) <= ROUNDING
        return row, n, mean, np.nan, np.nan, 1.0 if is_nothing else np.nan, 1.0 if is_nothing else float(stats.wilcoxon(gained).pvalue)
    return row, n, mean, mean - half, mean + half, float(stats.ttest_rel(a, b).pvalue), float(stats.wilcoxon(gained).pvalue)


def benjamini_hochberg(p_values: Sequence[float]) -> Floats:
    """Adjusted p-values (q) in the order given: calling those <= .05 has a false share of at most .05. nan stays nan and is no test.

    For exploring tables with many rows; the gate, which decides, uses Holm. Benjamini and Hochberg (1995).
    """
    p = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(len(p), np.nan)
    tests = np.flatnonzero(~np.isnan(p))
    ranked = tests[np.argsort(p[tests], kind="stable")[::-1]]
    ranks = np.arange(len(ranked), 0, -1)
    adjusted[ranked] = np.minimum(1, np.minimum.accumulate(p[ranked] * len(ranked) / ranks)) if len(ranked) else []
    return adjusted


@dataclass(frozen=True)
class Trend:
    """`slope` per unit of time (Theil-Sen) with its bootstrap interval; `p_value`: Mann-Kendall, `exact` where it is not approximated."""

    n: int
    slope: float
    low: float
    high: float
    p_value: float
    exact: bool


FEWEST_POINTS = 4
LARGEST_EXACT = 12


def trend(times: Sequence[float], values: Sequence[float], resamples: int = 1_000, seed: int = 0) -> Trend:
    """Does a measure rise or fall? Undefined values are left out; all nan below four points, which show no trend.

    Slope: median of the slopes of all pairs. Interval: percentiles of the slope of resampled points; nan where all of them lie on one
    line, as a rate of 0 in every month does, and show no scatter. Mann-Kendall asks whether order in
    time and order in value agree: exact for up to 12 values without ties, otherwise the normal approximation with ties corrected.
    Six months are few: the smallest possible p there is .0028. Sources: Theil (1950), Sen (1968), Mann (1945), Kendall (1975).
    """
    t, y = (np.asarray(each, dtype=np.float64) for each in (times, values))
    defined = ~(np.isnan(t) | np.isnan(y))
    t, y = t[defined], y[defined]
    if len(t) < FEWEST_POINTS:
        return Trend(len(t), np.nan, np.nan, np.nan, np.nan, False)
    places = np.random.default_rng(seed).integers(0, len(t), (resamples, len(t)))
    drawn = np.array([theil_sen(t[place], y[place]) for place in places])
    low, high = percentile_interval(drawn)
    if is_point(low, high):
        low = high = np.float64(np.nan)
    p, exact = mann_kendall(y[np.argsort(t, kind="stable")])
    return Trend(len(t), theil_sen(t, y), float(low), float(high), p, exact)


def theil_sen(times: NDArray[np.floating], values: NDArray[np.floating]) -> float:
    """Median of the slopes between all pairs of points (n,) at different times; nan where all times are one."""
    i, j = np.triu_indices(len(times), 1)
    run = times[j] - times[i]
    rises = (values[j] - values[i])[run != 0] / run[run != 0]
    return float(np.median(rises)) if len(rises) else np.nan


def mann_kendall(values: NDArray[np.floating]) -> tuple[float, bool]:
    """p of "no trend" for values (n,) in the order of time, and whether it is exact. 1 where all values are equal."""
    i, j = np.triu_indices(len(values), 1)
    score = float(np.sign(values[j] - values[i]).sum())
    n, (_, ties) = len(values), np.unique(values, return_counts=True)
    if n <= LARGEST_EXACT and (ties == 1).all():
        return _exact_kendall(n, score), True
    spread = (n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
    if spread == 0:
        return 1.0, False
    z = max(0.0, abs(score) - 1) / np.sqrt(spread)
    return float(2 * stats.norm.sf(z)), False


def _exact_kendall(n: int, score: float) -> float:
    """Share of all orders of n values whose score is at least as far from 0. Inversions counted by adding one value at a time."""
    orders = np.ones(1)
    for size in range(2, n + 1):
        orders = np.convolve(orders, np.ones(size))
    scores = n * (n - 1) / 2 - 2 * np.arange(len(orders))
    return float(orders[np.abs(scores) >= abs(score) - 1e-9].sum() / orders.sum())
