"""Tails of chance and Holm's correction, for the signs of brigading. scipy is imported inside functions."""

from collections.abc import Sequence

import numpy as np


def binomial_tail(least: int, n: int, p: float) -> float:
    """P(X >= least) for X binomial(n, p)."""
    from scipy.stats import binom

    return float(binom.sf(least - 1, n, p))


def poisson_tail(least: int, mean: float) -> float:
    """P(X >= least) for X Poisson(mean)."""
    from scipy.stats import poisson

    return float(poisson.sf(least - 1, mean))


def holm(p_values: Sequence[float], level: float) -> list[bool]:
    """Which hypotheses fall, in the order given, such that the chance of any false one is at most `level`. Source: Holm 1979."""
    fallen = [False] * len(p_values)
    for rank, place in enumerate(np.argsort(p_values, kind="stable")):
        if p_values[place] > level / (len(p_values) - rank):
            break
        fallen[place] = True
    return fallen
