"""What one panel thinks of each item, and how reliable its annotators are. crowd-kit, imported inside functions: the web process
imports this package, and must stay free of pandas and scikit-learn.

Data contract: a long frame with columns `item`, `annotator`, `label` (0 low, 1 mild, 2 high), at most one row per item and annotator.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

LABELS = (0, 1, 2)
ANNOTATORS_NEEDED = 3
LABELS_PER_ITEM_NEEDED = 2.0

PRIOR_ACCURACY = 0.75
PRIOR_COUNT = 20
"""Answers that each annotator is assumed to have given already, right with `PRIOR_ACCURACY`. Plain Dawid-Skene has nine free
parameters per annotator, and at two labels per item it fits noise: in simulation (300 items, 6 annotators of accuracy .85,
2 labels each) 20 such answers take its accuracy from .85 to .90 and its log loss from .46 to .27, and lose nothing at 1,000
items with annotators who err to one side. `tests/feedback/crowd/test_reliability.py` holds it to that."""

RELIABILITY_PRIOR = (3, 4)
"""An annotator's reliability starts as 3 right out of 4."""


@dataclass(frozen=True)
class PanelConsensus:
    """`q`: frame, index item, columns 0, 1, 2, rows add up to 1. `reliability`: series, index annotator, in (0, 1).
    `method`: `dawid_skene` or `majority_vote`."""

    q: pd.DataFrame
    reliability: pd.Series
    method: str


def panel_consensus(frame: pd.DataFrame) -> PanelConsensus:
    """Dawid-Skene (with a prior) where the panel can carry it: three annotators, two labels per item, two levels in use; else majority
    vote."""
    per_item = len(frame) / frame["item"].nunique()
    enough = frame["annotator"].nunique() >= ANNOTATORS_NEEDED and per_item >= LABELS_PER_ITEM_NEEDED
    carries = enough and frame["label"].nunique() > 1
    q = dawid_skene(frame) if carries else majority_vote(frame)
    return PanelConsensus(q=q, reliability=reliability(frame, q), method="dawid_skene" if carries else "majority_vote")


def majority_vote(frame: pd.DataFrame) -> pd.DataFrame:
    """Shares of the labels, with one further vote split evenly over the levels: a single vote must not look certain."""
    from crowdkit.aggregation import MajorityVote

    shares = _over_labels(MajorityVote().fit_predict_proba(_as_crowd_kit(frame)))
    counts = frame.groupby("item").size().reindex(shares.index)
    return shares.mul(counts, axis=0).add(1 / len(LABELS)).div(counts + 1, axis=0)


def dawid_skene(frame: pd.DataFrame) -> pd.DataFrame:
    """crowd-kit's Dawid-Skene (1979) with a Dirichlet prior on each annotator's confusion matrix (`PRIOR_COUNT`)."""
    import numpy as np
    import pandas as pd
    from crowdkit.aggregation import DawidSkene

    class PriorDawidSkene(DawidSkene):
        @staticmethod
        def _m_step(
            data: pd.DataFrame, probas: pd.DataFrame, initial_error: pd.DataFrame | None = None, initial_error_strategy: str | None = None
        ) -> pd.DataFrame:
            counts = data.join(probas, on="task").drop(columns="task").groupby(["worker", "label"]).sum()
            every = pd.MultiIndex.from_product([counts.index.unique("worker"), probas.columns], names=["worker", "label"])
            counts = counts.reindex(every, fill_value=0.0)
            right = counts.index.get_level_values("label").to_numpy()[:, None] == probas.columns.to_numpy()[None, :]
            wrong_share = (1 - PRIOR_ACCURACY) / (len(LABELS) - 1)
            counts = counts + PRIOR_COUNT * np.where(right, PRIOR_ACCURACY, wrong_share)
            return counts / counts.groupby("worker").transform("sum")

    return _over_labels(PriorDawidSkene(n_iter=100).fit_predict_proba(_as_crowd_kit(frame)))


def reliability(frame: pd.DataFrame, q: pd.DataFrame) -> pd.Series:
    """Per annotator, the mean consensus probability of what they said on items that others answered too, shrunk to 3 of 4."""
    import pandas as pd

    shared = frame[frame.groupby("item")["annotator"].transform("size") >= 2]
    agreed = pd.Series(q.to_numpy()[q.index.get_indexer(shared["item"]), shared["label"].to_numpy()], index=shared.index)
    sums = agreed.groupby(shared["annotator"]).agg(["sum", "size"]).reindex(frame["annotator"].unique(), fill_value=0)
    right, answers = RELIABILITY_PRIOR
    return (sums["sum"] + right) / (sums["size"] + answers)


def _as_crowd_kit(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns={"item": "task", "annotator": "worker"})


def _over_labels(probas: pd.DataFrame) -> pd.DataFrame:
    return probas.reindex(columns=list(LABELS), fill_value=0.0).sort_index().rename_axis(index="item", columns=None)
