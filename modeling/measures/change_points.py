"""When a monthly series took its largest step, and whether more than chance is needed for it. No Django, no torch.

Two tests, because each is blind where the other sees. The step's own test weighs each month by how well its comments tell its value, so
a few months of many comments are enough; months that differ for any reason, as by drifting data, count as a change to it. Pettitt's looks
at the order of the values alone: it asks for many months (of six the smallest p is .1), but months' own ups and downs do not deceive it.
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from modeling.measures.data import Floats
from modeling.measures.intervals import ROUNDING

FEWEST_MONTHS = 4
LARGEST_EXACT = 7
"""Months whose orders are all looked at (5,040); of more, so many are drawn."""
ORDERS_DRAWN = SERIES_DRAWN = 9_999


@dataclass(frozen=True)
class ChangePoint:
    """`place`: of the first month after the step, None below four months. `p`: of "all months have one value"; `pettitt_p` beside it."""

    place: int | None
    p: float
    pettitt_p: float


def change_point(values: Floats, spread: Floats, seed: int = 0) -> ChangePoint:
    """`values`: (k,) of successive months, all known. `spread`: (k,) their standard errors, over comments.

    The place is where the weighted means before and after differ most by their standard error, the largest standardised difference over
    all splits (Hawkins 1977, "Testing a sequence of observations for a shift in location"); its p is the share of series of pure noise of
    that spread that show as large a step somewhere. A month without scatter, as one without a single error, counts as the least sure one:
    taken at its word it would outweigh all others.
    """
    if len(values) < FEWEST_MONTHS:
        return ChangePoint(None, np.nan, np.nan)
    pettitt_p = pettitt(values, seed)
    if not (spread > ROUNDING).any():
        return ChangePoint(None, np.nan, pettitt_p)
    spread = np.where(spread > ROUNDING, spread, spread.max())
    steps = standardised_steps(values[None], spread)[0]
    noise = np.random.default_rng(seed).normal(size=(SERIES_DRAWN, len(values))) * spread
    by_chance = standardised_steps(noise, spread).max(axis=1)
    p = (1 + (by_chance >= steps.max()).sum()) / (1 + SERIES_DRAWN)
    return ChangePoint(int(steps.argmax()) + 1, float(p), pettitt_p)


def standardised_steps(series: Floats, spread: Floats) -> Floats:
    """(B, k) series with the months' standard errors (k,) -> (B, k - 1): |mean after - mean before| / its error, at each split."""
    weight = 1 / spread**2
    before, total = np.cumsum(weight)[:-1], weight.sum()
    sums = np.cumsum(series * weight, axis=1)
    means = sums[:, :-1] / before, (sums[:, -1:] - sums[:, :-1]) / (total - before)
    return np.abs(means[1] - means[0]) / np.sqrt(1 / before + 1 / (total - before))


def pettitt_statistics(series: Floats) -> Floats:
    """(B, k) -> (B, k - 1): |U_t|, by how much values up to t lie below those after it, in pairs (Pettitt 1979)."""
    signs = np.sign(series[:, None, :] - series[:, :, None])  # [b, i, j]: is j above i?
    return np.abs(np.stack([signs[:, : t + 1, t + 1 :].sum(axis=(1, 2)) for t in range(series.shape[1] - 1)], axis=1))


def pettitt(values: Floats, seed: int = 0) -> float:
    """p of "no change" by Pettitt's K = max |U_t| over orders of the values: all of them for up to seven, drawn ones beyond.

    Not by his approximation 2 exp(-6 K^2 / (k^3 + k^2)), which is for long series: of six months it cannot fall below .29.
    """
    observed = float(pettitt_statistics(values[None]).max())
    if len(values) <= LARGEST_EXACT:
        return float((_largest(values, np.array(list(permutations(range(len(values)))))) >= observed).mean())
    rng = np.random.default_rng(seed)
    orders = rng.permuted(np.tile(np.arange(len(values)), (ORDERS_DRAWN, 1)), axis=1)
    return float((1 + (_largest(values, orders) >= observed).sum()) / (1 + ORDERS_DRAWN))


def _largest(values: Floats, orders: NDArray[np.integer]) -> Floats:
    return np.concatenate([pettitt_statistics(part).max(axis=1) for part in np.array_split(values[orders], max(1, len(orders) // 1_000))])
