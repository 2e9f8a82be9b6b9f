"""Intervals and p-values from a standard error: what influence functions give, where nothing needs to be drawn.

An error that was itself estimated from few families is a guess, so all of them are of Student's t: the normal distribution rejects two to
three times as often as it says where a side has five families (`python -m benchmarks.gate null_draws`).
"""

from statistics import NormalDist

import numpy as np
from scipy.special import stdtr, stdtrit

from modeling.measures.data import Floats, Mask
from modeling.measures.statistics import wilson

ROUNDING = 1e-12
"""Numbers that differ by no more than this are one number."""


def quantile(level: float) -> float:
    """z of a two-sided interval of this level: 1.96 for .95."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def t_interval(value: Floats, error: Floats, freedom: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """value -+ t error: for differences. `freedom`: degrees of freedom of the error."""
    half = stdtrit(freedom, 0.5 + level / 2) * np.asarray(error)
    return value - half, value + half


def is_point(low: Floats, high: Floats) -> Mask:
    """Whether an interval has no width: nothing that was drawn moved the value, which shows no certainty."""
    with np.errstate(invalid="ignore"):  # of an infinite value
        return np.subtract(high, low) <= ROUNDING


def unmoved_interval(difference: float, clusters: int, level: float = 0.95) -> tuple[float, float]:
    """Of a paired difference of shares that no resample moves: every one of the clusters changed alike, most often not at all.

    Wilson's limit for "none of `clusters`" (about 3.84 / n, near the rule of three) bounds the share that would have changed otherwise.
    """
    _, reach = wilson(0, clusters, quantile(level))
    return max(-1.0, difference - reach), min(1.0, difference + reach)


def logit_interval(value: float, error: float, freedom: float, clusters: int, level: float = 0.95) -> tuple[float, float]:
    """For values in [0, 1]: symmetric on the logit scale, so that it stays inside and leans away from a limit near by.

    At 0 and 1 themselves the error is 0 and says nothing: there Wilson's interval, with one vote for each cluster of the smaller side,
    which is on the safe side.
    """
    if np.isnan(error):
        return np.nan, np.nan
    if not 0 < value < 1:
        return wilson(value * clusters, clusters, quantile(level))
    centre, half = np.log(value / (1 - value)), stdtrit(freedom, 0.5 + level / 2) * error / (value * (1 - value))
    low, high = 1 / (1 + np.exp(-(centre + half * np.array([-1, 1]))))
    return float(low), float(high)


def t_p_value(difference: float, error: float, freedom: float) -> float:
    """One-sided p of "the true difference is not above 0". 1 where both versions are the same comment by comment."""
    if np.isnan(difference) or np.isnan(error):
        return float("nan")
    if error == 0:
        return 1.0 if difference <= 0 else 0.0
    return float(stdtr(freedom, -difference / error))
