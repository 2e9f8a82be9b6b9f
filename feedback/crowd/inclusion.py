"""The chance of each comment to be drawn, and how many comments may be drawn at all. numpy only."""

import numpy as np

from feedback.crowd.pool import Floats, Ints

FAMILY_LIMIT = 2
"""Variants of one original that one round may show: more would ask the same question again."""


def capacity(family: Ints, copies: Ints | None = None) -> int:
    """How many comments a round can show at most: one of each set of near-duplicates, `FAMILY_LIMIT` of each family."""
    if not len(family):
        return 0
    one_of_each = family if copies is None else family[np.unique(copies, return_index=True)[1]]
    return int(np.minimum(np.unique(one_of_each, return_counts=True)[1], FAMILY_LIMIT).sum())


def thinned(family: Ints, copies: Ints, rng: np.random.Generator) -> Ints:
    """Rows left, sorted, when each set of near-duplicates keeps one by lot and then each family `FAMILY_LIMIT` by lot."""
    distinct = _keep_by_lot(copies, 1, rng)
    return distinct[_keep_by_lot(family[distinct], FAMILY_LIMIT, rng)]


def chance_to_survive(family: Ints, copies: Ints) -> Floats:
    """(n,) chance of each row to be among `thinned`. Exact, as near-duplicates never belong to two families."""
    _, first, own, sizes = np.unique(copies, return_index=True, return_inverse=True, return_counts=True)
    _, family_of, kinds = np.unique(family[first], return_inverse=True, return_counts=True)
    return (np.minimum(1.0, FAMILY_LIMIT / kinds[family_of]) / sizes)[own]


def inclusion_probabilities(weights: Floats, family: Ints, *, count: int, random_count: int, copies: Ints | None = None) -> Floats:
    """(n,) chance of each comment to be in a draw, in (0, 1].

    `pi = thin * (g + (1 - g) * random_count / (N - k))`, where
    `thin`: chance to survive the thinning of near-duplicates and families (`chance_to_survive`);
    `g = 1 - exp(-weight * t)`: chance in the weighted part of k. Gumbel top-k takes the first k of N exponential clocks whose
    rates are the weights; t is when k of them are expected to have rung, `sum thin * g = k` (Rosén's approximation, which is
    good for more than a few dozen comments; a test compares it with counting draws);
    N = `capacity(family, copies)`.
    Never floored: a chance that was recorded higher than it was would make estimates wrong. What bounds it from below is the random slice.
    """
    copies = np.arange(len(family)) if copies is None else copies
    thin = chance_to_survive(family, copies)
    weighted_count, left = count - random_count, capacity(family, copies) - (count - random_count)
    by_weight = _rung(weights / weights.mean(), thin, weighted_count)
    by_chance = random_count / left if left else 0.0
    return thin * (by_weight + (1 - by_weight) * by_chance)


def effective_n(inclusion: Floats) -> float:
    """Kish: `(sum w)^2 / sum w^2` with `w = 1 / pi`: the size of a uniform sample that would estimate a mean as well."""
    weights = 1 / inclusion
    return float(weights.sum() ** 2 / (weights**2).sum())


def _rung(rates: Floats, thin: Floats, expected: int) -> Floats:
    """(n,) `1 - exp(-rate * t)` at the t where `expected` clocks of the thinned pool have rung; by bisection."""
    if expected >= thin.sum() - 1e-9:
        return np.ones_like(rates)
    early, late = 0.0, 1.0
    while (thin * -np.expm1(-rates * late)).sum() < expected:
        late *= 2
    for _ in range(60):
        middle = (early + late) / 2
        early, late = (middle, late) if (thin * -np.expm1(-rates * middle)).sum() < expected else (early, middle)
    return -np.expm1(-rates * late)


def _keep_by_lot(group: Ints, limit: int, rng: np.random.Generator) -> Ints:
    """Rows left, sorted, when each group keeps `limit` members by lot."""
    order = np.lexsort((rng.random(len(group)), group))
    starts = np.flatnonzero(np.diff(group[order], prepend=group[order][0] - 1))
    sizes = np.diff(starts, append=len(group))
    position = np.arange(len(group)) - np.repeat(starts, sizes)
    return np.sort(order[position < limit])
