"""All that measures are made of, as columns whose sums over comments are enough.

A measure is a function of such sums. A resample weighs the comments, so a thousand resamples are one matrix product of weights with
columns; and no column is ever held for more than one block of comments, so that memory does not grow with their number.
"""

from collections.abc import Iterator
from functools import cached_property
from weakref import proxy

import numpy as np

from modeling.measures import calibration, performance
from modeling.measures.aucs import AveragePrecision, Clusters, Rows, SubgroupAucs, TwoSample
from modeling.measures.data import Floats, Mask, Scored
from modeling.measures.statistics import divide

# With fewer three-level comments than this, the class measures fall back on toxic / non-toxic over all comments.
THREE_LEVEL_MINIMUM = 30
ROWS = 1024
"""Comments whose columns are held at once."""
OF_SUBGROUP = ("toxic", "non_toxic", "true_positive", "false_positive", "score", "harmless_low", "harmless_mild", "harmless_high")
AUCS = ("subgroup_auc", "bpsn_auc", "bnsp_auc")


class Prepared:
    """One version's predictions: which comments count for what, and the columns of any block of them."""

    def __init__(self, scored: Scored) -> None:
        self.scored = scored
        self.clusters = Clusters.of(scored.cluster)

    @cached_property
    def by_level(self) -> bool:
        return int(self.scored.three_level.sum()) >= THREE_LEVEL_MINIMUM

    @cached_property
    def class_rows(self) -> Mask:
        """(n,) the comments over which macro F1 and its kin are taken: those with a level, or all where these are too few."""
        return self.scored.three_level if self.by_level else np.ones(len(self.scored), dtype=bool)

    @cached_property
    def enough_non_toxic(self) -> Mask:
        """(G,) the subgroups whose FPR enters the mean: unlike the counted ones they need non-toxic comments only."""
        s = self.scored
        return np.array([(mask & ~s.toxic).sum() >= s.counted_minimum for mask in s.memberships.values()], dtype=bool)

    @cached_property
    def levels(self) -> tuple[TwoSample, ...]:
        """Each level against the others, by its own probability; where classes are toxic / non-toxic, that is one AUC."""
        s = self.scored
        if not self.by_level:
            return (self.overall,)
        return tuple(TwoSample(s.level == k, s.three_level & (s.level != k), s.p[:, k], self.clusters) for k in range(3) if (s.level == k).any())

    @cached_property
    def overall(self) -> TwoSample:
        return TwoSample(self.scored.toxic, ~self.scored.toxic, self.scored.score, self.clusters)

    @cached_property
    def precision_curve(self) -> AveragePrecision:
        return AveragePrecision(self.scored.toxic, self.scored.score, self.clusters)

    @cached_property
    def subgroup_aucs(self) -> SubgroupAucs:
        return SubgroupAucs(self.overall, list(self.scored.memberships.values()), self.clusters)

    @cached_property
    def columns(self) -> "Columns":
        return Columns(self)


class Columns:
    """The columns by name. `at[name]`: their slice; `size`: how many; `linear`: the slice of those that hold influences on AUCs.

    `base` (size,): the AUCs' own values in their columns, 0 elsewhere: to be added to a sum of influences, which is a change.
    `clusters` (size,): of an AUC, the clusters of its smaller side.
    """

    def __init__(self, prepared: Prepared) -> None:
        # Owned by `prepared`: without a cycle, a version's arrays go as soon as it has been measured.
        self.prepared = proxy(prepared)
        groups, per_auc = len(prepared.scored.subgroups), len(prepared.levels)
        widths = {"one": 1, "hit": 1, "squared_error": 1, "kl_to_uniform": 1, "calibration": calibration.BINS}
        widths |= {"confusion": self.classes**2} | dict.fromkeys(OF_SUBGROUP, groups + 1)
        widths |= {"roc_auc": 1, "average_precision": 1, "level_auc": per_auc} | dict.fromkeys(AUCS, groups)
        ends = np.cumsum(list(widths.values())).tolist()
        self.at = {name: slice(end - width, end) for (name, width), end in zip(widths.items(), ends, strict=True)}
        self.size = ends[-1]
        self.linear = slice(self.at["roc_auc"].start, self.size)
        self.base, self.clusters = np.zeros(self.size), np.zeros(self.size, dtype=int)
        self.base[self.linear], self.clusters[self.linear] = self._aucs()

    @property
    def classes(self) -> int:
        return 3 if self.prepared.by_level else 2

    def _aucs(self) -> tuple[Floats, Rows]:
        p = self.prepared
        alone, groups = (p.overall, p.precision_curve, *p.levels), p.subgroup_aucs
        values = [*(each.value for each in alone), *groups.subgroup, *groups.bpsn, *groups.bnsp]
        return np.array(values), np.array([*(each.clusters for each in alone), *groups.clusters.ravel()])

    def of(self, rows: Rows) -> Floats:
        """(r, size): the columns of the given comments."""
        p, s = self.prepared, self.prepared.scored
        out = np.empty((len(rows), self.size))
        probabilities, score, level, toxic = s.p[rows].astype(np.float64), s.score[rows], s.level[rows], s.toxic[rows]
        out[:, self.at["one"]] = 1
        out[:, self.at["hit"]] = s.hit[rows, None]
        out[:, self.at["squared_error"]] = calibration.squared_error(probabilities, score, level, toxic)[:, None]
        out[:, self.at["kl_to_uniform"]] = calibration.kl_to_uniform(probabilities)[:, None]
        out[:, self.at["calibration"]] = calibration.calibration_gaps(*calibration.confidence_and_hit(probabilities, score, level, toxic))
        out[:, self.at["confusion"]] = self._confusion(rows)
        out[:, self.at["toxic"].start : self.linear.start] = self._of_subgroups(rows, probabilities)
        alone = (p.overall, p.precision_curve, *p.levels)
        out[:, self.linear.start : self.at["subgroup_auc"].start] = np.column_stack([each.influence(rows) for each in alone])
        out[:, self.at["subgroup_auc"].start :] = p.subgroup_aucs.influence(rows)
        return out

    def _confusion(self, rows: Rows) -> Floats:
        s = self.prepared.scored
        truth, predicted = (s.level, s.predicted) if self.prepared.by_level else (s.toxic, s.flagged)
        counts = self.prepared.class_rows[rows, None]
        return counts * performance.confusion_cells(np.maximum(truth[rows], 0), predicted[rows], self.classes)

    def _of_subgroups(self, rows: Rows, p: Floats) -> Floats:
        """Each kind of `OF_SUBGROUP` for each subgroup and, last, for everyone."""
        s = self.prepared.scored
        toxic, flagged = s.toxic[rows], s.flagged[rows]
        harmless = np.where(toxic[:, None], 0, p).T
        kinds = np.array([toxic, ~toxic, toxic & flagged, ~toxic & flagged, s.score[rows], *harmless], dtype=np.float64)
        members = np.array([*(mask[rows] for mask in s.memberships.values()), np.ones(len(rows))], dtype=np.float64)
        return (kinds[:, None, :] * members[None, :, :]).reshape(-1, len(rows)).T

    def blocks(self, clusters: int) -> Iterator[Floats]:
        """(c, size): the columns summed over each cluster, `clusters` clusters after clusters at a time."""
        order, code, count = self.prepared.clusters.order, self.prepared.clusters.code, self.prepared.clusters.count
        for first in range(0, count, clusters):
            sums = np.zeros((min(clusters, count - first), self.size))
            start, end = np.searchsorted(code, [first, first + clusters])
            for place in range(start, end, ROWS):
                part = slice(place, min(place + ROWS, end))
                within = code[part] - first
                begins = np.flatnonzero(np.append(True, within[1:] != within[:-1]))
                sums[within[begins]] += np.add.reduceat(self.of(order[part]), begins, axis=0)
            yield sums


def mean_over(values: Floats, chosen: Mask) -> Floats:
    """Mean over the last axis of the chosen ones that are defined; nan of none."""
    values = values[..., chosen]
    defined = ~np.isnan(values)
    return divide(np.where(defined, values, 0).sum(axis=-1), defined.sum(axis=-1))
