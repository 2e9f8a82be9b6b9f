"""Sums over sorted scores and over subgroups, for many weight vectors (..., n) at once: what AUCs are made of.

Sorting is done once per set of scores. A weight vector then costs one cumulative sum over the toxic and one over the non-toxic
comments, and one look-up for each comment of the other class (Mann-Whitney). Weights are counts, so that all sums are exact.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from modeling.measures.data import Floats, Mask
from modeling.measures.statistics import divide


def cumulated(weights: Floats) -> Floats:
    """(..., m) -> (..., m + 1): the sum of the first 0, 1, ... m weights."""
    sums = np.empty((*weights.shape[:-1], weights.shape[-1] + 1))
    sums[..., 0] = 0
    np.cumsum(weights, axis=-1, out=sums[..., 1:])
    return sums


class Standing:
    """Where each of some scores stands among others that are sorted; equal ones count half."""

    def __init__(self, left: NDArray[np.integer], right: NDArray[np.integer]) -> None:
        self.left = left
        self.tied = np.flatnonzero(right > left)
        self.tied_left, self.tied_right = left[self.tied], right[self.tied]

    @classmethod
    def among(cls, ordered: NDArray, scores: NDArray) -> Self:
        return cls(np.searchsorted(ordered, scores, "left"), np.searchsorted(ordered, scores, "right"))

    def mass_below(self, sums: Floats) -> Floats:
        """`sums`: cumulated weights of the others, (..., m + 1). For each score, the weight of those below it."""
        below = sums.take(self.left, axis=-1)
        if len(self.tied):
            below[..., self.tied] = (sums.take(self.tied_left, axis=-1) + sums.take(self.tied_right, axis=-1)) / 2
        return below


class Segments:
    """The members of G subgroups, one subgroup after the other: sums over subgroups touch members only."""

    def __init__(self, in_subgroup: NDArray) -> None:
        columns = [np.flatnonzero(column) for column in np.asarray(in_subgroup).T]
        self.places = np.concatenate([*columns, np.array([], dtype=int)])
        lengths = np.array([len(column) for column in columns], dtype=int)
        self.ends = np.cumsum(lengths)
        self.starts = self.ends - lengths
        self.filled = lengths > 0

    def of(self, values: Floats) -> Floats:
        """(..., n) -> (..., members of all subgroups)."""
        return values.take(self.places, axis=-1)

    def sums(self, values: Floats) -> Floats:
        """(..., members of all subgroups) -> (..., G); an empty subgroup has 0."""
        sums = np.zeros((*values.shape[:-1], len(self.starts)))
        if self.filled.any():
            sums[..., self.filled] = np.add.reduceat(values, self.starts[self.filled], axis=-1)
        return sums


class Ranks:
    """Toxic and non-toxic comments, each sorted by score, and how they stand among each other."""

    def __init__(self, y_toxic: Mask, score: NDArray[np.floating]) -> None:
        order = np.argsort(score, kind="stable")
        toxic = np.asarray(y_toxic, dtype=bool)[order]
        self.toxic_rows, self.non_toxic_rows = order[toxic], order[~toxic]
        self.toxic_scores, self.non_toxic_scores = np.asarray(score)[self.toxic_rows], np.asarray(score)[self.non_toxic_rows]
        self.toxic_among_non_toxic = Standing.among(self.non_toxic_scores, self.toxic_scores)
        self.non_toxic_among_toxic = Standing.among(self.toxic_scores, self.non_toxic_scores)


def auc(y_toxic: Mask, score: NDArray[np.floating], weights: Floats | None = None) -> Floats:
    """Area under the ROC curve: chance that a toxic comment scores above a non-toxic one, equal scores counting half.

    In [0, 1], ideal 1; nan where a class has no weight.
    """
    ranks, weights = Ranks(y_toxic, score), np.ones(len(y_toxic)) if weights is None else weights
    toxic, non_toxic = cumulated(weights.take(ranks.toxic_rows, axis=-1)), cumulated(weights.take(ranks.non_toxic_rows, axis=-1))
    won = np.diff(toxic, axis=-1) * ranks.toxic_among_non_toxic.mass_below(non_toxic)
    return divide(won.sum(axis=-1), toxic[..., -1] * non_toxic[..., -1])


def average_precision(y_toxic: Mask, score: NDArray[np.floating] | Ranks, weights: Floats | None = None) -> Floats:
    """Sum over thresholds of (recall gained) x precision, as in scikit-learn. In [0, 1], ideal 1; nan without toxic comments."""
    ranks = score if isinstance(score, Ranks) else Ranks(y_toxic, score)
    weights = np.ones(len(y_toxic)) if weights is None else weights
    toxic, non_toxic = weights.take(ranks.toxic_rows, axis=-1), weights.take(ranks.non_toxic_rows, axis=-1)
    toxic_to, non_toxic_to = cumulated(toxic), cumulated(non_toxic)
    # At each toxic comment's own score as threshold: what is flagged, equal scores included.
    first_equal = np.searchsorted(ranks.toxic_scores, ranks.toxic_scores, "left")
    caught = toxic_to[..., -1:] - toxic_to.take(first_equal, axis=-1)
    wrong = non_toxic_to[..., -1:] - non_toxic_to.take(ranks.toxic_among_non_toxic.left, axis=-1)
    precision = np.nan_to_num(divide(caught, caught + wrong))
    return divide(np.einsum("...i,...i->...", toxic, precision), toxic_to[..., -1])
