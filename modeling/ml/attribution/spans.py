"""A text as the few stretches that a map may name, and the text with some of them masked or left out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modeling.ml.words import WORD

MOST_SPANS = 24

Place = tuple[int, int]
"""(start, end) in characters."""
Span = tuple[int, int, float]
"""(start, end, attribution)."""


@dataclass(frozen=True)
class Attribution:
    """Spans of one text with their attribution, and the text's own probabilities (3,), which fall out of the same computation.

    `convergence_delta`: of integrated gradients; by how much the spans together miss what they should add up to, the score of the text
    minus that of the text with all of its words masked, which is `difference`.
    """

    spans: list[Span]
    probabilities: list[float]
    convergence_delta: float | None = None
    difference: float | None = None


def word_spans(text: str) -> list[Place]:
    """Words as (start, end); neighbours merged evenly into at most 24, never across a masked span."""
    runs: list[list[Place]] = [[]]
    for match in WORD.finditer(text):
        if match["mask"]:
            runs.append([])
        else:
            runs[-1].append(match.span())
    size = 1
    while sum(-(-len(run) // size) for run in runs) > MOST_SPANS and size < max(map(len, runs)):
        size += 1
    merged = [(group[0][0], group[-1][1]) for run in runs for i in range(0, len(run), size) if (group := run[i : i + size])]
    return merged[:MOST_SPANS]


def with_values(places: Sequence[Place], values: Iterable[float]) -> list[Span]:
    return [(start, end, float(value)) for (start, end), value in zip(places, values, strict=True)]


def masked(text: str, places: Iterable[Place], mask: str) -> str:
    """The text with these stretches replaced by the mask token."""
    for start, end in sorted(places, reverse=True):
        text = text[:start] + mask + text[end:]
    return text


def without(text: str, places: Iterable[Place]) -> str:
    """The text with these stretches deleted."""
    return " ".join(masked(text, places, "").split())


def as_shares(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """(n,) of their sum; as they are where all are 0."""
    return values / values.sum() if values.sum() > 0 else values
