"""One set of predictions, prepared once for many weight vectors; what the measures of the registry are computed from."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from modeling.measures import calibration, performance
from modeling.measures.data import Floats, Mask, Scored
from modeling.measures.fairness import Counts, SubgroupRanks, Wins
from modeling.measures.ranking import Segments
from modeling.measures.statistics import divide

# With fewer three-level comments than this, the class measures fall back on toxic / non-toxic over all comments.
THREE_LEVEL_MINIMUM = 30


class Prepared:
    """What does not depend on weights: sorted scores, bins, squared errors."""

    def __init__(self, scored: Scored) -> None:
        self.scored = scored

    @cached_property
    def ranks(self) -> SubgroupRanks:
        return SubgroupRanks(self.scored.toxic, self.scored.score, self.scored.in_subgroup)

    @cached_property
    def segments(self) -> Segments:
        return Segments(self.scored.in_subgroup)

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
        return s.in_subgroup[~s.toxic].sum(axis=0) >= s.counted_minimum

    @cached_property
    def calibration_gaps(self) -> Floats:
        s = self.scored
        return calibration.calibration_gaps(*calibration.confidence_and_hit(s.p, s.score, s.level, s.toxic))

    @cached_property
    def squared_error(self) -> Floats:
        s = self.scored
        return calibration.squared_error(s.p, s.score, s.level, s.toxic)

    @cached_property
    def kl_to_uniform(self) -> Floats:
        return calibration.kl_to_uniform(self.scored.p)


@dataclass(frozen=True)
class Tally:
    """Prepared predictions under weights (n,) or (b, n). Counts and pairs are taken once and shared by all measures."""

    prepared: Prepared
    weights: Floats

    @cached_property
    def scored(self) -> Scored:
        return self.prepared.scored

    @cached_property
    def confusion(self) -> Floats:
        s, rows = self.scored, self.prepared.class_rows
        weights = self.weights[..., rows]
        if self.prepared.by_level:
            return performance.confusion_matrix(s.level[rows], s.predicted[rows], 3, weights)
        return performance.confusion_matrix(s.toxic, s.flagged, 2, weights)

    @cached_property
    def counts(self) -> Counts:
        return Counts.of(self.scored.toxic, self.scored.flagged, self.prepared.segments, self.weights)

    @cached_property
    def wins(self) -> Wins:
        return Wins.ranked(self.prepared.ranks, self.weights)

    def mean(self, values: Floats) -> Floats:
        return divide(self.weights @ values, self.weights.sum(axis=-1))

    def over_counted(self, per_subgroup: Floats) -> Floats:
        """The columns of the counted subgroups, (..., at least 1): a column of nan where none counts, so that maxima are nan."""
        counted = per_subgroup[..., self.scored.counted]
        return counted if counted.shape[-1] else np.full((*per_subgroup.shape[:-1], 1), np.nan)
