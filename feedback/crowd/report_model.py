"""What people reported, carried over to the comments that nobody has judged: a logistic regression that starts from the signs. numpy only."""

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

MOST_STEPS, GRADIENT = 100, 1e-8
"""Of Newton's method. A gradient of this norm is within `GRADIENT / PENALTY` of the optimum."""


def learned_chance(pool: Pool, prior: Floats) -> Floats:
    """(n,) chance that people report a bias, in (0, 1): `sigmoid(log(c prior + LEAST) + x b)`, where somebody has answered.

    prior: (n,) of the signs, >= 0, read as odds. c: reports per sign among the labelled comments. x: what was predicted, who is mentioned,
    direction in the version's embedding, where it is stored. b: the most probable by a normal prior around 0, so that the signs stand alone
    for a comment unlike any judged one. A share of answers counts as one answer.

    Odds are no chances: the signs alone foretell fewer reports than people made, and far fewer where many comments are reported; b makes up
    for it, as what was predicted stands in x. Solved for, so that the signs alone foretell as many, c was greater, most of what looks toxic
    was nearly sure, and the replay on the held-out plant needed more labels.
    """
    judged = pool.judged[-MOST_JUDGED:]
    reports = pool.reports[judged]  # type: ignore[index]  # the caller has looked that somebody has answered
    # One more of each: a few answers without a report must not silence the signs.
    scale = (reports.sum() + 1) / (prior[judged].sum() + 1)
    start = np.log(scale * prior + LEAST)
    coefficients = _fitted(_features(pool, judged), reports, start[judged])
    parts = np.split(np.arange(len(pool)), range(PART, len(pool), PART))
    return _sigmoid(start + np.concatenate([_features(pool, rows) @ coefficients for rows in parts]))


def _features(pool: Pool, rows: Ints) -> Floats:
    """(m, k), each column within [-1, 1], so that one penalty fits them all."""
    predicted = pool.predicted[rows, None] == np.arange(3)
    columns = [predicted, pool.background[rows, None], *(members[rows, None] for members in pool.mentions.values())]
    return np.hstack([*columns, *([] if pool.place is None else [_unit(pool.place[rows])])]).astype(np.float64)


def _fitted(x: Floats, share: Floats, start: Floats) -> Floats:
    """(k,) coefficients with the least penalised log loss, which is convex, by Newton's method."""
    b = np.zeros(x.shape[1])
    for _ in range(MOST_STEPS):
        chance = _sigmoid(start + x @ b)
        gradient = x.T @ (chance - share) + PENALTY * b
        if np.linalg.norm(gradient) <= GRADIENT:
            break
        step = _newton_step(x * np.sqrt(chance * (1 - chance))[:, None], gradient)
        # Where log odds move by d the curvature changes by at most e^d; cut so, a step from anywhere leads down (Sun & Tran-Dinh 2019).
        moved = np.abs(x @ step).max()
        b -= step * (np.log1p(moved) / moved if moved else 1)
    return b


def _newton_step(a: Floats, gradient: Floats) -> Floats:
    """`(PENALTY I + a'a)^-1 gradient`, by the smaller of two systems: there may be more columns than answers, and the other way round."""
    rows, columns = a.shape
    if columns <= rows:
        return np.linalg.solve(a.T @ a + PENALTY * np.eye(columns), gradient)
    return (gradient - a.T @ np.linalg.solve(a @ a.T + PENALTY * np.eye(rows), a @ gradient)) / PENALTY


def _sigmoid(z: Floats) -> Floats:
    return np.exp(-np.logaddexp(0, -z))


def _unit(places: np.ndarray) -> Floats:
    """Rows of length 1; a row of zeros stays one."""
    rows = places.astype(np.float64)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
