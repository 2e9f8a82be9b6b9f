"""How often the gate's primary test rejects where nothing differs and families are few: worlds made for it, no data read.

Two versions err alike: a score is 0 or 1 (how toxic) plus what both make of the family, what one makes of it, and noise. Called by
`benchmarks.gate null_draws`.
"""

import numpy as np

from modeling.config import GateConfig
from modeling.measures.data import Scored
from modeling.measures.gate import primary_test

SIZES = (5, 6, 10, 15, 30)
"""Families of the smaller side."""

UNBALANCED = 4
OF_A_FAMILY = 6
BACKGROUND = (40, 80)
"""Families, toxic and not, that mention nobody."""

MEASURES = {"roc_auc": 0, "jigsaw_score": 2}
"""Each with the subgroups of that size beside the background; without subgroups there is no background either."""


def sides() -> list[tuple[int, int]]:
    """(toxic, non-toxic) families, balanced and not."""
    return [(size, size * times) for size in SIZES for times in (1, UNBALANCED)]


def null_tests(measure: str, toxic: int, non_toxic: int, draws: int) -> list[float]:
    """p of the test in each of so many worlds in which neither version is better."""
    rng = np.random.default_rng([toxic, non_toxic])
    config = GateConfig(primary_measure=measure)
    return [primary_test(*null_world(toxic, non_toxic, MEASURES[measure], rng), config).p_value for _ in range(draws)]


def null_world(toxic: int, non_toxic: int, subgroups: int, rng: np.random.Generator) -> tuple[Scored, Scored]:
    """Both versions on comments about each subgroup, of so many families on a side."""
    of_each = [(group, side) for group in range(max(1, subgroups)) for side in np.repeat((True, False), (toxic, non_toxic))]
    families = of_each + [(-1, side) for side in np.repeat((True, False), BACKGROUND) if subgroups]
    group, is_toxic = (np.array(column) for column in zip(*families, strict=True))
    cluster = np.repeat(np.arange(len(families)), OF_A_FAMILY)
    members = {f"group_{one}": (group == one)[cluster] for one in range(subgroups)}
    shared = rng.normal(size=len(families))
    versions = [_scores(0.7 * is_toxic + 0.6 * shared, cluster, rng) for _ in range(2)]
    first, second = (Scored(p, np.full(len(cluster), -1), is_toxic[cluster], 0.5, members, cluster) for p in versions)
    return first, second


def _scores(centre: np.ndarray, cluster: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    own = centre + 0.5 * rng.normal(size=len(centre))
    score = 1 / (1 + np.exp(-own[cluster] - 0.6 * rng.normal(size=len(cluster))))
    return np.column_stack([1 - score, np.zeros(len(score)), score])
