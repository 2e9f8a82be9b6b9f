"""How often a version is right. Over `confusion`: weighted counts (..., k, k), rows = truth, columns = prediction.

All in [0, 1] with ideal 1 unless stated; higher is better. A class that is absent from the truth takes no part in a macro mean.
"""

import numpy as np
from numpy.typing import NDArray

from modeling.measures.data import Floats
from modeling.measures.statistics import divide


def confusion_cells(truth: NDArray[np.integer], predicted: NDArray[np.integer], classes: int) -> Floats:
    """(n, k * k): 1 in the cell of the comment's truth and prediction, both integers 0..k-1 of shape (n,)."""
    return np.eye(classes**2)[np.asarray(truth).astype(int) * classes + predicted]


def confusion_matrix(truth: NDArray[np.integer], predicted: NDArray[np.integer], classes: int) -> Floats:
    """Counts (k, k) of truth x prediction, both integers 0..k-1 of shape (n,)."""
    return confusion_cells(truth, predicted, classes).sum(axis=0).reshape(classes, classes)


def _right(confusion: Floats) -> Floats:
    return np.diagonal(confusion, axis1=-2, axis2=-1)


def _macro(per_class: Floats, confusion: Floats) -> Floats:
    present = confusion.sum(axis=-1) > 0
    return divide(np.where(present, per_class, 0).sum(axis=-1), present.sum(axis=-1))


def _precision(confusion: Floats) -> Floats:
    return np.nan_to_num(divide(_right(confusion), confusion.sum(axis=-2)))


def _f1(confusion: Floats) -> Floats:
    return divide(2 * _right(confusion), confusion.sum(axis=-1) + confusion.sum(axis=-2))


def macro_precision(confusion: Floats) -> Floats:
    """Mean over classes of right / predicted as such; a class that is never predicted counts 0, as in scikit-learn."""
    return _macro(_precision(confusion), confusion)


def macro_recall(confusion: Floats) -> Floats:
    """Mean over classes of right / truly such."""
    return _macro(divide(_right(confusion), confusion.sum(axis=-1)), confusion)


def balanced_accuracy(confusion: Floats) -> Floats:
    """Accuracy if every class were equally frequent: the same number as `macro_recall`, under the name people look for."""
    return macro_recall(confusion)


def macro_f1(confusion: Floats) -> Floats:
    """Mean over classes of 2 right / (truly such + predicted as such)."""
    return _macro(_f1(confusion), confusion)


def _weighted(per_class: Floats, confusion: Floats) -> Floats:
    support = confusion.sum(axis=-1)
    return divide((np.nan_to_num(per_class) * support).sum(axis=-1), support.sum(axis=-1))


def weighted_precision(confusion: Floats) -> Floats:
    """Precision of each class, averaged with the frequency of the class; a class that is never predicted counts 0."""
    return _weighted(_precision(confusion), confusion)


def weighted_recall(confusion: Floats) -> Floats:
    """Recall of each class, averaged with the frequency of the class: the share of comments whose class is the predicted one."""
    return _weighted(divide(_right(confusion), confusion.sum(axis=-1)), confusion)


def weighted_f1(confusion: Floats) -> Floats:
    """F1 of each class, averaged with the frequency of the class."""
    return _weighted(_f1(confusion), confusion)


def mcc(confusion: Floats) -> Floats:
    """Matthews correlation (Gorodkin's R_K for k classes), in [-1, 1]; 0 for a constant prediction, nan for a constant truth."""
    total = confusion.sum(axis=(-2, -1))
    truth, predicted = confusion.sum(axis=-1), confusion.sum(axis=-2)
    covariance = _right(confusion).sum(axis=-1) * total - (truth * predicted).sum(axis=-1)
    truth_spread, predicted_spread = total**2 - (truth**2).sum(axis=-1), total**2 - (predicted**2).sum(axis=-1)
    value = np.nan_to_num(divide(covariance, np.sqrt(truth_spread * predicted_spread)))
    return np.where(truth_spread == 0, np.nan, value)[()]
