"""How a version treats comments that mention a subgroup, against the background (all other comments).

Rates and differences rest on `Counts`, sums over a subgroup's comments, (..., G) each; AUCs are in `aucs`.
Positive = toxic; favourable = *not* flagged. `_difference` = signed, subgroup less background. An empty set gives nan, never 0.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from modeling.measures.data import Floats, Mask
from modeling.measures.statistics import divide

POWER = -5.0


@dataclass(frozen=True)
class Counts:
    """Sums over the subgroup's comments: of 1 for the first four, of the toxicity score, and of the three probabilities of the
    non-toxic ones; `everyone` holds the same of all comments.
    """

    toxic: Floats
    non_toxic: Floats
    true_positive: Floats
    false_positive: Floats
    score: Floats
    harmless_low: Floats
    harmless_mild: Floats
    harmless_high: Floats
    everyone: "Counts | None" = None

    @classmethod
    def of(cls, toxic: Mask, flagged: Mask, p: NDArray[np.floating], in_subgroup: Mask) -> Self:
        """From arrays: (n,) truth and flags, p (n, 3), members (n, G)."""
        harmless = np.where(toxic[:, None], 0, p).T
        kinds = np.array([toxic, ~toxic, toxic & flagged, ~toxic & flagged, 0.5 * p[:, 1] + p[:, 2], *harmless], dtype=np.float64)
        return cls(*(kinds @ in_subgroup), everyone=cls(*kinds.sum(axis=1)[:, None]))

    @property
    def members(self) -> Floats:
        return self.toxic + self.non_toxic

    @property
    def flagged(self) -> Floats:
        return self.true_positive + self.false_positive

    @property
    def background(self) -> "Counts":
        """Everyone less the subgroup. Raises ValueError on the counts of everyone."""
        if self.everyone is None:
            raise ValueError("all comments have no background")
        own, rest = vars(self), vars(self.everyone)
        return Counts(*(rest[name] - own[name] for name in own if name != "everyone"))


def prevalence(counts: Counts) -> Floats:
    """Share of the subgroup's comments that is toxic. In [0, 1]; no ideal."""
    return divide(counts.toxic, counts.members)


def selection_rate(counts: Counts) -> Floats:
    """Share of the subgroup's comments that is flagged. In [0, 1]; no ideal of its own."""
    return divide(counts.flagged, counts.members)


def fpr(counts: Counts) -> Floats:
    """False positive rate: share of the subgroup's non-toxic comments that is flagged. In [0, 1], ideal 0."""
    return divide(counts.false_positive, counts.non_toxic)


def tpr(counts: Counts) -> Floats:
    """True positive rate: share of the subgroup's toxic comments that is flagged. In [0, 1], ideal 1."""
    return divide(counts.true_positive, counts.toxic)


def fpr_difference(counts: Counts) -> Floats:
    """FPR of the subgroup - FPR of the background, signed: > 0 means harmless mentions are flagged more. In [-1, 1], ideal 0."""
    return fpr(counts) - fpr(counts.background)


def equal_opportunity_difference(counts: Counts) -> Floats:
    """TPR of the subgroup - TPR of the background, signed as in AIF360; TPR of *toxic* comments. In [-1, 1], ideal 0."""
    return tpr(counts) - tpr(counts.background)


def average_odds_difference(counts: Counts) -> Floats:
    """Mean of the FPR difference and the TPR difference, signed as in AIF360. In [-1, 1], ideal 0."""
    return (fpr_difference(counts) + equal_opportunity_difference(counts)) / 2


def statistical_parity_difference(counts: Counts) -> Floats:
    """Share flagged in the subgroup - share flagged in the background. In [-1, 1], ideal 0."""
    return selection_rate(counts) - selection_rate(counts.background)


def disparate_impact(counts: Counts) -> Floats:
    """Share not flagged in the subgroup / share not flagged in the background. From 0 up, ideal 1, alarm below .8."""
    return divide(1 - selection_rate(counts), 1 - selection_rate(counts.background))


def precision(counts: Counts) -> Floats:
    """Share of the subgroup's flagged comments that is toxic. In [0, 1], ideal 1."""
    return divide(counts.true_positive, counts.flagged)


def recall(counts: Counts) -> Floats:
    """The same number as `tpr`, under the name people look for beside precision."""
    return tpr(counts)


def f1(counts: Counts) -> Floats:
    """Harmonic mean of the subgroup's precision and recall for toxic. In [0, 1], ideal 1; nan without toxic comments."""
    return np.where(counts.toxic == 0, np.nan, divide(2 * counts.true_positive, counts.toxic + counts.flagged))[()]


def calibration_gap(counts: Counts) -> Floats:
    """(Mean score - share toxic) of the subgroup less the same of the background. In [-2, 2], ideal 0.

    > 0: its comments are scored higher than they deserve, compared with the others. Against the background because the score,
    .5 p(mild) + p(high), is no probability of toxic, and would be off for everyone alike.
    """
    return divide(counts.score - counts.toxic, counts.members) - divide(counts.background.score - counts.background.toxic, counts.background.members)


def group_kl(counts: Counts) -> Floats:
    """KL(s || b) in nats, s the mean prediction for the subgroup's non-toxic comments, b for the background's. From 0 up, ideal 0.

    What the paper's term would have to be in order to know a group: on harmless comments, does a mention change the prediction?
    """
    own, rest = counts, counts.background
    total = np.zeros(np.shape(own.non_toxic))
    for level in ("harmless_low", "harmless_mild", "harmless_high"):
        s, b = divide(vars(own)[level], own.non_toxic), divide(vars(rest)[level], rest.non_toxic)
        with np.errstate(divide="ignore", invalid="ignore"):
            total = total + np.where(s > 0, s * np.log(s / b), 0 * s * b)
    return np.maximum(total, 0)


def power_mean(values: Floats, power: float = POWER) -> Floats:
    """(mean of x^p)^(1/p) over the last axis; p = -5 leans towards the worst. Undefined values are left out; nan of none."""
    defined = ~np.isnan(values)
    with np.errstate(divide="ignore"):
        total = np.where(defined, np.maximum(values, 0), 1.0) ** power
        return divide(np.where(defined, total, 0).sum(axis=-1), defined.sum(axis=-1)) ** (1 / power)


def jigsaw_score(overall_auc: Floats, subgroup_aucs: Floats, bpsn_aucs: Floats, bnsp_aucs: Floats) -> Floats:
    """.25 AUC + .25 (M(subgroup AUC) + M(BPSN AUC) + M(BNSP AUC)), M the power mean (p = -5) over the last axis.

    The score of Jigsaw's competition on unintended bias. In [0, 1], ideal 1; nan when no subgroup counts.
    """
    return 0.25 * overall_auc + 0.25 * sum(power_mean(values) for values in (subgroup_aucs, bpsn_aucs, bnsp_aucs))
