"""The 95 % interval of a figure over trainings that were repeated with other seeds: what was sampled and the seeds both move it.

To each bootstrap draw of what was sampled, averaged over the seeds, is added a draw of the seeds' mean by its t distribution: three to
five seeds that are drawn again with replacement look more alike than trainings are, and an interval made so held the truth in 83 of 100
cases where it said 95.
"""

from typing import Any

import numpy as np
from scipy import stats

from benchmarks.result_file import ResultFile

LEVELS = (0.025, 0.975)


def seed_interval(draws: np.ndarray, *, leaning: bool = False) -> tuple[float, float]:
    """`draws` (seeds, 1 + resamples): each seed's value, then its draws, of the same resamples for every seed.

    `leaning`: the measure leans under the bootstrap (a worst value, a gap), so its draws are moved onto the value.
    """
    over = draws[:, 1:].mean(axis=0)
    if leaning:
        over = over - np.nanmean(over) + draws[:, 0].mean()
    low, high = np.nanquantile(over + _seed_noise(draws[:, 0], len(over)), LEVELS)
    return float(low), float(high)


def add_figure(result: ResultFile, *, data: str, arm: str, metric: str, draws: np.ndarray, n: int, leaning: bool = False, **more: Any) -> None:
    """A row of the mean over seeds; `draws` as in `seed_interval`. `of_seeds` holds each seed's value, and `intervals_of_seeds` its own.

    Where nothing that was drawn moves the figure, that shows no certainty, and there is no interval.
    """
    facts = {"arm": arm, "metric": metric, "data": data, "n": n, "seeds": len(draws), **more}
    value = float(draws[:, 0].mean())
    if np.isnan(value):
        print(f"{data:5} {arm:45} {metric:24} not enough data", flush=True)
        result.add(value=None, of_seeds=None, **facts)
        return
    low, high = _moved(draws, leaning)
    alone = [_moved(of_seed[None], leaning) for of_seed in draws]
    print(f"{data:5} {arm:45} {metric:24} {value:+.4f}" + ("" if low is None else f" ({low:+.4f} to {high:+.4f})"), flush=True)
    result.add(value=value, low=low, high=high, of_seeds=draws[:, 0].tolist(), intervals_of_seeds=alone, **facts)


def _moved(draws: np.ndarray, leaning: bool) -> tuple[float, float] | tuple[None, None]:
    low, high = seed_interval(draws, leaning=leaning)
    return (None, None) if low == high else (low, high)


def _seed_noise(values: np.ndarray, count: int) -> np.ndarray:
    """(count,) how far the mean of these seeds, (seeds,), may lie from that of all seeds; nothing is known of one seed's."""
    if len(values) < 2:
        return np.zeros(count)
    # Quantiles and not draws, in random order: of so few draws from so heavy a tail the limits would be a lottery.
    levels = np.random.default_rng(2).permutation((np.arange(count) + 0.5) / count)
    return stats.t.ppf(levels, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
