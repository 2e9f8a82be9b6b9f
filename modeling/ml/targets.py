"""Soft labels: what a share of raters says about the three levels."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import beta

from modeling.labels import HIGH_THRESHOLD, LEVELS, LOW_THRESHOLD, level_of


def soft_levels(target: ArrayLike, votes: ArrayLike | None = None, low: float = LOW_THRESHOLD, high: float = HIGH_THRESHOLD) -> NDArray[np.float64]:
    """The probability that a comment is low, mild, high, given the share `target` of `votes` raters who found it toxic.

    target: (n,) in [0, 1]. votes: (n,), 0 or nan where unknown; None: unknown for all.
    Returns (n, 3), rows sum to 1: where votes are known, the mass of Beta(k + .5, n - k + .5), k = target * n (Jeffreys' prior),
    below `low`, between, above `high`; where unknown, one-hot of `labels.level_of`.
    """
    shares = np.atleast_1d(np.asarray(target, dtype=np.float64))
    if ((shares < 0) | (shares > 1) | np.isnan(shares)).any():
        raise ValueError("target must lie in [0, 1]")
    counts = np.zeros_like(shares) if votes is None else np.nan_to_num(np.atleast_1d(np.asarray(votes, dtype=np.float64)))
    levels = np.array([LEVELS.index(level_of(share, low, high)) for share in shares], dtype=np.int64)
    hard = np.eye(3)[levels].reshape(-1, 3)
    known = counts > 0
    toxic_votes = shares * counts
    below = beta.cdf(low, toxic_votes + 0.5, counts - toxic_votes + 0.5)
    above = beta.sf(high, toxic_votes + 0.5, counts - toxic_votes + 0.5)
    return np.where(known[:, None], np.stack([below, 1 - below - above, above], axis=1), hard)
