"""What one panel thinks of each item, and how reliable its annotators are, each with an interval. See `methods` for the frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from feedback.crowd.methods import DAWID_SKENE, RELIABILITY_PRIOR, carried, soft_labels

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Reliability:
    """`value` in (0, 1): the mean of a Beta posterior that starts as 3 right of 4; `low` to `high`: its middle 95 %.

    `answers` in all; `shared` of them could be compared, with others' on the same item or with a known answer, and are what the posterior
    rests on; `known` and `known_right`: answers on items whose answer is known, and how many of them were right.
    """

    value: float
    low: float
    high: float
    answers: int
    shared: int
    known: int
    known_right: int


@dataclass(frozen=True)
class PanelConsensus:
    """`q`: frame, index item, columns 0, 1, 2, rows add up to 1. `reliability`: annotator -> `Reliability`. `method`: the one used;
    `reason`: why not the one asked for, empty when it is."""

    q: pd.DataFrame
    reliability: dict[int, Reliability]
    method: str
    reason: str = ""


def panel_consensus(frame: pd.DataFrame, method: str = DAWID_SKENE, known: Mapping[int, int] | None = None) -> PanelConsensus:
    """A panel's soft labels by `method`, or by the one that its answers can carry (`methods.carried`)."""
    known = known or {}
    used, reason = carried(method, frame, known)
    return PanelConsensus(soft_labels(used, frame, known), reliability(frame, known), used, reason)


def prior_only(answers: int) -> Reliability:
    """Of somebody who gave so many answers, none of which says anything about a level."""
    from scipy.stats import beta

    right, count = RELIABILITY_PRIOR
    low, high = beta.interval(0.95, right, count - right)
    return Reliability(right / count, float(low), float(high), answers, shared=0, known=0, known_right=0)


def reliability(frame: pd.DataFrame, known: Mapping[int, int] | None = None) -> dict[int, Reliability]:
    """Per annotator: how probable Dawid-Skene makes what they said, on items that others answered too or whose answer is known.

    By whichever method the labels are made: a share of votes, and more so a smoothed one, says how many answered rather than how well. Two
    people who always agree would be right three times in four by it. The sum s of these probabilities over n answers counts as s right
    ones: Beta(3 + s, 1 + n - s). Two people alone cannot be told apart, so that both get what their agreement says of them together.
    """
    import pandas as pd
    from scipy.stats import beta

    q = soft_labels(DAWID_SKENE, frame, known or {})
    is_known = frame["item"].isin(list(known or {}))
    shared = frame[(frame.groupby("item")["annotator"].transform("size") >= 2) | is_known]
    agreed = pd.Series(q.to_numpy()[q.index.get_indexer(shared["item"]), shared["label"].to_numpy()], index=shared.index)
    everybody = frame["annotator"].unique()
    sums = agreed.groupby(shared["annotator"]).agg(["sum", "size"]).reindex(everybody, fill_value=0)
    right = agreed[is_known[shared.index]].groupby(shared["annotator"]).agg(["sum", "size"]).reindex(everybody, fill_value=0)
    answers = frame.groupby("annotator").size()
    prior_right, prior_answers = RELIABILITY_PRIOR
    a = sums["sum"] + prior_right
    b = sums["size"] - sums["sum"] + prior_answers - prior_right
    low, high = beta.ppf(0.025, a, b), beta.ppf(0.975, a, b)
    return {
        int(who): Reliability(
            value=float(a[who] / (a[who] + b[who])),
            low=float(low[place]),
            high=float(high[place]),
            answers=int(answers[who]),
            shared=int(sums["size"][who]),
            known=int(right["size"][who]),
            known_right=round(float(right["sum"][who])),
        )
        for place, who in enumerate(sums.index)
    }
