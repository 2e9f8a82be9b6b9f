"""What stands behind single figures of a version: which level it took for which, its ROC curve, and whether its probabilities mean what they say."""

from dataclasses import dataclass

import numpy as np

from modeling.measures.calibration import BINS, confidence_and_hit
from modeling.measures.data import Floats, Mask, Scored
from modeling.measures.performance import confusion_matrix

MOST_POINTS = 100
"""Of a ROC curve: more cannot be seen, and each is stored for every subgroup of every version."""
SHARE_DIGITS, SCORE_DIGITS = 5, 4


@dataclass(frozen=True)
class Curves:
    """Counts behind the curves of some comments.

    levels: (3, 3) comments by true (rows) and predicted level; those of binary sources are not among them.
    flags: [[true negatives, false positives], [false negatives, true positives]].
    roc: [false-alarm rate, share of toxic ones found, from which score on], from (0, 0) to (1, 1); empty without both kinds.
    bins: [n, mean confidence, share right] for each of the `BINS` bins of equal width; both 0 where n is.
    """

    n: int
    n_toxic: int
    levels: list[list[int]]
    flags: list[list[int]]
    roc: list[list[float]]
    bins: list[list[float]]


def curves_of(scored: Scored) -> Curves:
    by_level = scored.three_level
    return Curves(
        n=len(scored),
        n_toxic=int(scored.toxic.sum()),
        levels=_counts(scored.level[by_level], scored.predicted[by_level], 3),
        flags=_counts(scored.toxic.astype(int), scored.flagged.astype(int), 2),
        roc=roc_points(scored.toxic, scored.score),
        bins=calibration_bins(scored),
    )


def _counts(truth: np.ndarray, predicted: np.ndarray, classes: int) -> list[list[int]]:
    return confusion_matrix(truth, predicted, classes).astype(int).tolist()


def roc_points(toxic: Mask, score: Floats, most: int = MOST_POINTS) -> list[list[float]]:
    """The corners of the ROC curve; of more than `most`, those nearest to even steps along it, both ends among them."""
    if toxic.all() or not toxic.any():
        return []
    order = np.argsort(-score, kind="stable")
    last_of_score = np.append(np.diff(score[order]) != 0, True)
    found = np.append(0, np.cumsum(toxic[order])[last_of_score]) / toxic.sum()
    alarms = np.append(0, np.cumsum(~toxic[order])[last_of_score]) / (~toxic).sum()
    limit = np.append(1, score[order][last_of_score])
    kept = _even_steps(found + alarms, most)
    shares = np.round(np.column_stack([alarms, found])[kept], SHARE_DIGITS)
    return np.column_stack([shares, np.round(limit[kept], SCORE_DIGITS)]).tolist()


def _even_steps(travelled: Floats, most: int) -> np.ndarray:
    """`travelled`: rising from 0 to 2 along the curve."""
    if len(travelled) <= most:
        return np.arange(len(travelled))
    return np.unique(np.append(np.searchsorted(travelled, np.linspace(0, 2, most - 1)).clip(max=len(travelled) - 1), len(travelled) - 1))


def calibration_bins(scored: Scored) -> list[list[float]]:
    """By the probability of the most probable class, as the calibration error is taken."""
    confidence, hit = confidence_and_hit(scored.p.astype(np.float64), scored.score, scored.level, scored.toxic)
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    n, sums, hits = (np.bincount(place, weights, minlength=BINS) for weights in (np.ones(len(place)), confidence, hit.astype(np.float64)))
    shares = np.round(np.column_stack([sums, hits]) / np.maximum(n, 1)[:, None], SHARE_DIGITS)
    return [[int(count), *row] for count, row in zip(n, shares.tolist(), strict=True)]
