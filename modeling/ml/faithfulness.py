"""How far a map can be trusted, measured on the version that it explains: words deleted by its order, and by 20 orders of chance."""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from modeling.map_engines import SHARES, MapEngine
from modeling.measures.faithfulness import (
    Faithfulness,
    above_chance,
    below_chance,
    order_of,
    orders_by_chance,
    tau_above_chance,
    top_counts,
)
from modeling.ml.attribution.spans import Attribution, Place, without
from modeling.ml.thresholds import scores_of

Score = Callable[[Sequence[str]], NDArray[np.floating]]
"""Texts -> probabilities (n, 3) by the version that is explained."""


def measure(score: Score, text: str, attribution: Attribution, engine: MapEngine) -> Faithfulness | None:
    """None for a text without words. The same orders of chance for every map of a text; each variant is scored once, all in one call."""
    places = [(start, end) for start, end, _ in attribution.spans]
    if not places:
        return None
    predicted = int(np.argmax(attribution.probabilities))
    support = support_of(attribution, engine, predicted)
    orders = [order_of(support), *orders_by_chance(len(places), _seed(text))]
    deleted = [[without(text, [places[i] for i in order[:count]]) for count in top_counts(len(places))] for order in orders]
    kept = [[_only(text, places, order[:count]) for count in top_counts(len(places))] for order in orders]
    alone = [without(text, [place]) for place in places] if engine != MapEngine.OCCLUSION else []
    p = _sides(predicted, score, [text, *alone, *(one for row in (*deleted, *kept) for one in row)])
    losses, rests = (np.array([[p[text] - p[one] for one in row] for row in table]).mean(axis=1) for table in (deleted, kept))
    drops = np.array([p[text] - p[one] for one in alone])
    tau = tau_above_chance(support, drops, orders[1:]) if alone else None
    return Faithfulness(above_chance(losses[0], losses[1:]), below_chance(rests[0], rests[1:]), tau, len(places))


def support_of(attribution: Attribution, engine: MapEngine, predicted: int) -> NDArray[np.float64]:
    """(spans,) how much each speaks for the predicted side: what lowers the score does where that is low. Shares have no sign."""
    values = np.array([value for *_, value in attribution.spans])
    return -values if predicted == 0 and engine not in SHARES else values


def _only(text: str, places: list[Place], kept: Sequence[int]) -> str:
    """What is no word of the map stays: both figures differ by the same words."""
    return without(text, [place for i, place in enumerate(places) if i not in kept])


def _sides(predicted: int, score: Score, texts: Sequence[str]) -> dict[str, float]:
    """How far each text is on the predicted side: its score, or what is left to 1 where the predicted level is low."""
    distinct = list(dict.fromkeys(texts))
    scores = scores_of(score(distinct).astype(float))
    return dict(zip(distinct, (scores if predicted else 1 - scores).tolist(), strict=True))


def _seed(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
