"""Small made-up sets of scored comments."""

from dataclasses import replace

import numpy as np

from modeling.measures.data import Mask, Scored


def probabilities(score: np.ndarray) -> np.ndarray:
    """(n, 3) with the given toxicity score: .5 p(mild) + p(high)."""
    score = np.asarray(score, dtype=float)
    return np.column_stack([(1 - score) ** 2, 2 * score * (1 - score), score**2])


def make_scored(score, toxic, *, level=None, threshold=0.5, memberships=None, cluster=None, **fields) -> Scored:
    n = len(score)
    return Scored(
        p=probabilities(score),
        level=np.full(n, -1) if level is None else np.array(level),
        toxic=np.array(toxic, dtype=bool),
        threshold=threshold,
        memberships={name: np.array(mask, dtype=bool) for name, mask in (memberships or {}).items()},
        cluster=np.arange(n) if cluster is None else np.array(cluster),
        **fields,
    )


def make_world(n: int, *, seed: int = 0, subgroups: int = 4, share: float = 0.25, noise: float = 0.25, family: int = 1) -> Scored:
    """n comments with three levels and overlapping subgroups, families of `family` comments that share truth, scored with noise."""
    rng = np.random.default_rng(seed)
    families = -(-n // family)
    cluster = np.repeat(np.arange(families), family)[:n]
    target = rng.beta(0.7, 0.9, families)[cluster]
    memberships = {f"group_{i}": (rng.random(families) < share)[cluster] for i in range(subgroups)}
    level = np.where(target < 0.3, 0, np.where(target > 0.7, 2, 1))
    return make_scored(noisy(target, noise, seed), target >= 0.5, level=level, memberships=memberships, cluster=cluster)


def noisy(target: np.ndarray, noise: float, seed: int) -> np.ndarray:
    return np.clip(target + noise * np.random.default_rng(seed + 1000).normal(size=len(target)), 0.01, 0.99)


def rescored(scored: Scored, *, noise: float, seed: int) -> Scored:
    """Another version on the same comments: truth recovered from the level, blurred by `noise`."""
    centre = np.where(scored.toxic, 0.75, 0.25)
    return replace(scored, p=probabilities(noisy(centre, noise, seed)))


def shifted(scored: Scored, rows: Mask, by: float) -> Scored:
    """The same version, but with the scores of some comments moved."""
    return replace(scored, p=probabilities(np.clip(scored.score + by * rows, 0, 1)))


def exchanged(a: Scored, b: Scored, rng: np.random.Generator) -> tuple[Scored, Scored]:
    """Both versions' predictions exchanged at random per family: neither can be better."""
    swap = (rng.random(a.cluster.max() + 1) < 0.5)[a.cluster][:, None]
    return replace(a, p=np.where(swap, b.p, a.p)), replace(b, p=np.where(swap, a.p, b.p))
