"""Which joined labels are most likely wrong, given who said what and what the model thinks: by cleanlab, imported inside functions.

For a second look only, never to change a label: where the model is biased and people are right, the model doubts the people.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

CROWDLAB, SELF_CONFIDENCE = "crowdlab", "self_confidence"
SHARE_SHOWN, MOST_SHOWN = 0.1, 200
"""The list is a tenth of the labels, since no quality says where doubt begins."""

MOST_CELLS = 20_000_000
"""cleanlab wants a dense table of items x annotators; above this (160 MB) only the model's probabilities are used."""


@dataclass(frozen=True)
class Doubt:
    """`quality`: how likely `level` (0, 1, 2) is the right one of the item, in [0, 1]; lower is more doubtful."""

    item: int
    level: int
    quality: float


def doubtful_labels(frame: pd.DataFrame, levels: Mapping[int, int], p: Mapping[int, tuple[float, float, float]]) -> tuple[str, list[Doubt]]:
    """The method used, and the most doubtful labels, the most doubtful first: `SHARE_SHOWN` of all, at most `MOST_SHOWN`.

    `frame`: columns `item`, `annotator`, `label` (`methods`). `levels`: item -> its joined level. `p`: item -> the model's probabilities of
    low, mild, high, from a model that was not trained on it.

    CROWDLAB (Goh et al. 2022) where some items have several answers: annotators and model weighed by how well they agree with the rest, so
    that a model that people often correct has little say. Else the model's probability of the level. A level that nobody gave has
    quality 0 under CROWDLAB.
    """
    items = sorted(levels.keys() & set(frame["item"]))
    if not items:
        return "", []
    chosen = np.array([levels[item] for item in items])
    probabilities = np.array([p[item] for item in items], dtype=np.float64)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    kept = frame[frame["item"].isin(items)]
    several = kept["annotator"].nunique() > 1 and kept["item"].duplicated().any()
    is_crowdlab = several and len(items) * kept["annotator"].nunique() <= MOST_CELLS
    quality = _crowdlab(kept, items, chosen, probabilities) if is_crowdlab else _self_confidence(chosen, probabilities)
    shown = np.argsort(quality, kind="stable")[: min(MOST_SHOWN, math.ceil(SHARE_SHOWN * len(items)))]
    doubts = [Doubt(items[row], int(chosen[row]), float(quality[row])) for row in shown]
    return CROWDLAB if is_crowdlab else SELF_CONFIDENCE, doubts


def _crowdlab(frame: pd.DataFrame, items: list[int], chosen: NDArray[np.int64], p: NDArray[np.float64]) -> NDArray[np.float64]:
    from cleanlab.multiannotator import get_label_quality_multiannotator

    table = frame.pivot_table(index="item", columns="annotator", values="label").loc[items]
    found = get_label_quality_multiannotator(table, p, return_annotator_stats=False, verbose=False)
    given = table.to_numpy() == chosen[:, None]
    # Everybody who gave an item the same level gets the same quality for it.
    return np.where(given, found["detailed_label_quality"].to_numpy(), 0.0).max(axis=1)


def _self_confidence(chosen: NDArray[np.int64], p: NDArray[np.float64]) -> NDArray[np.float64]:
    from cleanlab.rank import get_label_quality_scores

    return np.asarray(get_label_quality_scores(chosen, p, method="self_confidence"), dtype=np.float64)
