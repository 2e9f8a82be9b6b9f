"""The threshold of a version: where false positives and false negatives are equally frequent."""

import numpy as np
from numpy.typing import NDArray


def scores_of(probabilities: NDArray[np.floating]) -> NDArray[np.float64]:
    """`.5 p(mild) + p(high)`, (n,), from (n, 3)."""
    return probabilities.astype(np.float64) @ np.array([0.0, 0.5, 1.0])


def equal_error_threshold(scores: NDArray[np.floating], toxic: NDArray[np.bool_], weights: NDArray[np.floating] | None = None) -> float:
    """The threshold t in [0, 1] with |FPR - FNR| smallest, where flagged = score >= t; half-way between two scores.

    scores: (n,) in [0, 1]; toxic: (n,) truth; weights: (n,) how much each row counts, default all the same. .5 where either class
    is missing, as there is nothing to balance.
    """
    weights = np.ones(len(scores)) if weights is None else weights.astype(np.float64)
    if not weights[toxic].sum() or not weights[~toxic].sum():
        return 0.5
    cuts = np.unique(np.concatenate([[0.0], scores, [1.0]]))
    thresholds = (cuts[:-1] + cuts[1:]) / 2
    false_positive = 1 - _share_below(thresholds, scores[~toxic], weights[~toxic])
    false_negative = _share_below(thresholds, scores[toxic], weights[toxic])
    return float(thresholds[np.abs(false_positive - false_negative).argmin()])


def _share_below(thresholds: NDArray[np.floating], scores: NDArray[np.floating], weights: NDArray[np.floating]) -> NDArray[np.float64]:
    order = np.argsort(scores)
    summed = np.concatenate([[0.0], np.cumsum(weights[order])])
    return summed[np.searchsorted(scores[order], thresholds, side="left")] / summed[-1]
