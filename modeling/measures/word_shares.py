"""How much of a map lies on certain words, what chance would put there, and how that changed from one version to another. No Django, no torch.

A map gives each word of a comment a figure. The share of some words is their part of all figures without their sign. By chance: the same
figures handed out anew among the words of the same comment, of which mean and variance are exact. Means over comments have intervals whose
errors are clustered by family, since variants of one original are no new evidence, and follow Student's t.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modeling.measures.data import Floats
from modeling.measures.intervals import is_point, quantile, t_interval

FEWEST_COMMENTS = 8
FEWEST_FAMILIES = 5
"""Below either there is not enough data: the spread of fewer originals than that says nothing."""

NOT_KNOWN = float("nan")


@dataclass(frozen=True)
class OnWords:
    """Of one comment. `chance` and `variance`: of the share, over all orders of the figures."""

    share: float
    chance: float
    variance: float


@dataclass(frozen=True)
class Mean:
    """Over `n` comments of `families`; nan where there are too few, and no limits where nothing varies."""

    value: float
    low: float
    high: float
    n: int
    families: int


@dataclass(frozen=True)
class MeanShare:
    """`chance`: what 95 % of the means by chance stay within."""

    share: Mean
    chance: float
    chance_low: float
    chance_high: float


@dataclass(frozen=True)
class Change:
    """On the same comments: the mean share before and after, and after minus before."""

    before: float
    after: float
    difference: Mean


def on_words(values: Floats, covered: Floats) -> OnWords | None:
    """`values`: (m,) figures of a comment's words. `covered`: (m,) in [0, 1], how much of each is one of the words in question.

    None where no word has a figure.
    """
    weights = np.abs(np.asarray(values, dtype=np.float64))
    covered = np.asarray(covered, dtype=np.float64)
    if not weights.sum() > 0:
        return None
    shares = weights / weights.sum()
    spread = float(((shares - shares.mean()) ** 2).sum() * ((covered - covered.mean()) ** 2).sum())
    return OnWords(float(shares @ covered), float(covered.mean()), spread / (len(shares) - 1) if len(shares) > 1 else 0.0)


def mean_of(values: Floats, families: NDArray[np.integer]) -> Mean:
    """`families`: (n,) the same number for variants of one original."""
    values, n = np.asarray(values, dtype=np.float64), len(values)
    _, place = np.unique(families, return_inverse=True)
    count = int(place.max()) + 1 if n else 0
    if n < FEWEST_COMMENTS or count < FEWEST_FAMILIES:
        return Mean(NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, n, count)
    value = float(values.mean())
    residuals = np.bincount(place, values - value)
    error = float(np.sqrt(count / (count - 1) * (residuals**2).sum())) / n
    low, high = (float(limit) for limit in t_interval(value, error, count - 1))
    return Mean(value, NOT_KNOWN, NOT_KNOWN, n, count) if is_point(low, high) else Mean(value, low, high, n, count)


def mean_share(shares: Floats, chances: Floats, variances: Floats, families: NDArray[np.integer]) -> MeanShare:
    """Over comments, a row for each in all four."""
    mean = mean_of(shares, families)
    if np.isnan(mean.value):
        return MeanShare(mean, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN)
    chance, half = float(np.mean(chances)), quantile(0.95) * float(np.sqrt(np.sum(variances))) / mean.n
    inside = Mean(mean.value, max(0.0, mean.low), min(1.0, mean.high), mean.n, mean.families) if not np.isnan(mean.low) else mean
    return MeanShare(inside, chance, max(0.0, chance - half), min(1.0, chance + half))


def change_of(before: Floats, after: Floats, families: NDArray[np.integer]) -> Change:
    """Paired: a row is one comment, read by both versions."""
    difference = mean_of(np.subtract(after, before), families)
    if np.isnan(difference.value):
        return Change(NOT_KNOWN, NOT_KNOWN, difference)
    return Change(float(np.mean(before)), float(np.mean(after)), difference)
