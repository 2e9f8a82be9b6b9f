"""How often the gate's tests reject where neither version is better and families are few: worlds made for it, no data read.

A score is 0 or 1 (how toxic) plus what both versions make of the family, what one makes of it, and noise. Alike: both err alike, so
that it does not matter who said what. Unlike: the candidate errs most about toxic families, which are the fewer, the champion as much about
the others; their AUCs are equal all the same. Called by `benchmarks.gate few_families`.
"""

from dataclasses import replace

import numpy as np

from modeling.config import GateConfig
from modeling.measures.battery import compare
from modeling.measures.data import Scored
from modeling.measures.gate import primary_test

SIZES = (5, 30)
"""Families of the smaller side."""

UNBALANCED = 4
OF_A_FAMILY = 6
OWN, UNLIKE = 0.5, (1.2, 0.2)
"""How far a version errs about a family; of unlike ones, about those that it errs about most and least."""

BACKGROUND = (40, 80)
"""Families, toxic and not, that mention nobody."""

MEASURES = {"roc_auc": 0, "jigsaw_score": 2}
"""Each with the subgroups of that size beside the background; without subgroups there is no background either."""


def sides() -> list[tuple[int, int]]:
    """(toxic, non-toxic) families, balanced and not."""
    return [(size, size * times) for size in SIZES for times in (1, UNBALANCED)]


def null_tests(measure: str, toxic: int, non_toxic: int, draws: int, config: GateConfig, *, alike: bool = True) -> dict[str, list[float]]:
    """p in each of so many worlds in which neither version is better: of the gate's primary test, and of the `t` test by which it judges
    harm to subgroups."""
    rng = np.random.default_rng([toxic, non_toxic])
    found: dict[str, list[float]] = {"primary": [], "t": []}
    for _ in range(draws):
        champion, candidate = null_world(toxic, non_toxic, MEASURES[measure], rng, alike=alike)
        found["primary"].append(primary_test(champion, candidate, replace(config, primary_measure=measure)).p_value)
        compared = compare(candidate, champion, overall=(measure,), per_subgroup=(), resamples=0, seed=0)
        found["t"].append(compared.p_value(0, 1))
    return found


def null_world(toxic: int, non_toxic: int, subgroups: int, rng: np.random.Generator, *, alike: bool = True) -> tuple[Scored, Scored]:
    """Both versions on comments about each subgroup, of so many families on a side."""
    of_each = [(group, side) for group in range(max(1, subgroups)) for side in np.repeat((True, False), (toxic, non_toxic))]
    families = of_each + [(-1, side) for side in np.repeat((True, False), BACKGROUND) if subgroups]
    group, is_toxic = (np.array(column) for column in zip(*families, strict=True))
    cluster = np.repeat(np.arange(len(families)), OF_A_FAMILY)
    members = {f"group_{one}": (group == one)[cluster] for one in range(subgroups)}
    shared = rng.normal(size=len(families))
    spreads = [np.where(is_toxic == errs, *((OWN, OWN) if alike else UNLIKE)) for errs in (False, True)]
    versions = [_scores(0.7 * is_toxic + 0.6 * shared, spread, cluster, rng) for spread in spreads]
    first, second = (Scored(p, np.full(len(cluster), -1), is_toxic[cluster], 0.5, members, cluster) for p in versions)
    return first, second


def _scores(centre: np.ndarray, spread: np.ndarray, cluster: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    own = centre + spread * rng.normal(size=len(centre))
    score = 1 / (1 + np.exp(-own[cluster] - 0.6 * rng.normal(size=len(cluster))))
    return np.column_stack([1 - score, np.zeros(len(score)), score])
