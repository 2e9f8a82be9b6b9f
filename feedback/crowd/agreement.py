"""Inter-annotator agreement on plain counts: Krippendorff's alpha with a bootstrap interval, and Gwet's AC1 beside it. No pandas."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from feedback.crowd.estimates import wilson

Measurement = Literal["nominal", "ordinal"]
MINIMUM_ITEMS = 20
"""Items answered at least twice; with fewer, an interval says nothing that anybody could use."""

DISSENTING_ITEMS_NEEDED = 10
"""Items on which somebody gave another answer than the commonest. Alpha lives on those: one such item among a hundred gives 1.00 (1.00 to
1.00) or 0.00, since most resamples do not hold it at all."""


@dataclass(frozen=True)
class Agreement:
    """`alpha` in [-1, 1] (>= .8 reliable, >= .667 tentative; 1 ideal, 0 chance), `ac1` in [-1, 1] (1 ideal), each with its 95 % interval;
    `items` answered at least twice. All nan below `MINIMUM_ITEMS`; alpha also below `DISSENTING_ITEMS_NEEDED`."""

    alpha: float
    low: float
    high: float
    ac1: float
    ac1_low: float
    ac1_high: float
    items: int


def agreement(counts: NDArray[np.int64], *, measurement: Measurement, rng: np.random.Generator, resamples: int = 500) -> Agreement:
    """Agreement from `counts` (n items, v values): how many annotators gave each value. Items with one answer say nothing about alpha.

    Alpha's interval resamples items (percentiles 2.5 and 97.5). Source: Krippendorff, Content Analysis, 2004, ch. 11.
    """
    paired = counts[counts.sum(axis=1) >= 2]
    if len(paired) < MINIMUM_ITEMS:
        return Agreement(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, len(paired))
    ac1 = (gwet_ac1(counts), *ac1_interval(counts))
    if _dissenting(paired) < DISSENTING_ITEMS_NEEDED:
        return Agreement(np.nan, np.nan, np.nan, *ac1, len(paired))
    alpha = krippendorff_alpha(paired, measurement=measurement)
    return Agreement(alpha, *_interval(paired, measurement, rng, resamples), *ac1, len(paired))


def _dissenting(paired: NDArray[np.int64]) -> int:
    """Items that hold another answer than the commonest of all."""
    return int((np.delete(paired, paired.sum(axis=0).argmax(), axis=1).sum(axis=1) > 0).sum())


def krippendorff_alpha(counts: NDArray[np.int64], *, measurement: Measurement) -> float:
    """1 - observed / expected disagreement, by the `krippendorff` package; nan when only one value was ever given."""
    import krippendorff

    if (counts.sum(axis=0) > 0).sum() < 2:
        return float("nan")
    return float(krippendorff.alpha(value_counts=counts, value_domain=list(range(counts.shape[1])), level_of_measurement=measurement))


def gwet_ac1(counts: NDArray[np.int64]) -> float:
    """(observed - chance agreement) / (1 - chance), chance = sum p (1 - p) / (v - 1). Holds where one value is rare, as bias
    reports are, and alpha breaks down. Source: Gwet 2008, British J. of Math. and Stat. Psychology 61."""
    observed = _observed(counts)
    if not len(observed):
        return float("nan")
    chance = _chance(counts)
    return float((observed.mean() - chance) / (1 - chance))


def ac1_interval(counts: NDArray[np.int64]) -> tuple[float, float]:
    """Of 95 %, from at least two items with several answers: Wilson's of the observed agreement, with the sample size that has its variance,
    so that it is not degenerate where everybody agrees; chance agreement taken as given."""
    observed, chance = _observed(counts), _chance(counts)
    share, variance = float(observed.mean()), float(observed.var(ddof=1)) / len(observed)
    n = share * (1 - share) / variance if variance > 0 else len(observed)
    low, high = wilson(share, n)
    return (low - chance) / (1 - chance), (high - chance) / (1 - chance)


def _observed(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Per item with several answers: the share of its pairs that agree."""
    paired = counts[counts.sum(axis=1) >= 2]
    sizes = paired.sum(axis=1)
    return (paired * (paired - 1)).sum(axis=1) / (sizes * (sizes - 1))


def _chance(counts: NDArray[np.int64]) -> float:
    """Over all items, those with one answer too: they say how common a value is."""
    answered = counts[counts.sum(axis=1) > 0]
    shares = (answered / answered.sum(axis=1, keepdims=True)).mean(axis=0)
    return float((shares * (1 - shares)).sum() / (counts.shape[1] - 1))


def _interval(counts: NDArray[np.int64], measurement: Measurement, rng: np.random.Generator, resamples: int) -> tuple[float, float]:
    """Items with the same counts are alike, so drawing items is drawing how often each kind of item occurs: there are few kinds."""
    values = counts.shape[1]
    kinds, often = np.unique(counts, axis=0, return_counts=True)
    pairs = kinds[:, :, None] * kinds[:, None, :] - kinds[:, :, None] * np.eye(values)
    coincidences = (pairs / (kinds.sum(axis=1) - 1)[:, None, None]).reshape(len(kinds), -1)
    drawn = rng.multinomial(len(counts), often / len(counts), size=resamples)
    alphas = alphas_of((drawn @ coincidences).reshape(resamples, values, values), measurement)
    low, high = np.nanpercentile(alphas, [2.5, 97.5])
    return float(low), float(high)


def alphas_of(coincidences: NDArray[np.float64], measurement: Measurement) -> NDArray[np.float64]:
    """(r,) alphas of r coincidence matrices (r, v, v); the bootstrap's fast form of what the package computes. nan for one value."""
    marginals = coincidences.sum(axis=2)
    total = marginals.sum(axis=1)
    distance = _distances(marginals, measurement)
    observed = (coincidences * distance).sum(axis=(1, 2))
    expected = (marginals[:, :, None] * marginals[:, None, :] * distance).sum(axis=(1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 0, 1 - (total - 1) * observed / expected, np.nan)


def _distances(marginals: NDArray[np.float64], measurement: Measurement) -> NDArray[np.float64]:
    """(r, v, v) squared distances: 0/1 for nominal; for ordinal, how many answers lie between two values (half of both ends)."""
    rows, values = marginals.shape
    if measurement == "nominal":
        return np.broadcast_to(1 - np.eye(values), (rows, values, values))
    middle = np.cumsum(marginals, axis=1) - marginals / 2
    return (middle[:, :, None] - middle[:, None, :]) ** 2
