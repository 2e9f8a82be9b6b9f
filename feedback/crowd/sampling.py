"""Which comments to show: weights by strategy, drawn by Gumbel top-k and mixed with a random slice. numpy only."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from feedback.crowd.inclusion import FAMILY_LIMIT, capacity, effective_n, inclusion_probabilities, thinned
from feedback.crowd.pool import Floats, Ints, Pool
from feedback.crowd.suspicion import chance_of_report

__all__ = ["FAMILY_LIMIT", "LEAST_RANDOM", "STRATEGIES", "Draw", "Pool", "capacity", "draw", "effective_n", "inclusion_probabilities"]

WEIGHT_FLOOR = 0.01
"""No comment's weight is below this share of the mean weight, as what weighs nothing has no logarithm."""

LEAST_RANDOM = 0.1
"""Share of a round that is always drawn at random, so that each comment left after thinning has about a tenth of a uniform draw's chance:
without it, most of a pool would stand behind a handful of items, or none, and no weighting back could mend that."""

SHARPNESS = 4
"""Power of an uncertainty: uncertainties lie close together, and drawn in proportion to them as they are, a round would hardly differ from a
random one. The random slice keeps estimates honest, and effective n tells the price."""

BIAS_SHARPNESS = 6
"""Power of the chance of a report, where few stand out of very many. What half and twice of it cost on the plant that is not quoted:
`bias_seeking_bias_sharpness_halved` and `_doubled` of the benchmark `sampling`."""


@dataclass(frozen=True)
class Draw:
    """`chosen` (k,) rows of the pool in random order; `inclusion` (k,) in (0, 1]; `effective_n` by Kish, in [1, k]."""

    chosen: Ints
    inclusion: Floats
    effective_n: float


def uniform(pool: Pool) -> Floats:
    return np.ones(len(pool))


def least_confidence(pool: Pool) -> Floats:
    """`1 - max p`, in [0, 2/3], sharpened by `SHARPNESS`."""
    return (1 - pool.p.max(axis=1)) ** SHARPNESS


def margin(pool: Pool) -> Floats:
    """`1 - (p of the most probable level - p of the second)`, in [0, 1], sharpened by `SHARPNESS`."""
    ordered = np.sort(pool.p, axis=1)
    return (1 - (ordered[:, 2] - ordered[:, 1])) ** SHARPNESS


def entropy(pool: Pool) -> Floats:
    """`-sum p log p / log 3`, in [0, 1], sharpened by `SHARPNESS`."""
    safe = np.clip(pool.p, 1e-12, 1)
    return (-(safe * np.log(safe)).sum(axis=1) / np.log(3)) ** SHARPNESS


def disagreement(pool: Pool) -> Floats:
    """How far the heads of an ensemble are apart, in nats, in [0, ln 3]: unlike an uncertainty it spans orders of magnitude as it is.

    Raises:
        ValueError: the pool has not been through the ensemble.
    """
    if pool.disagreement is None:
        raise ValueError("this pool has no disagreement of an ensemble")
    return pool.disagreement


def bias_seeking(pool: Pool) -> Floats:
    """How likely people would report a bias (`suspicion.chance_of_report`), sharpened by `BIAS_SHARPNESS`."""
    return chance_of_report(pool) ** BIAS_SHARPNESS


def stratified(pool: Pool) -> Floats:
    """1 / size of the smallest stratum (subgroup or background x predicted level) that a comment stands in, of those left to show."""
    predicted, left = pool.predicted, np.zeros(len(pool), bool)
    left[pool.open_rows] = True
    weights = np.zeros(len(pool))
    for members in (*pool.mentions.values(), pool.background):
        for level in range(3):
            stratum = members & (predicted == level) & left
            if stratum.any():
                weights[stratum] = np.maximum(weights[stratum], 1 / stratum.sum())
    return weights


STRATEGIES: dict[str, Callable[[Pool], Floats]] = {
    "random": uniform,
    "least_confidence": least_confidence,
    "margin": margin,
    "entropy": entropy,
    "disagreement": disagreement,
    "stratified": stratified,
    "bias_seeking": bias_seeking,
}


def draw(pool: Pool, *, strategy: str, count: int, random_share: float, rng: np.random.Generator) -> Draw:
    """Choose `count` comments: thin near-duplicates and families, take most by weight, the rest (`random_count`) uniformly.

    The weighted part is a Gumbel top-k: the greatest `log weight + Gumbel noise`, which is drawing without replacement in
    proportion to the weights (Kool et al. 2019).

    Raises:
        ValueError: `count` is below 1 or above what `capacity` says.
    """
    family, copies = pool.variants
    most = capacity(family, copies)
    if not 1 <= count <= most:
        raise ValueError(f"count must be between 1 and {most}, not {count}")
    weights = open_weights(pool, strategy)
    at_random = random_count(count, random_share)
    candidates = thinned(family, copies, rng)
    keys = np.log(weights[candidates]) + rng.gumbel(size=len(candidates))
    by_key = candidates[np.argsort(-keys)]
    weighted, rest = np.split(by_key, [count - at_random])
    chosen = rng.permutation(np.concatenate([weighted, rng.choice(rest, at_random, replace=False)]))
    inclusion = inclusion_probabilities(weights, family, count=count, random_count=at_random, copies=copies)[chosen]
    return Draw(chosen=pool.open_rows[chosen], inclusion=inclusion, effective_n=effective_n(inclusion))


def random_count(count: int, random_share: float) -> int:
    """How many of a draw's `count` are drawn at random: `random_share` of them, and never less than `LEAST_RANDOM`."""
    return max(round(count * random_share), math.ceil(count * LEAST_RANDOM - 1e-9))


def open_weights(pool: Pool, strategy: str) -> Floats:
    """Weights of the rows that may be shown, none of them 0."""
    weights = STRATEGIES[strategy](pool)[pool.open_rows]
    return np.maximum(weights, WEIGHT_FLOOR * weights.mean()) if weights.any() else np.ones_like(weights)
