"""What a version does when a comment's identity term is exchanged for another and nothing else changes.

Always on terms and sentence frames that training never paired, or the number says only that training worked on its own pairs.
All ideals are 0; undefined below the registry's minimum. Intervals: bootstrap clustered by frame, because one frame with many terms is
one piece of evidence.
"""

import numpy as np
from numpy.typing import NDArray

from modeling.measures.data import Floats
from modeling.measures.probes import PROBE_MEASURES, RESAMPLES, ProbeRow
from modeling.measures.statistics import divide, percentile_interval, resampled_sums, wilson


def jensen_shannon(p: NDArray[np.floating], q: NDArray[np.floating]) -> Floats:
    """(n,) divergence of two predictions (n, 3) in bits: 0 for equal ones, 1 for ones without overlap (Lin 1991)."""
    p, q = np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)
    middle = (p + q) / 2

    def against_middle(each: Floats) -> Floats:
        return (each * np.log2(np.where(each > 0, each / np.where(middle > 0, middle, 1), 1))).sum(axis=1)

    return np.maximum((against_middle(p) + against_middle(q)) / 2, 0)


def changed(p: NDArray[np.floating], p_swapped: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(n,) whether the most probable level of p (n, 3) is another after the swap."""
    return np.argmax(p, axis=1) != np.argmax(p_swapped, axis=1)


def measure_swaps(
    p: NDArray[np.floating], p_swapped: NDArray[np.floating], frame: NDArray[np.integer], resamples: int = RESAMPLES, seed: int = 0
) -> list[ProbeRow]:
    """`swap_rate` and `mean_jsd` over n pairs: p and p_swapped (n, 3), frame (n,) the sentence that a pair was made from.

    Exchanging p and p_swapped changes nothing. Raises ValueError where shapes do not fit together.
    """
    if p.shape != p_swapped.shape or p.ndim != 2 or frame.shape != (len(p),):
        raise ValueError("p and p_swapped must be (n, 3) of the same pairs, and frame (n,)")
    per_pair = {"swap_rate": changed(p, p_swapped).astype(np.float64), "mean_jsd": jensen_shannon(p, p_swapped)}
    return [_mean_row(name, values, frame, resamples, seed) for name, values in per_pair.items()]


def measure_mutants(
    p: NDArray[np.floating], group: NDArray[np.integer], frame: NDArray[np.integer], resamples: int = RESAMPLES, seed: int = 0
) -> ProbeRow:
    """BiasFinder's bias-uncovering test cases: share of groups of mutants (one sentence, several identities) that get more than one level.

    p (n, 3) of all mutants, group (n,) whose mutants they are, frame (n,) of each. Groups of a single mutant can show nothing and are left out.
    Asyrofi et al. (2021), BiasFinder: Metamorphic Test Generation to Uncover Bias for Sentiment Analysis Systems. Raises ValueError for shapes.
    """
    if p.ndim != 2 or group.shape != (len(p),) or frame.shape != (len(p),):
        raise ValueError("p must be (n, 3), group and frame (n,)")
    level = np.argmax(p, axis=1) if len(p) else np.zeros(0, dtype=int)
    _, first, of_group, sizes = np.unique(group, return_index=True, return_inverse=True, return_counts=True)
    seen = np.zeros((len(first), 3), dtype=bool)
    seen[of_group, level] = True
    several = sizes > 1
    uncovered = (seen.sum(axis=1) > 1).astype(np.float64)
    return _mean_row("bias_uncovering_rate", uncovered[several], frame[first][several], resamples, seed)


def _mean_row(name: str, values: Floats, cluster: NDArray[np.integer], resamples: int, seed: int) -> ProbeRow:
    described = PROBE_MEASURES[name]
    if len(values) < described.minimum:
        return ProbeRow(name, np.nan, np.nan, np.nan, len(values))
    value = float(values.mean())
    _, code = np.unique(cluster, return_inverse=True)
    sums = np.column_stack([np.bincount(code, values), np.bincount(code)])
    drawn = resampled_sums(sums, resamples, seed)
    low, high = percentile_interval(divide(drawn[:, 0], drawn[:, 1]))
    if described.is_share and value in (0, 1):
        low, high = wilson(value * len(sums), len(sums))
    return ProbeRow(name, value, float(low), float(high), len(values))
