"""Whether drift that was planted and a change of the model that was planted are told apart, and each recovered within its interval.

    python -m benchmarks.planted_months
    python -m benchmarks.planted_months --worlds 2 --trial     (a trial of the command, written to var/trial)

In each world a first version serves four months and a second one four more; both read all months' comments, as the matrix of versions by
months has them. `drift`: by how much more of the comments are misjudged from month to month, by either version alike. `change`: how many
fewer the second version misjudges, in every month alike. What the product makes of it is `modeling.measures.monthly` and `.before_after`.
"""

import argparse
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.stats import binomtest

from benchmarks.result_file import RESULTS, ROOT, ResultFile
from modeling.measures.before_after import before_after
from modeling.measures.data import Scored
from modeling.measures.monthly import monthly_trends

DRIFTS, CHANGES = (0.0, 0.01, 0.02), (0.0, 0.05, 0.1)
MONTHS, CHANGED_AT, PER_MONTH, FIRST_ERROR = 8, 4, 300, 0.2
ALIKE = 0.7
"""Of the comments, the share on which both versions have the same luck."""
MEASURES = {"accuracy": -1, "mean_subgroup_fpr": 1}
"""How a measure moves with the share of comments that are misjudged: here they are so whether harmless or not, and whoever they mention."""
SUBGROUPS = ("muslim", "women", "gay")
NOTES = (
    f"Made-up comments, {PER_MONTH} a month for {MONTHS} months, the second version in use from month {CHANGED_AT + 1}; drift_D_change_C: D of "
    "the comments more are misjudged each month, C fewer by the second version (C and D in hundredths). drift_covered: worlds in which the "
    "interval of the first version’s slope holds the planted drift; change_covered: in which that of after - before, on the same comments, "
    "holds the planted change; drift_seen, change_seen: in which that interval lies beyond zero (where nothing was planted: false alarms). "
    "in_use_seen: the same of the slope of what was in use, month by month, in which both are mixed; in_use_slope: its mean. n: worlds. "
    "Interval: Wilson over worlds; of in_use_slope over worlds, normal."
)
Interval = tuple[float, float]


@dataclass(frozen=True)
class World:
    """The same comments, and the month of each, under the first and under the second version."""

    month: np.ndarray
    first: Scored
    second: Scored

    @property
    def drifting(self) -> dict[int, Scored]:
        return {month: self.first.where(self.month == month) for month in range(MONTHS)}

    @property
    def in_use(self) -> dict[int, Scored]:
        return {month: (self.first if month < CHANGED_AT else self.second).where(self.month == month) for month in range(MONTHS)}


@dataclass(frozen=True)
class Found:
    """Of one measure: the intervals of drift and change, and the slope with its interval of what was in use."""

    drift: Interval
    change: Interval
    in_use: Interval
    in_use_slope: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--trial", action="store_true")
    options = parser.parse_args()
    result = ResultFile("planted_months", NOTES, directory=ROOT / "var" / "trial" if options.trial else RESULTS)
    for drift, change in product(DRIFTS, CHANGES):
        worlds = [read(make_world(drift, change, seed)) for seed in range(options.worlds)]
        for measure, sign in MEASURES.items():
            found = [world[measure] for world in worlds]
            report(result, f"drift_{100 * drift:.0f}_change_{100 * change:.0f}", measure, found, sign * drift, -sign * change)
    print(result.path)


def make_world(drift: float, change: float, seed: int) -> World:
    rng = np.random.default_rng(seed)
    month = np.repeat(np.arange(MONTHS), PER_MONTH)
    toxic, luck, other = rng.random(len(month)) < 0.5, rng.random(len(month)), rng.random(len(month))
    again = np.where(rng.random(len(month)) < ALIKE, luck, other)
    about = {name: rng.random(len(month)) < 0.4 for name in SUBGROUPS}
    error = FIRST_ERROR + drift * month
    return World(month, _scored(toxic, luck < error, about), _scored(toxic, again < error - change, about))


def _scored(toxic: np.ndarray, wrong: np.ndarray, about: dict[str, np.ndarray]) -> Scored:
    high = np.where(toxic ^ wrong, 0.9, 0.05)
    p = np.column_stack([0.95 - high, np.full(len(high), 0.05), high])
    return Scored(p=p, level=np.where(toxic, 2, 0), toxic=toxic, threshold=0.5, memberships=about, cluster=np.arange(len(toxic)))


def read(world: World) -> dict[str, Found]:
    measures = tuple(MEASURES)
    drifts, in_use = ({row.measure: row for row in monthly_trends(months, measures)} for months in (world.drifting, world.in_use))
    changes = {row.measure: row for row in before_after(world.first, world.second, measures)}
    return {
        name: Found(
            (drifts[name].low, drifts[name].high),
            (changes[name].low, changes[name].high),
            (in_use[name].low, in_use[name].high),
            in_use[name].slope,
        )
        for name in measures
    }


def report(result: ResultFile, arm: str, measure: str, found: list[Found], drift: float, change: float) -> None:
    told = {
        "drift_covered": [low <= drift <= high for low, high in (one.drift for one in found)],
        "change_covered": [low <= change <= high for low, high in (one.change for one in found)],
        **{f"{name}_seen": [_is_seen(getattr(one, name)) for one in found] for name in ("drift", "change", "in_use")},
    }
    known = {"arm": arm, "data": "made up", "n": len(found), "seeds": len(found)}
    for name, hits in told.items():
        limits = binomtest(sum(hits), len(hits)).proportion_ci(method="wilson")
        result.add(metric=f"{measure}_{name}", value=sum(hits) / len(hits), low=limits.low, high=limits.high, **known)
        print(f"{arm:20} {measure:20} {name:16} {sum(hits)} of {len(hits)}", flush=True)
    slopes = np.array([one.in_use_slope for one in found])
    error = 1.96 * slopes.std(ddof=1) / np.sqrt(len(slopes))
    result.add(metric=f"{measure}_in_use_slope", value=slopes.mean(), low=slopes.mean() - error, high=slopes.mean() + error, **known)


def _is_seen(interval: Interval) -> bool:
    low, high = interval
    return low > 0 or high < 0


if __name__ == "__main__":
    main()
