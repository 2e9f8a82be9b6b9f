"""Does a map name the words that people mark? Plausibility, as ERASER (DeYoung et al. 2020) has it, beside faithfulness: a map may convince
without telling what the prediction rests on, and the other way about. No Django, no torch."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modeling.measures.faithfulness import order_of
from modeling.measures.statistics import percentile_interval, resampled_sums

RESAMPLES = 2_000
FEWEST_COMMENTS = 30


@dataclass(frozen=True)
class Plausibility:
    """Of one comment. `f1`: of the map's first words with those that people marked, as many as they marked, so that precision, recall and F1
    are one; `chance`: what words in an order by chance have, the share of words that are marked."""

    f1: float
    chance: float


@dataclass(frozen=True)
class MeanPlausibility:
    """Means over `n` comments with 95 % bootstrap intervals over these; `gain`: F1 - chance, paired. None below `FEWEST_COMMENTS`."""

    n: int
    f1: tuple[float, float, float] | None = None
    gain: tuple[float, float, float] | None = None
    chance: float | None = None


def plausibility(spans: Sequence[Sequence[float]], marked: Sequence[Sequence[int]]) -> Plausibility | None:
    """`spans`: [[start, end, attribution]] of a comment that is not low, `marked`: [[start, end]], both in characters. None where all of the
    map's words are marked, or none is: then every order agrees. A word is marked where at least half of it is."""
    is_marked = np.array([2 * _overlap(span, marked) >= span[1] - span[0] for span in spans], dtype=bool)
    count = int(is_marked.sum())
    if count in (0, len(spans)):
        return None
    first = order_of([span[2] for span in spans])[:count]
    return Plausibility(float(is_marked[first].mean()), count / len(spans))


def mean_plausibility(found: Sequence[Plausibility]) -> MeanPlausibility:
    if len(found) < FEWEST_COMMENTS:
        return MeanPlausibility(len(found))
    rows = np.array([(one.f1, one.f1 - one.chance) for one in found])
    low, high = percentile_interval(resampled_sums(rows, RESAMPLES, seed=0) / len(rows))
    f1, gain = ((float(rows[:, i].mean()), float(low[i]), float(high[i])) for i in range(2))
    return MeanPlausibility(len(found), f1, gain, f1[0] - gain[0])


def marked_by_half(by_person: Sequence[Sequence[Sequence[int]]]) -> list[list[int]]:
    """[[start, end]] of the characters that at least half of those who marked any word marked."""
    people = [spans for spans in by_person if spans]
    counts = np.zeros(max((end for spans in people for _, end in spans), default=0) + 1, dtype=int)
    for spans in people:
        for place in {place for start, end in spans for place in range(start, end)}:
            counts[place] += 1
    edges = np.flatnonzero(np.diff(np.concatenate([[0], 2 * counts >= max(len(people), 1), [0]]).astype(int)))
    return edges.reshape(-1, 2).tolist()


def _overlap(span: Sequence[float], marked: Sequence[Sequence[int]]) -> float:
    return sum(max(0.0, min(span[1], end) - max(span[0], start)) for start, end in marked)
