"""What people reported, carried over to the comments that nobody has judged: a logistic regression that starts from the signs.

scipy is imported inside functions.
"""

import numpy as np

from feedback.crowd.pool import Floats, Ints, Pool

PENALTY = 1.0
"""Inverse variance of each coefficient before anybody has answered: one answer hardly moves them, a few dozen of one kind do."""

LEAST = 0.02
"""Odds where the signs say nothing, so that no comment is beyond people's correction."""

MOST_JUDGED = 10_000
"""Labelled comments that it learns from: the last ones."""

PART = 20_000
"""Comments foretold at a time, so that memory does not grow with the pool."""


def learned_chance(pool: Pool, prior: Floats) -> Floats:
    """(n,) chance that people report a bias, in (0, 1): `expit(log(c prior + LEAST) + x b)`, where somebody has answered.

    prior: (n,) of the signs, >= 0, read as odds. c: with it they foretell as many reports among the labelled comments as people made.
    x: what was predicted, who is mentioned, direction in the version's embedding, where it is stored. b: the most probable by a normal
    prior around 0, so that the signs stand alone for a comment unlike any judged one. A share of answers counts as one answer.
    """
    from scipy.special import expit

    judged = pool.judged[-MOST_JUDGED:]
    reports = pool.reports[judged]  # type: ignore[index]  # the caller has looked that somebody has answered
    # One more of each: a few answers without a report must not silence the signs.
    scale = (reports.sum() + 1) / (prior[judged].sum() + 1)
    start = np.log(scale * prior + LEAST)
    coefficients = _fitted(_features(pool, judged), reports, start[judged])
    parts = np.split(np.arange(len(pool)), range(PART, len(pool), PART))
    return expit(start + np.concatenate([_features(pool, rows) @ coefficients for rows in parts]))


def _features(pool: Pool, rows: Ints) -> Floats:
    """(m, k), each column within [-1, 1], so that one penalty fits them all."""
    predicted = pool.predicted[rows, None] == np.arange(3)
    columns = [predicted, pool.background[rows, None], *(members[rows, None] for members in pool.mentions.values())]
    return np.hstack([*columns, *([] if pool.place is None else [_unit(pool.place[rows])])]).astype(np.float64)


def _fitted(x: Floats, share: Floats, start: Floats) -> Floats:
    """(k,) coefficients with the least penalised log loss, which is convex."""
    from scipy.optimize import minimize
    from scipy.special import expit

    def loss(b: Floats) -> tuple[float, Floats]:
        z = start + x @ b
        value = np.logaddexp(0, z).sum() - share @ z + PENALTY / 2 * b @ b
        return float(value), x.T @ (expit(z) - share) + PENALTY * b

    return np.asarray(minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x)


def _unit(places: np.ndarray) -> Floats:
    """Rows of length 1; a row of zeros stays one."""
    rows = places.astype(np.float64)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
