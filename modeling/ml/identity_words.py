"""Where a comment has words that name a subgroup, or words that somebody watches, and how much of a map's words these are."""

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from modeling.ml.subgroups import mention_spans

Place = tuple[int, int]
"""(start, end) in characters."""


def identity_places(texts: Iterable[str]) -> Iterator[dict[str, list[Place]]]:
    """For each text: subgroup -> where the words of our term list stand that name it."""
    for mentions in mention_spans(texts):
        found: dict[str, list[Place]] = {}
        for subgroup, start, end in mentions:
            found.setdefault(subgroup, []).append((start, end))
        yield found


def watched_places(text: str, word: str) -> list[Place]:
    """Where it stands as a word of its own, in any case."""
    return [match.span() for match in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE)]


def covered(places: Sequence[Place], words: Iterable[Place]) -> NDArray[np.float64]:
    """(n,) what share of each place's characters lies in one of `words`: places may be several words that a map has merged."""
    inside = np.zeros(max((end for _, end in places), default=0), dtype=bool)
    for start, end in words:
        inside[start:end] = True
    return np.array([inside[start:end].mean() for start, end in places], dtype=np.float64)
