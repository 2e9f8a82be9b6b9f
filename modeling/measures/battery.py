"""Many measures at once: their values, n, standard errors, and draws under the bootstrap, as one flat vector of entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from modeling.measures.columns import Prepared
from modeling.measures.data import FEWEST_CLUSTERS, Floats, Mask, Scored, check_paired
from modeling.measures.described import Measure, SubgroupMeasure
from modeling.measures.intervals import is_point, t_interval, t_p_value, unmoved_interval
from modeling.measures.overall import MEASURES
from modeling.measures.per_subgroup import SUBGROUP_MEASURES
from modeling.measures.statistics import BLOCK, cluster_weights, divide, p_value, percentile_interval
from modeling.measures.tally import Tally

STEP = 1e-6
SAFE_SHARE = 0.5
OF_TRUTH = {"prevalence"}
"""Says nothing of a version, so that two versions differ in it by nothing, for certain."""


@dataclass(frozen=True)
class Battery:
    """The chosen overall measures, then each chosen subgroup measure for every subgroup: m entries."""

    overall: tuple[str, ...]
    per_subgroup: tuple[str, ...]
    subgroups: tuple[str, ...]

    @cached_property
    def entries(self) -> tuple[tuple[str, str], ...]:
        """(subgroup, measure) of each entry; the subgroup is empty for overall measures."""
        pairs = ((subgroup, name) for name in self.per_subgroup for subgroup in self.subgroups)
        return (*(("", name) for name in self.overall), *pairs)

    @cached_property
    def described(self) -> tuple[Measure | SubgroupMeasure, ...]:
        return tuple(SUBGROUP_MEASURES[name] if subgroup else MEASURES[name] for subgroup, name in self.entries)

    @cached_property
    def by_influence(self) -> Mask:
        """(m,) the entries whose interval is made from influences, not from draws."""
        return np.array([each.interval == "influence" for each in self.described], dtype=bool)

    def values(self, tally: Tally) -> Floats:
        """(..., m), before the minima are looked at."""
        overall = [MEASURES[name].fn(tally)[..., None] for name in self.overall]
        return np.concatenate([*overall, *(SUBGROUP_MEASURES[name].fn(tally) for name in self.per_subgroup)], axis=-1)

    def support(self, tally: Tally) -> tuple[NDArray[np.int64], Mask]:
        """(m,) comments behind each entry, and whether they are enough; `tally` is that of the comments themselves."""
        n, enough = [], []
        for measure in (MEASURES[name] for name in self.overall):
            parts = [int(rows.sum()) for rows in measure.rows(tally.prepared)]
            n.append([sum(parts)])
            enough.append([min(parts) >= measure.minimum])
        for measure in (SUBGROUP_MEASURES[name] for name in self.per_subgroup):
            own = [getattr(tally.counts, name) for name in measure.own]
            background = [getattr(tally.counts.background, name) for name in measure.background]
            n.append(sum(own).astype(int))
            enough.append(np.min([*own, *background], axis=0) >= measure.minimum)
        return np.concatenate(n), np.concatenate(enough)

    def gradient(self, prepared: Prepared) -> Floats:
        """(columns of AUCs, m): how each entry by influence moves with each AUC, by central differences; 0 for the other entries.

        So a power mean's error follows from the errors of its AUCs (the delta method) without a formula of its own.
        """
        columns = prepared.columns
        width = columns.size - columns.linear.start
        steps = np.zeros((2, width, columns.size))
        steps[:, :, columns.linear] = STEP * np.array([np.eye(width), -np.eye(width)])
        with np.errstate(invalid="ignore", divide="ignore"):
            up, down = self.values(Tally(prepared, steps))
        return np.where(self.by_influence, np.nan_to_num((up - down) / (2 * STEP)), 0)


@dataclass(frozen=True)
class Measured:
    """One version: value (m,), nan where there are too few comments, and so are its draws (B, m) and error (m,); n (m,).

    `error`: by influence, nan for entries whose interval is made from draws and where clusters are too few (`clusters` (m,)); `freedom`
    (m,): its degrees of freedom.
    """

    battery: Battery
    value: Floats
    draws: Floats
    error: Floats
    freedom: Floats
    n: NDArray[np.int64]
    clusters: NDArray[np.int64]


@dataclass(frozen=True)
class Compared:
    """Two versions on the same comments: values a and b (m,), draws (B, m), error (m,) and its degrees of freedom (m,) of a - b, n (m,).

    Where nothing that was drawn moves the difference, as between versions that say the same, that shows no certainty: the interval of a
    plain share is then `unmoved_interval`, and others have none (nan).
    """

    battery: Battery
    versions: tuple[Scored, Scored]
    a: Floats
    b: Floats
    draws: Floats
    error: Floats
    freedom: Floats
    n: NDArray[np.int64]

    @property
    def difference(self) -> Floats:
        return self.a - self.b

    def limits(self, entry: int, level: float) -> tuple[float, float]:
        """Two-sided interval of one entry: from its error where there are influences, else percentiles of its draws."""
        return self._unmoved_limits(entry, level) if self.is_unmoved(entry, level) else self._told_limits(entry, level)

    def is_unmoved(self, entry: int, level: float) -> bool:
        """Whether the comments show no scatter: all that could be drawn of them says the same difference."""
        return bool(is_point(*self._told_limits(entry, level)))

    def _told_limits(self, entry: int, level: float) -> tuple[float, float]:
        if self.battery.by_influence[entry]:
            low, high = t_interval(self.difference[entry], self.error[entry], self.freedom[entry], level)
        else:
            low, high = percentile_interval(self.draws[:, entry], level)
        return float(low), float(high)

    def _unmoved_limits(self, entry: int, level: float) -> tuple[float, float]:
        if self.battery.described[entry].name in OF_TRUTH:
            return self._told_limits(entry, level)
        if not self.battery.described[entry].is_share:
            return np.nan, np.nan
        clusters = min(len(np.unique(each.cluster[own_rows(each, *self.battery.entries[entry])])) for each in self.versions)
        return unmoved_interval(float(self.difference[entry]), min(clusters, int(self.n[entry])), level)

    def p_value(self, entry: int, sign: int) -> float:
        """One-sided p of "sign x (a - b) is not above 0", which agrees with `limits` of level 1 - 2 p."""
        if self.battery.by_influence[entry]:
            return t_p_value(sign * self.difference[entry], self.error[entry], float(self.freedom[entry]))
        return float(p_value(sign * self.draws[:, entry]))

    def degrees_of_freedom(self, entry: int) -> float:
        """Of one entry's error, where `limits` and `p_value` are of Student's t; nan where they are of draws."""
        return float(self.freedom[entry]) if self.battery.by_influence[entry] else np.nan

    def spread(self, entry: int) -> float:
        """Standard error of one entry's difference; nan where it is not known."""
        if self.battery.by_influence[entry]:
            return float(self.error[entry])
        defined = self.draws[~np.isnan(self.draws[:, entry]), entry]
        return float(np.std(defined)) if len(defined) else np.nan


@dataclass(frozen=True)
class _Passed:
    """What one pass over the comments of one or two versions gives.

    `squares` and `fourths` (m,): sums over clusters of the influence to these powers.
    """

    totals: tuple[Floats, ...]
    draws: tuple[Floats, ...]
    squares: Floats
    fourths: Floats


def own_rows(scored: Scored, subgroup: str, name: str) -> Mask:
    """(n,) the comments that a share of a subgroup is taken of; all of them for an overall measure."""
    everyone = np.ones(len(scored), dtype=bool)
    if not subgroup:
        return everyone
    kinds = {"toxic": scored.toxic, "non_toxic": ~scored.toxic, "flagged": scored.flagged, "members": everyone}
    return scored.memberships[subgroup] & np.any([kinds[kind] for kind in SUBGROUP_MEASURES[name].own], axis=0)


def _pass(versions: Sequence[Prepared], gradients: Sequence[Floats], resamples: int, seed: int) -> _Passed:
    """Of a second version, influences are subtracted."""
    count = versions[0].clusters.count
    totals = [np.zeros(each.columns.size) for each in versions]
    draws = [np.zeros((resamples, each.columns.size)) for each in versions]
    squares, fourths = np.zeros((2, gradients[0].shape[1]))
    streams = zip(*(each.columns.blocks(BLOCK) for each in versions), strict=True)
    for weights, blocks in zip(cluster_weights(count, resamples, seed), streams, strict=True):
        moved = [block[:, each.columns.linear] @ gradient for each, gradient, block in zip(versions, gradients, blocks, strict=True)]
        squared = (moved[0] - moved[1] if len(moved) == 2 else moved[0]) ** 2
        squares += squared.sum(axis=0)
        fourths += (squared**2).sum(axis=0)
        for place, block in enumerate(blocks):
            totals[place] += block.sum(axis=0)
            draws[place] += weights @ block
    return _Passed(tuple(totals), tuple(draws), squares, fourths)


def _settle(total: Floats, prepared: Prepared) -> Tally:
    """The tally of the comments themselves: influences sum to nothing, and rounding must not say otherwise."""
    total[prepared.columns.linear] = 0
    return Tally(prepared, total)


def _clusters(prepared: Prepared, gradient: Floats) -> NDArray[np.int64]:
    """(m,) the fewest clusters among the AUCs that an entry moves with; 0 where it moves with none."""
    clusters = prepared.columns.clusters[prepared.columns.linear][:, None]
    moves = gradient != 0
    return np.where(moves.any(axis=0), np.where(moves, clusters, np.iinfo(int).max).min(axis=0), 0)


def _freedom(squares: Floats, fourths: Floats, clusters: NDArray[np.int64]) -> Floats:
    """(m,) degrees of freedom of the error, from how evenly the clusters share in it (Carter, Schnepel and Steigerwald 2017).

    Satterthwaite's are 3 squares^2 / fourths where influences are normal; half of that, because of few clusters the estimate is hopeful, and
    the test must hold its level (`benchmarks.few_families`). Never fewer than the smaller side's clusters - 1.
    """
    return np.fmax(np.maximum(clusters - 1, 1), SAFE_SHARE * 3 * divide(squares**2, fourths))


def _error(battery: Battery, squares: Floats, value: Floats, clusters: NDArray[np.int64]) -> Floats:
    known = battery.by_influence & ~np.isnan(value) & (clusters >= FEWEST_CLUSTERS)
    return np.where(known, np.sqrt(squares), np.nan)


def measure(scored: Scored, *, overall: Sequence[str], per_subgroup: Sequence[str], resamples: int, seed: int) -> Measured:
    """Values, errors by influence, and cluster-bootstrap draws of the named measures."""
    battery, prepared = Battery(tuple(overall), tuple(per_subgroup), scored.subgroups), Prepared(scored)
    gradient = battery.gradient(prepared)
    passed = _pass([prepared], [gradient], resamples, seed)
    tally = _settle(passed.totals[0], prepared)
    n, enough = battery.support(tally)
    value = np.where(enough, battery.values(tally), np.nan)
    draws = battery.values(Tally(prepared, passed.draws[0]))
    draws[:, np.isnan(value)] = np.nan
    clusters = _clusters(prepared, gradient)
    freedom = _freedom(passed.squares, passed.fourths, clusters)
    return Measured(battery, value, draws, _error(battery, passed.squares, value, clusters), freedom, n, clusters)


def compare(a: Scored, b: Scored, *, overall: Sequence[str], per_subgroup: Sequence[str], resamples: int, seed: int) -> Compared:
    """Values of both, and errors and draws of a - b in which both see the same resampled comments."""
    check_paired(a, b)
    battery, versions = Battery(tuple(overall), tuple(per_subgroup), a.subgroups), [Prepared(a), Prepared(b)]
    gradients = [battery.gradient(each) for each in versions]
    # Nothing is drawn where nothing is made from draws.
    passed = _pass(versions, gradients, 0 if battery.by_influence.all() else resamples, seed)
    tallies = [_settle(total, each) for total, each in zip(passed.totals, versions, strict=True)]
    (n_a, enough_a), (n_b, enough_b) = (battery.support(tally) for tally in tallies)
    value_a, value_b = (np.where(enough, battery.values(tally), np.nan) for enough, tally in zip((enough_a, enough_b), tallies, strict=True))
    draws = np.subtract(*(battery.values(Tally(each, drawn)) for each, drawn in zip(versions, passed.draws, strict=True)))
    draws[:, np.isnan(value_a - value_b)] = np.nan
    clusters = np.minimum(*(_clusters(each, gradient) for each, gradient in zip(versions, gradients, strict=True)))
    error = _error(battery, passed.squares, value_a - value_b, clusters)
    freedom = _freedom(passed.squares, passed.fourths, clusters)
    return Compared(battery, (a, b), value_a, value_b, draws, error, freedom, np.minimum(n_a, n_b))
