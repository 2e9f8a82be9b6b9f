"""Inter-annotator agreement on plain counts: Krippendorff's alpha with a bootstrap interval, and Gwet's AC1 beside it. No pandas."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Measurement = Literal["nominal", "ordinal"]
MINIMUM_ITEMS = 2


@dataclass(frozen=True)
class Agreement:
    """`alpha` in [-1, 1] (>= .8 reliable, >= .667 tentative; 1 ideal, 0 chance), its 95 % interval, `ac1` in [-1, 1] (1 ideal),
    `items` answered at least twice. nan where it is not defined: too few such items, or everybody gave the same answer
    (there alpha is 0/0, while AC1 says 1)."""

    alpha: float
    low: float
    high: float
    ac1: float
    items: int


def agreement(counts: NDArray[np.int64], *, measurement: Measurement, rng: np.random.Generator, resamples: int = 500) -> Agreement:
    """Agreement from `counts` (n items, v values): how many annotators gave each value. Items with one answer say nothing.

    The interval resamples items (percentiles 2.5 and 97.5). Source: Krippendorff, Content Analysis, 2004, ch. 11.
    """
    paired = counts[counts.sum(axis=1) >= 2]
    if len(paired) < MINIMUM_ITEMS:
        return Agreement(np.nan, np.nan, np.nan, np.nan, len(paired))
    alpha = krippendorff_alpha(paired, measurement=measurement)
    low, high = (np.nan, np.nan) if np.isnan(alpha) else _interval(paired, measurement, rng, resamples)
    return Agreement(alpha, low, high, gwet_ac1(paired), len(paired))


def krippendorff_alpha(counts: NDArray[np.int64], *, measurement: Measurement) -> float:
    """1 - observed / expected disagreement, by the `krippendorff` package; nan when only one value was ever given."""
    import krippendorff

    if (counts.sum(axis=0) > 0).sum() < 2:
        return float("nan")
    return float(krippendorff.alpha(value_counts=counts, value_domain=list(range(counts.shape[1])), level_of_measurement=measurement))


def gwet_ac1(counts: NDArray[np.int64]) -> float:
    """(observed - chance agreement) / (1 - chance), chance = sum p (1 - p) / (v - 1). Holds where one value is rare, as bias
    reports are, and alpha breaks down. Source: Gwet 2008, British J. of Math. and Stat. Psychology 61."""
    answers = counts.sum(axis=1)
    paired = counts[answers >= 2]
    if not len(paired):
        return float("nan")
    sizes = paired.sum(axis=1)
    observed = ((paired * (paired - 1)).sum(axis=1) / (sizes * (sizes - 1))).mean()
    shares = (counts[answers > 0] / answers[answers > 0, None]).mean(axis=0)
    chance = (shares * (1 - shares)).sum() / (counts.shape[1] - 1)
    return float((observed - chance) / (1 - chance))


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
