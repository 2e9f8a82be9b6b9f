"""Sums over comments, once for the comments themselves and once for each resample; what the measures of the registry are made from."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from modeling.measures.columns import OF_SUBGROUP, Prepared
from modeling.measures.data import Floats, Mask, Scored
from modeling.measures.fairness import Counts
from modeling.measures.statistics import divide


@dataclass(frozen=True)
class Tally:
    """`sums` (..., size of the columns): one number gives a measure's value, (b, size) gives b draws of it by the same code.

    Counts are exact under any weights. AUCs are exact for the comments themselves; a resample's are their linear part, value plus the
    weighted sum of influences, which is what DeLong's variance is the variance of.
    """

    prepared: Prepared
    sums: Floats

    @property
    def scored(self) -> Scored:
        return self.prepared.scored

    def __getitem__(self, name: str) -> Floats:
        """(..., width) the sums of the named columns."""
        return self.sums[..., self.prepared.columns.at[name]]

    def mean(self, name: str) -> Floats:
        return divide(self[name][..., 0], self["one"][..., 0])

    @cached_property
    def confusion(self) -> Floats:
        """(..., k, k) rows = truth, columns = prediction: levels, or toxic / non-toxic where too few comments have one."""
        classes = self.prepared.columns.classes
        return self["confusion"].reshape(*self.sums.shape[:-1], classes, classes)

    @cached_property
    def counts(self) -> Counts:
        parts = [self[name] for name in OF_SUBGROUP]
        return Counts(*(part[..., :-1] for part in parts), everyone=Counts(*(part[..., -1:] for part in parts)))

    def auc(self, name: str) -> Floats:
        """(..., width) the AUCs of these columns: their values, changed by the sums of influences."""
        columns = self.prepared.columns
        return columns.base[columns.at[name]] + self[name]

    def over_counted(self, per_subgroup: Floats) -> Floats:
        """The columns of the counted subgroups, (..., at least 1): a column of nan where none counts, so that maxima are nan."""
        counted: Mask = self.scored.counted
        return per_subgroup[..., counted] if counted.any() else np.full((*per_subgroup.shape[:-1], 1), np.nan)
