"""Measures of kept predictions under the bootstrap of families: the same resamples for every version, so that differences are paired."""

from collections.abc import Sequence

import numpy as np

from modeling.measures.battery import Battery
from modeling.measures.columns import Prepared
from modeling.measures.data import Scored
from modeling.measures.statistics import BLOCK
from modeling.measures.tally import Tally

RESAMPLES = 2_000


def bootstrap(clusters: int) -> np.ndarray:
    """(1 + RESAMPLES, clusters): ones, then weights, the same whenever there are as many clusters."""
    drawn = np.random.default_rng(0).multinomial(clusters, np.full(clusters, 1 / clusters), size=RESAMPLES)
    return np.vstack([np.ones(clusters), drawn])


def measure_draws(scored: Scored, measures: Sequence[str]) -> dict[str, np.ndarray]:
    """(1 + RESAMPLES,) each: the value itself, then its draws; nan where there are too few comments for a value."""
    battery, prepared = Battery(tuple(measures), (), scored.subgroups), Prepared(scored)
    sums = bootstrap(prepared.clusters.count) @ np.concatenate(list(prepared.columns.blocks(BLOCK)))
    _, enough = battery.support(Tally(prepared, sums[0]))
    values = np.where(enough, battery.values(Tally(prepared, sums)), np.nan)
    return {name: values[:, place] for place, name in enumerate(measures)}
