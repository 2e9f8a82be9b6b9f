"""How a version treats comments that mention a subgroup, against the background (all other comments).

Every function rests on `y_toxic, flagged | score, in_subgroup`, counted once: `fpr(Counts.of(y_toxic, flagged, in_subgroup))`,
`bpsn_auc(Wins.of(y_toxic, score, in_subgroup))`. `in_subgroup` is (n,) for one subgroup or (n, G) for many; weights are (n,) or
(b, n); so values are (), (G,), (b,) or (b, G). Positive = toxic; favourable = *not* flagged. An empty set gives nan, never 0.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from modeling.measures.data import Floats, Mask
from modeling.measures.ranking import Ranks, Segments, Standing, cumulated
from modeling.measures.statistics import divide

POWER = -5.0


@dataclass(frozen=True)
class Counts:
    """Weighted numbers of comments of the subgroup; `everyone` holds the same of all comments."""

    toxic: Floats
    non_toxic: Floats
    true_positive: Floats
    false_positive: Floats
    everyone: "Counts | None" = None

    @classmethod
    def of(cls, y_toxic: Mask, flagged: Mask, in_subgroup: NDArray | Segments, weights: Floats | None = None) -> Self:
        if isinstance(in_subgroup, np.ndarray) and in_subgroup.ndim == 1:
            return cls.of(y_toxic, flagged, in_subgroup[:, None], weights)._squeezed()
        weights = np.ones(len(y_toxic)) if weights is None else weights
        segments = in_subgroup if isinstance(in_subgroup, Segments) else Segments(in_subgroup)
        kinds = np.array([y_toxic, ~y_toxic, y_toxic & flagged, ~y_toxic & flagged], dtype=np.float64)
        members = segments.of(weights)
        inside = [segments.sums(members * segments.of(kind)) for kind in kinds]
        return cls(*inside, everyone=cls(*(weights @ kind[:, None] for kind in kinds)))

    def _squeezed(self) -> Self:
        everyone = self.everyone._squeezed() if self.everyone else None
        parts = (self.toxic, self.non_toxic, self.true_positive, self.false_positive)
        return type(self)(*(part[..., 0] for part in parts), everyone=everyone)

    @property
    def members(self) -> Floats:
        return self.toxic + self.non_toxic

    @property
    def flagged(self) -> Floats:
        return self.true_positive + self.false_positive

    @property
    def background(self) -> "Counts":
        rest = self.everyone
        if rest is None:
            raise ValueError("all comments have no background")
        return Counts(
            rest.toxic - self.toxic,
            rest.non_toxic - self.non_toxic,
            rest.true_positive - self.true_positive,
            rest.false_positive - self.false_positive,
        )


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


class SubgroupRanks(Ranks):
    """The sorting that `Wins` needs, done once for one set of scores and memberships (n, G)."""

    def __init__(self, y_toxic: Mask, score: NDArray[np.floating], in_subgroup: NDArray) -> None:
        super().__init__(y_toxic, score)
        self.toxic_members = Segments(np.asarray(in_subgroup)[self.toxic_rows])
        self.non_toxic_members = Segments(np.asarray(in_subgroup)[self.non_toxic_rows])
        toxic, non_toxic = self.toxic_members.of(self.toxic_scores), self.non_toxic_members.of(self.non_toxic_scores)
        left, right = np.empty(len(non_toxic), dtype=int), np.empty(len(non_toxic), dtype=int)
        for column in range(len(self.toxic_members.starts)):
            start = self.toxic_members.starts[column]
            own = slice(self.non_toxic_members.starts[column], self.non_toxic_members.ends[column])
            others = toxic[start : self.toxic_members.ends[column]]
            left[own] = start + np.searchsorted(others, non_toxic[own], "left")
            right[own] = start + np.searchsorted(others, non_toxic[own], "right")
        self.within = Standing(left, right)


@dataclass(frozen=True)
class Wins:
    """Weighted numbers of (toxic, non-toxic) pairs in which the toxic comment scores higher, equal scores counting half."""

    within: Floats
    """Both of the subgroup."""
    toxic_over_all: Floats
    """Toxic of the subgroup, non-toxic of anyone."""
    all_over_non_toxic: Floats
    """Toxic of anyone, non-toxic of the subgroup."""
    overall: Floats
    """Both of anyone; like the two `all_` with a last axis of one."""
    toxic: Floats
    non_toxic: Floats
    all_toxic: Floats
    all_non_toxic: Floats

    @classmethod
    def of(cls, y_toxic: Mask, score: NDArray[np.floating], in_subgroup: NDArray, weights: Floats | None = None) -> Self:
        weights = np.ones(len(y_toxic)) if weights is None else weights
        if np.ndim(in_subgroup) == 2:
            return cls.ranked(SubgroupRanks(y_toxic, score, in_subgroup), weights)
        many = cls.ranked(SubgroupRanks(y_toxic, score, np.asarray(in_subgroup)[:, None]), weights)
        return cls(*(value[..., 0] for value in vars(many).values()))

    @classmethod
    def ranked(cls, ranks: SubgroupRanks, weights: Floats) -> Self:
        """Pairs with the background are pairs with everyone less pairs within, so that background sets are never formed."""
        toxic, non_toxic = weights.take(ranks.toxic_rows, axis=-1), weights.take(ranks.non_toxic_rows, axis=-1)
        toxic_to, non_toxic_to = cumulated(toxic), cumulated(non_toxic)
        won = toxic * ranks.toxic_among_non_toxic.mass_below(non_toxic_to)
        lost = non_toxic * (toxic_to[..., -1:] - ranks.non_toxic_among_toxic.mass_below(toxic_to))
        own_toxic, own_non_toxic = ranks.toxic_members.of(toxic), ranks.non_toxic_members.of(non_toxic)
        own_non_toxic_sum = ranks.non_toxic_members.sums(own_non_toxic)
        # Cumulated over all subgroups in a row: what stands before a subgroup cancels out.
        own_to = cumulated(own_toxic)
        below = ranks.non_toxic_members.sums(own_non_toxic * ranks.within.mass_below(own_to))
        return cls(
            within=own_non_toxic_sum * own_to[..., ranks.toxic_members.ends] - below,
            toxic_over_all=ranks.toxic_members.sums(ranks.toxic_members.of(won)),
            all_over_non_toxic=ranks.non_toxic_members.sums(ranks.non_toxic_members.of(lost)),
            overall=won.sum(axis=-1, keepdims=True),
            toxic=ranks.toxic_members.sums(own_toxic),
            non_toxic=own_non_toxic_sum,
            all_toxic=toxic_to[..., -1:],
            all_non_toxic=non_toxic_to[..., -1:],
        )


def overall_auc(wins: Wins) -> Floats:
    """ROC AUC over all comments, of wins over (n, G) and without that last axis. In [0, 1], ideal 1."""
    return divide(wins.overall, wins.all_toxic * wins.all_non_toxic)[..., 0]


def subgroup_auc(wins: Wins) -> Floats:
    """AUC over the subgroup's own comments. In [0, 1], ideal 1."""
    return divide(wins.within, wins.toxic * wins.non_toxic)


def bpsn_auc(wins: Wins) -> Floats:
    """Background Positive, Subgroup Negative: AUC of toxic background against the subgroup's non-toxic comments.

    Low = harmless comments of the subgroup outrank toxic ones of others (false positives). In [0, 1], ideal 1. Jigsaw.
    """
    return divide(wins.all_over_non_toxic - wins.within, (wins.all_toxic - wins.toxic) * wins.non_toxic)


def bnsp_auc(wins: Wins) -> Floats:
    """Background Negative, Subgroup Positive: AUC of the subgroup's toxic comments against non-toxic background.

    Low = toxicity towards the subgroup is missed. In [0, 1], ideal 1. Jigsaw.
    """
    return divide(wins.toxic_over_all - wins.within, wins.toxic * (wins.all_non_toxic - wins.non_toxic))


def power_mean(values: Floats, power: float = POWER) -> Floats:
    """(mean of x^p)^(1/p) over the last axis; p = -5 leans towards the worst. Undefined values are left out; nan of none."""
    defined = ~np.isnan(values)
    with np.errstate(divide="ignore"):
        total = np.where(defined, values, 1.0) ** power
        return divide(np.where(defined, total, 0).sum(axis=-1), defined.sum(axis=-1)) ** (1 / power)


def jigsaw_score(wins: Wins, counted: Mask) -> Floats:
    """.25 AUC + .25 (M(subgroup AUC) + M(BPSN AUC) + M(BNSP AUC)), M the power mean (p = -5) over the counted subgroups.

    The score of Jigsaw's competition on unintended bias. In [0, 1], ideal 1; nan when no subgroup counts.
    """
    parts = (power_mean(measure(wins)[..., counted]) for measure in (subgroup_auc, bpsn_auc, bnsp_auc))
    return 0.25 * overall_auc(wins) + 0.25 * sum(parts)
