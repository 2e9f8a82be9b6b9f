"""Which comments to show: weights by strategy, drawn by Gumbel top-k and mixed with a random slice. numpy only.

Nothing here knows the truth: a pool holds what the model said and who is mentioned, never the data set's own labels.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FAMILY_LIMIT = 2
"""Variants of one original that one round may show: more would ask the same question again."""

WEIGHT_FLOOR = 0.01
"""No comment's weight is below this share of the mean weight, so that each has a chance."""

INCLUSION_FLOOR = 0.1
"""No stored inclusion probability is below this share of a uniform draw's: caps what one answer can weigh in an estimate."""

UNCERTAINTY_POWER = 4
"""Uncertainties lie close together; drawn in proportion to them as they are, a round would hardly differ from a random one."""

SHRINK_COUNT = 20
"""A subgroup of n comments keeps n / (n + 20) of its distance from the background."""


@dataclass(frozen=True)
class Pool:
    """n comments that may be shown, one row per distinct text.

    `p` (n, 3): probabilities of low, mild, high. `flagged` (n,): score at or above the version's threshold.
    `family` (n,) int: equal for variants of one original, its own for every other comment.
    `mentions`: subgroup -> (n,) membership, a data set's own `x_*` columns among them.
    """

    p: Floats
    flagged: Bools
    family: NDArray[np.int64]
    mentions: dict[str, Bools]

    @property
    def score(self) -> Floats:
        return 0.5 * self.p[:, 1] + self.p[:, 2]

    @property
    def background(self) -> Bools:
        mentioned = np.zeros(len(self.p), bool)
        for members in self.mentions.values():
            mentioned |= members
        return ~mentioned


@dataclass(frozen=True)
class Draw:
    """`chosen` (k,) rows of the pool in random order; `inclusion` (k,) in (0, 1]; `effective_n` by Kish, in [1, k]."""

    chosen: NDArray[np.int64]
    inclusion: Floats
    effective_n: float


def uniform(pool: Pool) -> Floats:
    return np.ones(len(pool.p))


def least_confidence(pool: Pool) -> Floats:
    """`1 - max p`, in [0, 2/3], sharpened by `UNCERTAINTY_POWER`."""
    return (1 - pool.p.max(axis=1)) ** UNCERTAINTY_POWER


def margin(pool: Pool) -> Floats:
    """`1 - (p of the most probable level - p of the second)`, in [0, 1], sharpened by `UNCERTAINTY_POWER`."""
    ordered = np.sort(pool.p, axis=1)
    return (1 - (ordered[:, 2] - ordered[:, 1])) ** UNCERTAINTY_POWER


def entropy(pool: Pool) -> Floats:
    """`-sum p log p / log 3`, in [0, 1], sharpened by `UNCERTAINTY_POWER`."""
    safe = np.clip(pool.p, 1e-12, 1)
    return (-(safe * np.log(safe)).sum(axis=1) / np.log(3)) ** UNCERTAINTY_POWER


def stratified(pool: Pool) -> Floats:
    """1 / size of the smallest stratum (subgroup or background x predicted level) that a comment stands in."""
    predicted = pool.p.argmax(axis=1)
    weights = np.zeros(len(pool.p))
    for members in (*pool.mentions.values(), pool.background):
        for level in range(3):
            stratum = members & (predicted == level)
            if stratum.any():
                weights[stratum] = np.maximum(weights[stratum], 1 / stratum.sum())
    return weights


def bias_seeking(pool: Pool) -> Floats:
    """`looks toxic x sqrt(distance of its subgroup / greatest distance)`, in [0, 1].

    Looks toxic: 1 when flagged, else the toxicity score. A subgroup's distance: how far its score distribution stands above the
    background's (comments that mention nobody), that is the difference of means (the signed 1-Wasserstein distance) over the
    pool's standard deviation, at least 0, shrunk by n / (n + 20). A comment takes the greatest distance of its subgroups; the
    square root keeps the second-worst subgroup in sight. Without mentions or background: looks toxic alone.
    """
    score, background = pool.score, pool.background
    looks_toxic = np.where(pool.flagged, 1.0, score)
    distance = np.zeros(len(score))
    spread = score.std() or 1.0
    if background.any():
        for members in pool.mentions.values():
            if count := int(members.sum()):
                above = max(0.0, score[members].mean() - score[background].mean()) / spread
                distance[members] = np.maximum(distance[members], above * count / (count + SHRINK_COUNT))
    greatest = distance.max(initial=0.0)
    return looks_toxic * np.sqrt(distance / greatest) if greatest > 0 else looks_toxic


STRATEGIES: dict[str, Callable[[Pool], Floats]] = {
    "random": uniform,
    "least_confidence": least_confidence,
    "margin": margin,
    "entropy": entropy,
    "stratified": stratified,
    "bias_seeking": bias_seeking,
}


def capacity(family: NDArray[np.int64]) -> int:
    """How many comments a round can show at most: `FAMILY_LIMIT` of each family."""
    return int(np.minimum(np.unique(family, return_counts=True)[1], FAMILY_LIMIT).sum())


def draw(pool: Pool, *, strategy: str, count: int, random_share: float, rng: np.random.Generator) -> Draw:
    """Choose `count` comments: thin families, take most by weight, the rest (`random_share`) uniformly.

    The weighted part is a Gumbel top-k: the greatest `log weight + Gumbel noise`, which is drawing without replacement in
    proportion to the weights (Kool et al. 2019).

    Raises:
        ValueError: `count` is below 1 or above `capacity(pool.family)`.
    """
    if not 1 <= count <= capacity(pool.family):
        raise ValueError(f"count must be between 1 and {capacity(pool.family)}, not {count}")
    weights = _floored(STRATEGIES[strategy](pool))
    random_count = round(count * random_share)
    candidates = _thin(pool.family, rng)
    keys = np.log(weights[candidates]) + rng.gumbel(size=len(candidates))
    by_key = candidates[np.argsort(-keys)]
    weighted, rest = np.split(by_key, [count - random_count])
    chosen = rng.permutation(np.concatenate([weighted, rng.choice(rest, random_count, replace=False)]))
    inclusion = inclusion_probabilities(weights, pool.family, count=count, random_count=random_count)[chosen]
    return Draw(chosen=chosen, inclusion=inclusion, effective_n=effective_n(inclusion))


def inclusion_probabilities(weights: Floats, family: NDArray[np.int64], *, count: int, random_count: int) -> Floats:
    """(n,) chance of each comment to be in a draw, in (0, 1].

    `pi = thin * (g + (1 - g) * random_count / (N - k))`, where
    `thin = min(1, FAMILY_LIMIT / size of its family)`: chance to survive the thinning of families;
    `g = 1 - exp(-weight * t)`: chance in the weighted part of k. Gumbel top-k takes the first k of N exponential clocks whose
    rates are the weights; t is when k of them are expected to have rung, `sum thin * g = k` (Rosén's approximation, which is
    good for more than a few dozen comments; a test compares it with counting draws);
    N = `capacity(family)`. Floored at `INCLUSION_FLOOR * count / n`.
    """
    _, place, sizes = np.unique(family, return_inverse=True, return_counts=True)
    thin = np.minimum(1.0, FAMILY_LIMIT / sizes[place])
    weighted_count, left = count - random_count, capacity(family) - (count - random_count)
    by_weight = _rung(weights / weights.mean(), thin, weighted_count)
    by_chance = random_count / left if left else 0.0
    inclusion = thin * (by_weight + (1 - by_weight) * by_chance)
    return np.clip(inclusion, INCLUSION_FLOOR * count / len(weights), 1.0)


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


def _floored(weights: Floats) -> Floats:
    return np.maximum(weights, WEIGHT_FLOOR * weights.mean()) if weights.any() else np.ones_like(weights)


def _thin(family: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Rows left when each family keeps `FAMILY_LIMIT` members by lot."""
    order = np.lexsort((rng.random(len(family)), family))
    starts = np.flatnonzero(np.diff(family[order], prepend=family[order][0] - 1))
    sizes = np.diff(starts, append=len(family))
    position = np.arange(len(family)) - np.repeat(starts, sizes)
    return np.sort(order[position < FAMILY_LIMIT])
