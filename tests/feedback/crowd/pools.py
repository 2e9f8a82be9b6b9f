"""Pools made of numbers."""

import numpy as np

from feedback.crowd.pool import Pool


def pool_of(p, *, family=None, mentions=None, threshold: float = 0.4, **signals) -> Pool:
    p = np.asarray(p, dtype=float)
    score = 0.5 * p[:, 1] + p[:, 2]
    family = np.arange(len(p)) if family is None else np.asarray(family)
    members = {name: np.isin(np.arange(len(p)), rows) for name, rows in (mentions or {}).items()}
    signals = {name: np.asarray(values) for name, values in signals.items()}
    return Pool(p=p, flagged=score >= threshold, family=family, mentions=members, **signals)


def some_pool(n: int, seed: int = 0, **more) -> Pool:
    return pool_of(np.random.default_rng(seed).dirichlet([2, 1, 1], n), **more)
