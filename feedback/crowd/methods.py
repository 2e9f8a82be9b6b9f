"""How one panel's answers become a soft label per item: four methods, by crowd-kit. crowd-kit and pandas are imported inside functions:
the web process imports this package, and must stay free of them.

Data contract: a long frame with columns `item`, `annotator`, `label` (0 low, 1 mild, 2 high), at most one row per item and annotator.
Known answers: item -> level. Every method gives a frame, index item, columns 0, 1, 2, rows add up to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

LABELS = (0, 1, 2)
DAWID_SKENE, MACE, MAJORITY_VOTE, GOLD_WEIGHTED = METHODS = ("dawid_skene", "mace", "majority_vote", "gold_weighted")

ANNOTATORS_NEEDED = 3
SHARED_ITEMS_NEEDED = 20
"""Items that two people of the panel answered (all of them, in a smaller round): errors show on these only. Not a mean over the items: at an
overlap of two, one "unsure", or people spread over two panels, brings that below two. The prior holds where items have one answer."""

PRIOR_ACCURACY = 0.75
PRIOR_COUNT = 20
"""Answers that each annotator is assumed to have given already, right with `PRIOR_ACCURACY`. Plain Dawid-Skene has nine free
parameters per annotator, and at two labels per item it fits noise: in simulation (300 items, 6 annotators of accuracy .85,
2 labels each) 20 such answers take its accuracy from .85 to .90 and its log loss from .46 to .27, and lose nothing at 1,000
items with annotators who err to one side. `tests/feedback/crowd/test_methods.py` holds it to that."""

RELIABILITY_PRIOR = (3, 4)
"""An annotator starts as 3 right out of 4."""

TINY = 1e-300


def carried(method: str, frame: pd.DataFrame, known: Mapping[int, int]) -> tuple[str, str]:
    """The method that these answers can carry, and in words why it is not the one that was asked for (empty when it is).

    Raises:
        ValueError: there is no such method.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    if method == GOLD_WEIGHTED:
        if frame["item"].isin(list(known)).any():
            return GOLD_WEIGHTED, ""
        instead, _ = carried(DAWID_SKENE, frame, known)
        return instead, "Nobody of this panel has answered an item whose answer is known."
    if method == MAJORITY_VOTE:
        return MAJORITY_VOTE, ""
    if missing := _missing(frame):
        return MAJORITY_VOTE, missing
    return method, ""


def _missing(frame: pd.DataFrame) -> str:
    """What keeps a panel from telling its annotators' errors apart; empty when nothing does."""
    if frame["annotator"].nunique() < ANNOTATORS_NEEDED:
        return f"Fewer than {ANNOTATORS_NEEDED} independent people answered."
    answers = frame.groupby("item").size()
    if (answers >= 2).sum() < min(SHARED_ITEMS_NEEDED, len(answers)):
        return f"Fewer than {SHARED_ITEMS_NEEDED} comments have answers of two people."
    return "" if frame["label"].nunique() > 1 else "Every answer is the same level."


def soft_labels(method: str, frame: pd.DataFrame, known: Mapping[int, int]) -> pd.DataFrame:
    """Soft labels by a method that these answers carry (`carried`); an item whose answer is known takes it, whatever the method."""
    by_method = {DAWID_SKENE: dawid_skene, GOLD_WEIGHTED: gold_weighted}
    q = by_method[method](frame, known) if method in by_method else (mace if method == MACE else majority_vote)(frame)
    for item, level in known.items():
        if item in q.index:
            q.loc[item] = [float(level == label) for label in LABELS]
    return q


def majority_vote(frame: pd.DataFrame) -> pd.DataFrame:
    """Shares of the labels, with one further vote split evenly over the levels: a single vote must not look certain."""
    from crowdkit.aggregation import MajorityVote

    shares = _over_labels(MajorityVote().fit_predict_proba(_as_crowd_kit(frame)))
    return _with_one_more_vote(shares, frame.groupby("item").size())


def gold_weighted(frame: pd.DataFrame, known: Mapping[int, int]) -> pd.DataFrame:
    """Majority vote in which each annotator's vote weighs their share of right answers on known items, shrunk to 3 of 4 (who has
    answered none counts as that). crowd-kit's GoldMajorityVote without its demand that everybody has answered a known item."""
    from crowdkit.aggregation import MajorityVote

    right, answered = RELIABILITY_PRIOR
    seen = frame[frame["item"].isin(list(known))]
    tally = (seen["label"] == seen["item"].map(known)).groupby(seen["annotator"]).agg(["sum", "size"])
    skills = ((tally["sum"] + right) / (tally["size"] + answered)).reindex(frame["annotator"].unique(), fill_value=right / answered)
    shares = _over_labels(MajorityVote().fit_predict_proba(_as_crowd_kit(frame), skills))
    return _with_one_more_vote(shares, frame["annotator"].map(skills).groupby(frame["item"]).sum())


def dawid_skene(frame: pd.DataFrame, known: Mapping[int, int] | None = None) -> pd.DataFrame:
    """crowd-kit's Dawid-Skene (1979) with a Dirichlet prior on each annotator's confusion matrix (`PRIOR_COUNT`). Known answers are
    held fixed, and so teach it who errs how."""
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

    # A level that nobody gave has no column in crowd-kit's tables.
    used, answered = set(frame["label"]), set(frame["item"])
    fixed = {item: level for item, level in (known or {}).items() if level in used and item in answered}
    truth = pd.Series(fixed, dtype=frame["label"].dtype) if fixed else None
    return _over_labels(PriorDawidSkene(n_iter=100).fit_predict_proba(_as_crowd_kit(frame), truth))


def mace(frame: pd.DataFrame) -> pd.DataFrame:
    """crowd-kit's MACE (Hovy et al. 2013), variational: each annotator either knows or guesses by a habit of their own.

    crowd-kit 1.4.2's E-step gives some tables in the order of appearance and others sorted, and so mixes up annotators and levels unless
    the two orders are the same; and it takes seconds for hundreds of answers. Ours is the same sums over arrays, all in order of
    appearance. Its restarts all start from the same numbers: one is run.
    """
    import numpy as np
    import pandas as pd
    from crowdkit.aggregation import MACE as CrowdKitMACE  # noqa: N811 - its own class has our name

    class OrderedMACE(CrowdKitMACE):
        def _e_step(
            self,
            annotation: pd.DataFrame,
            task_names: Any,
            worker_names: Any,
            label_names: Any,
            tasks: NDArray[np.int64],
            workers: NDArray[np.int64],
            labels: NDArray[np.int64],
        ) -> tuple[float, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
            guessed = self.spamming_[workers, 0] * self.thetas_[workers, labels]
            knew = self.spamming_[workers, 1]
            likely = guessed[:, None] + knew[:, None] * (labels[:, None] == np.arange(len(label_names)))
            logs = np.zeros((len(task_names), len(label_names)))
            np.add.at(logs, tasks, np.log(likely + TINY))
            highest = logs.max(axis=1, keepdims=True)
            joint = np.exp(logs - highest)
            marginal = joint.sum(axis=1)
            posterior = joint / marginal[:, None]
            guesses = (posterior[tasks] / likely).sum(axis=1) * guessed
            habits = np.zeros((len(worker_names), len(label_names)))
            np.add.at(habits, (workers, labels), guesses)
            knows = posterior[tasks, labels] * knew / (guessed + knew)
            sure = np.stack([np.bincount(workers, each, len(worker_names)) for each in (guesses, knows)], axis=1)
            evidence = float((highest[:, 0] + np.log(marginal / len(label_names))).sum())
            q = pd.DataFrame(posterior, index=task_names, columns=label_names)
            return evidence, q, pd.DataFrame(habits), pd.DataFrame(sure)

    return _over_labels(OrderedMACE(n_restarts=1).fit_predict_proba(_as_crowd_kit(frame)))


def _with_one_more_vote(shares: pd.DataFrame, votes: pd.Series) -> pd.DataFrame:
    votes = votes.reindex(shares.index)
    return shares.mul(votes, axis=0).add(1 / len(LABELS)).div(votes + 1, axis=0)


def _as_crowd_kit(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns={"item": "task", "annotator": "worker"})


def _over_labels(probas: pd.DataFrame) -> pd.DataFrame:
    return probas.reindex(columns=list(LABELS), fill_value=0.0).sort_index().rename_axis(index="item", columns=None)
