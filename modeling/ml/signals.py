"""Signs by which sampling looks for bias: an ensemble's disagreement, flips under identity swaps, places in the embedding."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax

from modeling.config import TrainingConfig
from modeling.ml.counterfactuals import twins
from modeling.ml.data import text_key
from modeling.ml.head import HeadProblem, single_thread, solve
from modeling.ml.mentions import may_have_terms
from modeling.ml.scorer import Scorer
from modeling.ml.swap_rules import Rules

HEADS = 8
"""Heads of the ensemble: the variance of their mean disagreement falls slowly beyond a handful, and each costs a solution."""

PLACE_AXES = 48
MOST_TWINS = 4
INT8 = 127

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Lens:
    """What one version's signals are made with, fixed once for all of its comments. d: width of the embedding.

    heads: (HEADS, d + 1, 3), solved by the fast lane on resamples of train. centre: (d,) mean of train; axes: (d, k) its principal ones.
    """

    heads: Floats
    centre: NDArray[np.float32]
    axes: NDArray[np.float32]

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez(part, heads=self.heads, centre=self.centre, axes=self.axes)
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        with np.load(path) as stored:
            return cls(stored["heads"], stored["centre"], stored["axes"])


def make_lens(embeddings: NDArray[np.float32], q: Floats, keys: Sequence[str], config: TrainingConfig) -> Lens:
    """embeddings: (n, d) of train comments; q: (n, 3) their soft labels; keys: (n,) family or text: what is resampled as one."""
    heads = [_solve_on(_with_ones(embeddings), q, counts, config) for counts in _resamples(keys, config.seed)]
    centre = embeddings.mean(axis=0)
    # Not more axes than the comments span.
    axes = np.linalg.svd(embeddings - centre, full_matrices=False)[2][:PLACE_AXES].T
    return Lens(np.stack(heads), centre, np.ascontiguousarray(axes))


def disagreement(embeddings: NDArray[np.float32], lens: Lens) -> Floats:
    """(n,) entropy of the heads' mean prediction minus the mean of their entropies, in nats, in [0, ln 3].

    The Jensen-Shannon divergence of the committee; that is query by committee with the KL divergence to the mean (McCallum and Nigam
    1998), and the mutual information of BALD (Houlsby et al. 2011).
    """
    p = softmax(np.einsum("nd,mdk->mnk", _with_ones(embeddings), lens.heads), axis=2)
    return np.maximum(0.0, _entropy(p.mean(axis=0)) - _entropy(p).mean(axis=0))


def places(embeddings: NDArray[np.float32], lens: Lens) -> NDArray[np.int8]:
    """(n, k) directions from the centre of train along its axes. Each row is stretched to fill int8: only directions are compared."""
    rows = (embeddings - lens.centre) @ lens.axes
    greatest = np.abs(rows).max(axis=1, keepdims=True)
    return np.rint(INT8 * rows / np.maximum(greatest, 1e-12)).astype(np.int8)


def flips(scorer: Scorer, texts: Sequence[str], p: Floats, rejected: Rules = ()) -> Floats:
    """(n,) chance that the level falls when the identities in a comment are swapped: the mean over up to `MOST_TWINS` twins, nan where
    a comment has none. p: (n, 3) what the version says of `texts`; `rejected`: swaps that people said are none."""
    owners, swapped = _all_twins(texts, rejected)
    if not swapped:
        return np.full(len(texts), np.nan)
    falls = chance_of_fall(p[owners], scorer.predict_proba(swapped).astype(np.float64))
    counts = np.bincount(owners, minlength=len(texts))
    return np.where(counts > 0, np.bincount(owners, falls, minlength=len(texts)) / np.maximum(counts, 1), np.nan)


def chance_of_fall(before: Floats, after: Floats) -> Floats:
    """(n,) chance that the level `after`, (n, 3), is lower than `before`, (n, 3), if one random number chooses both.

    A number in [0, 1) chooses the first level whose cumulated probability exceeds it. Coupled so, equal predictions never differ, and
    a prediction that moved down by a little falls with a small chance, where counting changed levels would see nothing.
    """
    a, b = before.cumsum(axis=1)[:, :2], after.cumsum(axis=1)[:, :2]
    steps = np.maximum(0.0, b - a).sum(axis=1)
    return np.clip(steps - np.maximum(0.0, b[:, 0] - a[:, 1]), 0.0, 1.0)


def _solve_on(x: Floats, q: Floats, counts: Floats, config: TrainingConfig) -> Floats:
    nothing = torch.zeros((0, x.shape[1]), dtype=torch.float64)
    problem = HeadProblem(torch.from_numpy(x), torch.from_numpy(q), torch.from_numpy(counts), nothing, nothing[:, 0], config.l2)
    with single_thread():
        return solve(problem).numpy()


def _resamples(keys: Sequence[str], seed: int) -> list[Floats]:
    """`HEADS` times (n,): how often each comment is drawn, all of a family together."""
    _, family = np.unique(np.asarray(keys), return_inverse=True)
    count = family.max() + 1
    rng = np.random.default_rng(seed)
    return [rng.multinomial(count, np.full(count, 1 / count))[family].astype(np.float64) for _ in range(HEADS)]


def _all_twins(texts: Sequence[str], rejected: Rules) -> tuple[NDArray[np.int64], list[str]]:
    """(whose twin, twin), the same twins for a text whatever else is asked about."""
    owners: list[int] = []
    found: list[str] = []
    for row, text in enumerate(texts):
        if may_have_terms(text):  # making the generator takes longer than looking
            own = twins(text, MOST_TWINS, np.random.default_rng(int(text_key(text)[:15], 16)), rejected=rejected)
            owners += [row] * len(own)
            found += own
    return np.array(owners, dtype=np.int64), found


def lens_name(weights_sha256: str) -> str:
    """What a lens is made from, and how: a lens made otherwise has another name."""
    made_by = f"{weights_sha256}:{HEADS}:{PLACE_AXES}"
    return hashlib.sha256(made_by.encode()).hexdigest()[:24]


def _with_ones(embeddings: NDArray[np.float32]) -> Floats:
    return np.hstack([embeddings.astype(np.float64), np.ones((len(embeddings), 1))])


def _entropy(p: Floats) -> Floats:
    safe = np.clip(p, 1e-300, 1)
    return -(p * np.log(safe)).sum(axis=-1)
