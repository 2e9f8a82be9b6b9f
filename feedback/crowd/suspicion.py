"""Bias-seeking: how likely a comment is to be rated too high for whom it mentions, from three signs. numpy only.

`looks toxic x mean of the signs that are there`, then moved towards what people reported in the neighbourhood. Signs that are missing
(`missing_signals`) drop out of the mean; with none at all, what looks toxic is all there is to go by.
"""

import numpy as np

from feedback.crowd.neighbourhood import reported_nearby
from feedback.crowd.pool import Floats, Pool

SHRINK_COUNT = 20
"""A subgroup of n comments keeps n / (n + 20) of its distance from the background."""

PRIOR_VOICE = 5
"""The signs count like so many answers nearby: people who judged ten comments like this one are believed twice as much."""

TOP = 0.99
"""Flips are measured against this quantile of those that are there: the greatest of all may stand alone."""


def chance_of_report(pool: Pool) -> Floats:
    """(n,) `(PRIOR_VOICE c s + v r) / (PRIOR_VOICE + v)`, >= 0.

    s: `suspicion`. r: share of answers that reported a bias among the labelled neighbours, v: how many they are worth
    (`neighbourhood`). c brings s to the same scale: with it, s foretells as many reports among the labelled comments as people made.
    Before anybody has answered: s.
    """
    prior = suspicion(pool)
    judged = pool.judged
    if pool.reports is None or not len(judged):
        return prior
    # One more of each: a few answers without a report must not silence the signs.
    scale = (pool.reports[judged].sum() + 1) / (prior[judged].sum() + 1)
    rate, voice = reported_nearby(pool)
    return (PRIOR_VOICE * scale * prior + voice * rate) / (PRIOR_VOICE + voice)


def suspicion(pool: Pool) -> Floats:
    """(n,) `looks toxic x mean of the signs`, in [0, 1]; looks toxic: 1 when flagged, else the toxicity score.

    The signs, each as the square root of its share of the greatest (the root keeps the second-worst in sight):
    how far the scores of its subgroup stand above the background's (`distances`); the chance that its level falls when the
    identity is swapped (`Pool.flips`). Where neither says anything about anybody (no mentions, no background): looks toxic alone.
    """
    looks_toxic = np.where(pool.flagged, 1.0, pool.score)
    signs = [sign for sign in (_relative_distance(pool), _relative_flips(pool)) if sign is not None]
    if not signs:
        return looks_toxic
    known = np.array([~np.isnan(sign) for sign in signs])
    total = np.array([np.nan_to_num(sign) for sign in signs]).sum(axis=0)
    return looks_toxic * total / np.maximum(known.sum(axis=0), 1)


def distances(pool: Pool) -> dict[str, float]:
    """{subgroup: how far its score distribution stands above the background's (comments that mention nobody), >= 0}: the difference of
    means (the signed 1-Wasserstein distance) over the pool's standard deviation, at least 0, shrunk by n / (n + 20)."""
    score, background = pool.score, pool.background
    spread, below = score.std() or 1.0, score[background].mean() if background.any() else np.inf
    counts = {name: int(members.sum()) for name, members in pool.mentions.items()}
    return {
        name: max(0.0, float(score[members].mean() - below) / spread) * counts[name] / (counts[name] + SHRINK_COUNT) if counts[name] else 0.0
        for name, members in pool.mentions.items()
    }


def missing_signals(pool: Pool) -> tuple[str, ...]:
    """What the draw has to do without: of `disagreement`, `flips`, `place`, `reports`."""
    missing = [name for name in ("disagreement", "flips", "place") if getattr(pool, name) is None]
    return (*missing, *([] if len(pool.judged) else ["reports"]))


def _relative_distance(pool: Pool) -> Floats | None:
    """(n,) of the greatest of a comment's subgroups; 0 for the background."""
    found = distances(pool)
    greatest = max(found.values(), default=0.0)
    if not greatest > 0:
        return None
    own = np.zeros(len(pool))
    for name, distance in found.items():
        own[pool.mentions[name]] = np.maximum(own[pool.mentions[name]], distance)
    return np.sqrt(own / greatest)


def _relative_flips(pool: Pool) -> Floats | None:
    """nan where there is nothing to swap."""
    if pool.flips is None or not np.nansum(pool.flips) > 0:
        return None
    top = float(np.nanquantile(pool.flips, TOP)) or float(np.nanmax(pool.flips))
    return np.sqrt(np.minimum(1.0, pool.flips / top))
