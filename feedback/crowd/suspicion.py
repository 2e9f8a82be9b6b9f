"""Bias-seeking: how likely a comment is to be rated too high for whom it mentions, from two signs and what people reported.

`looks toxic x mean of the signs that are there`, then learned on from reports (`report_model`). Signs that are missing (`missing_signals`)
drop out of the mean; with none at all, what looks toxic is all there is to go by. No comment is cleared for mentioning nobody we know of: a
group or a dialect that no list knows is where nobody has looked yet.
"""

import numpy as np

from feedback.crowd.pool import Floats, Pool
from feedback.crowd.report_model import learned_chance

SHRINK_COUNT = 20
"""A subgroup of n comments keeps n / (n + 20) of its distance from the background."""

TOP = 0.99
"""Flips are measured against this quantile of those that are there: the greatest of all may stand alone."""


def chance_of_report(pool: Pool) -> Floats:
    """(n,) >= 0. Before anybody has answered: `suspicion`, whose order alone means something; then a chance (`report_model`)."""
    prior = suspicion(pool)
    return learned_chance(pool, prior) if len(pool.judged) else prior


def suspicion(pool: Pool) -> Floats:
    """(n,) `looks toxic x mean of the signs`, in [0, 1]; looks toxic: 1 when flagged, else the toxicity score.

    The signs, each as the square root of its share of the greatest (the root keeps the second-worst in sight):
    how far the scores of its subgroup stand above the background's (`distances`); the chance that its level falls when the identity is swapped
    (`Pool.flips`). A comment about which neither says anything is as suspicious as the median of the flagged ones about which one does.
    Where neither says anything about anybody: looks toxic alone. An ensemble's disagreement is no sign: where the labels of a whole group
    were wrong, its heads are wrong together.
    """
    looks_toxic = np.where(pool.flagged, 1.0, pool.score)
    found = (_relative_distance(pool), _relative_flips(pool))
    signs = np.array([sign for sign in found if sign is not None]).reshape(-1, len(pool))
    known = ~np.isnan(signs)
    told = known.any(axis=0)
    if not told.any():
        return looks_toxic
    mean = np.nan_to_num(signs).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    typical = np.median(mean[told & pool.flagged] if (told & pool.flagged).any() else mean[told])
    return looks_toxic * np.where(told, mean, typical)


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
    """(n,) of the greatest of a comment's subgroups; nan for the background, of which nobody knows whether it mentions a group."""
    found = distances(pool)
    greatest = max(found.values(), default=0.0)
    if not greatest > 0:
        return None
    own = np.where(pool.background, np.nan, 0.0)
    for name, distance in found.items():
        own[pool.mentions[name]] = np.maximum(own[pool.mentions[name]], distance)
    return np.sqrt(own / greatest)


def _relative_flips(pool: Pool) -> Floats | None:
    """nan where there is nothing to swap."""
    if pool.flips is None or not np.nansum(pool.flips) > 0:
        return None
    top = float(np.nanquantile(pool.flips, TOP)) or float(np.nanmax(pool.flips))
    return np.sqrt(np.minimum(1.0, pool.flips / top))
