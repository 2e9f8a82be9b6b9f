"""What people reported about comments like this one: nearest labelled neighbours, or the same subgroup and level. numpy only."""

import numpy as np

from feedback.crowd.pool import Bools, Floats, Ints, Pool

NEIGHBOURS = 10
MOST_JUDGED = 10_000
"""Labelled comments that are looked through: the last ones, beyond which neighbours hardly come nearer and the search takes minutes."""

PART = 4_000
"""Comments compared at a time, so that memory does not grow with the pool."""


def reported_nearby(pool: Pool) -> tuple[Floats, Floats]:
    """((n,) share of answers nearby that report a bias, in [0, 1]; (n,) how many neighbours they are worth, in [0, `NEIGHBOURS`]).

    By cosine in the version's embedding, weighted by it (a neighbour at a right angle says nothing); where embeddings are not stored,
    from the labelled comments of the same subgroup (or of none) and predicted level, which then all count alike.
    """
    judged = pool.judged[-MOST_JUDGED:]
    if pool.reports is None or not len(judged):
        return np.zeros(len(pool)), np.zeros(len(pool))
    if pool.place is None:
        return _of_the_same_kind(pool, judged, pool.reports[judged])
    places, own = _unit(pool.place[judged]), pool.reports[judged]
    parts = [_nearest(_unit(pool.place[start : start + PART]) @ places.T, own) for start in range(0, len(pool), PART)]
    rate, voice = np.concatenate(parts, axis=1)
    return rate, voice


def _nearest(cosine: Floats, reports: Floats) -> Floats:
    """(2, m) rate and voice of m comments, whose cosines with the k labelled ones are (m, k)."""
    count = min(NEIGHBOURS, len(reports))
    nearest = np.argpartition(-cosine, count - 1, axis=1)[:, :count]
    weight = np.maximum(0.0, np.take_along_axis(cosine, nearest, axis=1))
    voice = weight.sum(axis=1)
    return np.array([(weight * reports[nearest]).sum(axis=1) / np.maximum(voice, 1e-12), voice])


def _of_the_same_kind(pool: Pool, judged: Ints, reports: Floats) -> tuple[Floats, Floats]:
    """Over all strata that a comment stands in; more than `NEIGHBOURS` labelled comments speak no louder than that many."""
    reported, answered = np.zeros(len(pool)), np.zeros(len(pool))
    for stratum in _strata(pool):
        inside = stratum[judged]
        reported[stratum] += reports[inside].sum()
        answered[stratum] += inside.sum()
    return reported / np.maximum(answered, 1), np.minimum(answered, NEIGHBOURS)


def _strata(pool: Pool) -> list[Bools]:
    predicted = pool.predicted
    return [members & (predicted == level) for members in (*pool.mentions.values(), pool.background) for level in range(3)]


def _unit(places: np.ndarray) -> Floats:
    """float32 rows of length 1; a row of zeros stays one."""
    rows = places.astype(np.float32)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.maximum(length, 1e-12)
