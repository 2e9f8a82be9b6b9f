"""The door to the measures: every measure by name, and one call each for all values, all subgroups, all paired differences."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modeling.measures import battery, performance
from modeling.measures.battery import Battery, Compared, Measured
from modeling.measures.columns import Prepared
from modeling.measures.data import Floats, Scored
from modeling.measures.described import Measure, ProbeMeasure, SubgroupMeasure
from modeling.measures.intervals import is_point, logit_interval, t_interval
from modeling.measures.overall import MEASURES
from modeling.measures.per_subgroup import SUBGROUP_MEASURES
from modeling.measures.probes import PROBE_MEASURES
from modeling.measures.statistics import divide, percentile_interval, wilson

__all__ = [
    "MEASURES",
    "PROBE_MEASURES",
    "SUBGROUP_MEASURES",
    "DifferenceRow",
    "Measure",
    "ProbeMeasure",
    "Row",
    "SubgroupMeasure",
    "SubgroupRow",
    "confusion",
    "difference_limits",
    "differences",
    "measure_all",
    "measure_subgroups",
    "settled",
]


@dataclass(frozen=True)
class Row:
    """A value with its 95 % interval and the number of comments behind it; nan where these are too few."""

    measure: str
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class SubgroupRow:
    """`n` counts the subgroup's comments behind this measure; `n_toxic` and `n_non_toxic` all of the subgroup."""

    subgroup: str
    measure: str
    value: float
    low: float
    high: float
    n: int
    n_toxic: int
    n_non_toxic: int


@dataclass(frozen=True)
class DifferenceRow:
    """Paired difference a - b; `subgroup` is empty for overall measures."""

    subgroup: str
    measure: str
    value: float
    low: float
    high: float
    n: int


def confusion(scored: Scored) -> NDArray[np.int64]:
    """(k, k) numbers of comments, rows = truth, columns = prediction: the three levels, or non-toxic and toxic where too few have one."""
    prepared = Prepared(scored)
    rows = prepared.class_rows
    if prepared.by_level:
        return performance.confusion_matrix(scored.level[rows], scored.predicted[rows], 3).astype(int)
    return performance.confusion_matrix(scored.toxic, scored.flagged, 2).astype(int)


def measure_all(scored: Scored, resamples: int, seed: int) -> list[Row]:
    """Every overall measure, in the registry's order. Intervals of 95 %, each by its own `interval_method`."""
    measured = battery.measure(scored, overall=tuple(MEASURES), per_subgroup=(), resamples=resamples, seed=seed)
    low, high = _limits(scored, measured)
    return [
        Row(name, float(measured.value[i]), float(low[i]), float(high[i]), int(measured.n[i])) for i, (_, name) in enumerate(measured.battery.entries)
    ]


def measure_subgroups(scored: Scored, resamples: int, seed: int) -> list[SubgroupRow]:
    """Every subgroup measure of every subgroup, subgroup by subgroup; those with too few comments as nan with their n."""
    if not scored.subgroups:
        return []
    measured = battery.measure(scored, overall=(), per_subgroup=tuple(SUBGROUP_MEASURES), resamples=resamples, seed=seed)
    low, high = _limits(scored, measured)
    rows = {}
    for i, (subgroup, name) in enumerate(measured.battery.entries):
        toxic, non_toxic = (int((scored.memberships[subgroup] & kind).sum()) for kind in (scored.toxic, ~scored.toxic))
        value, n = float(measured.value[i]), int(measured.n[i])
        rows[subgroup, name] = SubgroupRow(subgroup, name, value, float(low[i]), float(high[i]), n, toxic, non_toxic)
    return [rows[subgroup, name] for subgroup in scored.subgroups for name in SUBGROUP_MEASURES]


def differences(a: Scored, b: Scored, resamples: int, seed: int) -> list[DifferenceRow]:
    """a - b on the same comments: every overall measure, then every subgroup measure. Raises ValueError when they are not paired."""
    overall, per_subgroup = tuple(MEASURES), tuple(SUBGROUP_MEASURES)
    compared = battery.compare(a, b, overall=overall, per_subgroup=per_subgroup, resamples=resamples, seed=seed)
    low, high = difference_limits(compared)
    return [
        DifferenceRow(subgroup, name, float(compared.difference[i]), float(low[i]), float(high[i]), int(compared.n[i]))
        for i, (subgroup, name) in enumerate(compared.battery.entries)
    ]


def settled(chosen: Battery, value: Floats, draws: Floats) -> Floats:
    """Draws (B, m), moved onto the value for measures that lean."""
    leans = np.array([each.leans for each in chosen.described])
    draws = draws.copy()
    centre = divide(np.nansum(draws[:, leans], axis=0), (~np.isnan(draws[:, leans])).sum(axis=0))
    with np.errstate(invalid="ignore"):  # a divergence may be infinite, and then has no interval
        draws[:, leans] -= centre - value[leans]
    return draws


def _limits(scored: Scored, measured: Measured) -> tuple[Floats, Floats]:
    described, value = measured.battery.described, measured.value
    lowest, highest = np.transpose([each.range for each in described])
    low, high = percentile_interval(np.clip(settled(measured.battery, value, measured.draws), lowest, highest))
    for i, entry in enumerate(measured.battery.entries):
        if described[i].interval == "influence":
            low[i], high[i] = logit_interval(value[i], measured.error[i], float(measured.freedom[i]), int(measured.clusters[i]))
        elif described[i].is_share and value[i] in (0, 1):
            # No resample can see beyond a share of 0 or 1: Wilson can, with one vote per cluster, which is on the safe side.
            clusters = len(np.unique(scored.cluster[battery.own_rows(scored, *entry)]))
            low[i], high[i] = wilson(value[i] * clusters, clusters)
    return low, high


def difference_limits(compared: Compared) -> tuple[Floats, Floats]:
    """Percentile limits of the paired draws, or DeLong's where both versions' influences are known; `Compared.limits` where they coincide."""
    drawn = percentile_interval(settled(compared.battery, compared.difference, compared.draws))
    told = t_interval(compared.difference, compared.error, compared.freedom)
    low, high = (np.where(compared.battery.by_influence, *pair) for pair in zip(told, drawn, strict=True))
    for entry in np.flatnonzero(is_point(low, high)):
        low[entry], high[entry] = compared.limits(int(entry), 0.95)
    return low, high
