"""Whether probabilities mean what they say, and the paper's printed bias term.

Each comment is judged by its own kind: over the three levels where its source has votes, over toxic / non-toxic (the score
against `target` >= .5) where the source is binary.
"""

import numpy as np
from numpy.typing import NDArray

from modeling.measures.data import Floats, Mask
from modeling.measures.statistics import divide

BINS = 15


def confidence_and_hit(p: NDArray[np.floating], score: Floats, level: NDArray[np.integer], toxic: Mask) -> tuple[Floats, Mask]:
    """The probability of the most probable class, (n,), and whether that class is the true one, (n,).

    Binary sources: classes toxic with `score` and non-toxic with 1 - `score`, whatever the version's threshold.
    """
    by_level = level >= 0
    confidence = np.where(by_level, p.max(axis=1), np.maximum(score, 1 - score))
    hit = np.where(by_level, np.argmax(p, axis=1) == level, (score >= 0.5) == toxic)
    return confidence, hit


def calibration_gaps(confidence: Floats, hit: Mask, bins: int = BINS) -> Floats:
    """(n, bins): hit - confidence, in the column of the comment's bin of equal width over [0, 1]."""
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    return np.eye(bins)[bin_of] * (hit - confidence)[:, None]


def expected_calibration_error(gap_sums: Floats, n: Floats) -> Floats:
    """ECE: mean over comments of |accuracy - mean confidence| of the comment's bin (Guo et al. 2017). In [0, 1], ideal 0.

    `gap_sums` (..., bins): sums of `calibration_gaps` over n (...) comments. A resample adds noise to each bin, so its ECE tends to lie
    a little above the value itself.
    """
    return divide(np.abs(gap_sums).sum(axis=-1), n)


def squared_error(p: NDArray[np.floating], score: Floats, level: NDArray[np.integer], toxic: Mask) -> Floats:
    """(n,) the Brier score of each comment: half the summed squared error over its classes. In [0, 1], ideal 0.

    Half, as scikit-learn's `scale_by_half`, so that a binary comment gives the familiar (score - toxic)^2.
    """
    truth = np.eye(3)[np.maximum(level, 0)]
    return np.where(level >= 0, ((p - truth) ** 2).sum(axis=1) / 2, (score - toxic) ** 2)


def kl_to_uniform(p: NDArray[np.floating]) -> Floats:
    """(n,) KL(p || uniform) in nats, in [0, ln 3]: the paper's printed bias term. Measures confidence; it knows no group."""
    p = p.astype(np.float64)
    return np.log(3) + (p * np.log(np.where(p > 0, p, 1))).sum(axis=1)
