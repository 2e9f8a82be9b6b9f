"""Many measures at once: their values, their n, and their draws under the bootstrap, as one flat vector of entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from modeling.measures.data import Floats, Mask, Scored, check_paired
from modeling.measures.overall import MEASURES
from modeling.measures.per_subgroup import SUBGROUP_MEASURES
from modeling.measures.statistics import paired_cluster_bootstrap
from modeling.measures.tally import Prepared, Tally


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

    def values(self, tally: Tally) -> Floats:
        """(..., m), before the minima are looked at."""
        overall = [MEASURES[name].fn(tally)[..., None] for name in self.overall]
        return np.concatenate([*overall, *(SUBGROUP_MEASURES[name].fn(tally) for name in self.per_subgroup)], axis=-1)

    def support(self, tally: Tally) -> tuple[NDArray[np.int64], Mask]:
        """(m,) comments behind each entry, and whether they are enough; `tally` has weights of one."""
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


@dataclass(frozen=True)
class Measured:
    """One version: value (m,), nan where there are too few comments, and so are its draws (B, m); n (m,)."""

    battery: Battery
    value: Floats
    draws: Floats
    n: NDArray[np.int64]


@dataclass(frozen=True)
class Compared:
    """Two versions on the same comments: values a and b (m,), draws (B, m) of a - b, n (m,)."""

    battery: Battery
    a: Floats
    b: Floats
    draws: Floats
    n: NDArray[np.int64]

    @property
    def difference(self) -> Floats:
        return self.a - self.b


def _once(battery: Battery, scored: Scored) -> tuple[Prepared, Floats, NDArray[np.int64]]:
    prepared = Prepared(scored)
    tally = Tally(prepared, np.ones(len(scored)))
    n, enough = battery.support(tally)
    return prepared, np.where(enough, battery.values(tally), np.nan), n


def measure(scored: Scored, *, overall: Sequence[str], per_subgroup: Sequence[str], resamples: int, seed: int) -> Measured:
    """Values and cluster-bootstrap draws of the named measures."""
    battery = Battery(tuple(overall), tuple(per_subgroup), scored.subgroups)
    prepared, value, n = _once(battery, scored)
    draws = paired_cluster_bootstrap(lambda weights: battery.values(Tally(prepared, weights)), scored.cluster, resamples, seed)
    draws[:, np.isnan(value)] = np.nan
    return Measured(battery, value, draws, n)


def compare(a: Scored, b: Scored, *, overall: Sequence[str], per_subgroup: Sequence[str], resamples: int, seed: int) -> Compared:
    """Values of both, and draws of a - b in which both see the same resampled comments."""
    check_paired(a, b)
    battery = Battery(tuple(overall), tuple(per_subgroup), a.subgroups)
    prepared_a, value_a, n_a = _once(battery, a)
    prepared_b, value_b, n_b = _once(battery, b)

    def difference(weights: Floats) -> Floats:
        return battery.values(Tally(prepared_a, weights)) - battery.values(Tally(prepared_b, weights))

    draws = paired_cluster_bootstrap(difference, a.cluster, resamples, seed)
    draws[:, np.isnan(value_a - value_b)] = np.nan
    return Compared(battery, value_a, value_b, draws, np.minimum(n_a, n_b))
