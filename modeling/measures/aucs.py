"""ROC AUC, subgroup AUC, BPSN and BNSP with the influence of every comment on them: intervals without resampling.

An AUC is the mean over toxic comments of the share of non-toxic ones that they beat (placement values). DeLong, DeLong and
Clarke-Pearson (1988) take its variance from the spread of the placement values of both classes; Obuchowski (1997) sums them per
cluster first, where comments are not independent. Both are here one thing: comment i has an influence, the influences of a cluster
are summed, and the sum of their squares is the variance of the AUC; of a difference, that of the differences of influences. Each
class carries the factor I / (I - 1) of a sample variance, I its clusters, so that for clusters of one this is DeLong's formula.

Searching goes through sorted scores of members, never of backgrounds: pairs with the background are pairs with everyone less pairs
within. So nothing here is of size comments x subgroups.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modeling.measures.data import Floats, Mask
from modeling.measures.statistics import divide

Rows = NDArray[np.integer]


def beaten(rivals: Floats, score: NDArray[np.floating], toxic: bool) -> Floats:
    """(r,) how many of the sorted `rivals` each score beats: those below a toxic comment's, above a non-toxic one's. Ties count half."""
    below = (np.searchsorted(rivals, score, "left") + np.searchsorted(rivals, score, "right")) / 2
    return below if toxic else len(rivals) - below


@dataclass(frozen=True)
class Clusters:
    """Rows in the order of their clusters: `order` (n,), `code` (n,) the cluster 0..count-1 of each row of `order`, `count`."""

    order: Rows
    code: Rows
    count: int

    @classmethod
    def of(cls, cluster: NDArray[np.integer]) -> "Clusters":
        order = np.argsort(cluster, kind="stable").astype(np.int32)
        ordered = np.asarray(cluster)[order]
        code = np.cumsum(np.append(0, ordered[1:] != ordered[:-1]), dtype=np.int32) if len(ordered) else order
        return cls(order, code, int(code[-1]) + 1 if len(code) else 0)

    def holding(self, rows: Mask) -> int:
        """How many clusters hold at least one of the rows (n,) that are true."""
        code = self.code[rows[self.order]]
        return int(np.count_nonzero(code[1:] != code[:-1])) + 1 if len(code) else 0


def correction(clusters: Floats) -> Floats:
    """sqrt(I / (I - 1)); 1 for a single cluster, whose interval is never shown."""
    return np.sqrt(clusters / np.maximum(clusters - 1, 1))


class TwoSample:
    """One AUC: comments of `positive` (n,) against those of `negative` (n,). Raises nothing; nan where one of them is empty.

    `value` (), `clusters` the fewer of the two sides' clusters.
    """

    def __init__(self, positive: Mask, negative: Mask, score: Floats, clusters: Clusters) -> None:
        self.masks, self.score = {True: positive, False: negative}, score
        self.ordered = {toxic: np.sort(score[mask]) for toxic, mask in self.masks.items()}
        held = {toxic: clusters.holding(mask) for toxic, mask in self.masks.items()}
        self.factor = {toxic: float(correction(np.float64(number))) for toxic, number in held.items()}
        self.clusters = min(held.values())
        pairs = len(self.ordered[True]) * len(self.ordered[False])
        self.value = float(beaten(self.ordered[False], self.ordered[True], True).sum()) / pairs if pairs else np.nan

    def influence(self, rows: Rows) -> Floats:
        """(r,) of the given comments; 0 of comments on neither side, and of all where the AUC is undefined."""
        influence = np.zeros(len(rows))
        if np.isnan(self.value):
            return influence
        for toxic, mask in self.masks.items():
            own, rivals = mask[rows], self.ordered[not toxic]
            placement = beaten(rivals, self.score[rows[own]], toxic) / len(rivals)
            influence[own] = self.factor[toxic] * (placement - self.value) / len(self.ordered[toxic])
        return influence


class SubgroupAucs:
    """The three AUCs of G subgroups among the comments of `overall`, toxic against non-toxic.

    `subgroup`, `bpsn`, `bnsp`: values (G,), nan where a side is empty; `clusters` (3, G).
    """

    def __init__(self, overall: TwoSample, memberships: Sequence[Mask], clusters: Clusters) -> None:
        self.score, self.memberships = overall.score, memberships
        self.everyone, kinds, score = overall.ordered, overall.masks, overall.score
        self.toxic = kinds[True]
        self.members = {kind: [np.sort(score[mask & member]) for member in memberships] for kind, mask in kinds.items()}
        self.sizes = {kind: np.array([len(scores) for scores in lists], dtype=np.float64) for kind, lists in self.members.items()}
        self.rest = {kind: len(self.everyone[kind]) - self.sizes[kind] for kind in kinds}
        inside = {kind: np.array([clusters.holding(mask & member) for member in memberships]) for kind, mask in kinds.items()}
        outside = {kind: np.array([clusters.holding(mask & ~member) for member in memberships]) for kind, mask in kinds.items()}
        self.inside_factor = {kind: correction(inside[kind]) for kind in kinds}
        self.outside_factor = {kind: correction(outside[kind]) for kind in kinds}
        sides = [(inside[True], inside[False]), (outside[True], inside[False]), (inside[True], outside[False])]
        self.clusters = np.array([np.minimum(*pair) for pair in sides]).reshape(3, len(memberships))
        self.subgroup, self.bpsn, self.bnsp = self._values()

    def _values(self) -> tuple[Floats, Floats, Floats]:
        toxic, non_toxic = self.members[True], self.members[False]
        within = np.array([beaten(rivals, own, True).sum() for own, rivals in zip(toxic, non_toxic, strict=True)])
        over_all = np.array([beaten(self.everyone[False], own, True).sum() for own in toxic])
        under_all = np.array([beaten(self.everyone[True], own, False).sum() for own in non_toxic])
        return (
            divide(within, self.sizes[True] * self.sizes[False]),
            divide(under_all - within, self.rest[True] * self.sizes[False]),
            divide(over_all - within, self.sizes[True] * self.rest[False]),
        )

    def influence(self, rows: Rows) -> Floats:
        """(r, 3 G): of the given comments on the subgroup AUCs, then the BPSN, then the BNSP AUCs; 0 where one is undefined."""
        count = len(self.memberships)
        influence = np.zeros((len(rows), 3, count))
        for toxic in (True, False):
            own = self.toxic[rows] == toxic
            influence[own] = self._of_class(rows[own], toxic)
        return np.nan_to_num(influence.reshape(len(rows), 3 * count), copy=False)

    def _of_class(self, rows: Rows, toxic: bool) -> Floats:
        """The members' side of one cross AUC is the background's side of the other, so both classes are told by one formula."""
        score, rivals = self.score[rows], self.members[not toxic]
        member = np.array([mask[rows] for mask in self.memberships], dtype=bool).reshape(len(rivals), len(rows)).T
        won = np.array([beaten(each, score, toxic) for each in rivals]).reshape(len(rivals), len(rows)).T
        won_over_all = beaten(self.everyone[not toxic], score, toxic)[:, None]
        over_members = divide(won, self.sizes[not toxic])
        over_rest = divide(won_over_all - won, self.rest[not toxic])
        as_member, as_rest = (self.bnsp, self.bpsn) if toxic else (self.bpsn, self.bnsp)
        inside = np.where(member, divide(self.inside_factor[toxic], self.sizes[toxic]), 0)
        outside = np.where(member, 0, divide(self.outside_factor[toxic], self.rest[toxic]))
        within, members_side, rest_side = (
            inside * (over_members - self.subgroup),
            inside * (over_rest - as_member),
            outside * (over_members - as_rest),
        )
        crossed = (rest_side, members_side) if toxic else (members_side, rest_side)
        return np.stack([within, *crossed], axis=1)


class AveragePrecision:
    """Average precision and each comment's influence on it (the derivative with respect to the comment's weight).

    With C_i toxic and W_i non-toxic comments flagged at the score of toxic comment i: AP = mean of C_i / (C_i + W_i).
    """

    def __init__(self, toxic: Mask, score: Floats, clusters: Clusters) -> None:
        self.toxic, self.score = toxic, score
        self.ordered, non_toxic = np.sort(score[toxic]), np.sort(score[~toxic])
        self.clusters = min(clusters.holding(toxic), clusters.holding(~toxic))
        self.factor = float(correction(np.float64(self.clusters)))
        caught = len(self.ordered) - np.searchsorted(self.ordered, self.ordered, "left")
        wrong = len(non_toxic) - np.searchsorted(non_toxic, self.ordered, "left")
        self.precision = caught / np.maximum(caught + wrong, 1)
        self.value = float(self.precision.mean()) if len(self.ordered) else np.nan
        self.gained = np.append(0, np.cumsum(wrong / np.maximum(caught + wrong, 1) ** 2))
        self.lost = np.append(0, np.cumsum(caught / np.maximum(caught + wrong, 1) ** 2))

    def influence(self, rows: Rows) -> Floats:
        """(r,) of the given comments; 0 without toxic ones."""
        if np.isnan(self.value):
            return np.zeros(len(rows))
        score, toxic = self.score[rows], self.toxic[rows]
        flags = np.searchsorted(self.ordered, score, "right")
        own = self.precision[np.minimum(np.searchsorted(self.ordered, score, "left"), len(self.ordered) - 1)]
        influence = np.where(toxic, own - self.value + self.gained[flags], -self.lost[flags])
        return self.factor * influence / len(self.ordered)
