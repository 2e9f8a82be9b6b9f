"""What the ablation says of its runs: intervals over few seeds, n."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from benchmarks.ablation_report import RESAMPLES, Report, _add
from benchmarks.ablation_runs import SwapPair


def told(draws: np.ndarray, name: str = "accuracy", counts: dict[str, int] | None = None) -> dict:
    rows = []
    report = SimpleNamespace(counts=counts or {"real": 100})
    _add(SimpleNamespace(add=lambda **row: rows.append(row)), report, "an arm", ("real", name), draws)
    return rows[0]


@pytest.mark.parametrize("values", [[0.1, 0.2, 0.6], [0.5, 0.52, 0.55, 0.4, 0.47]])
def test_where_only_seeds_differ_the_interval_is_that_of_the_t_distribution(values):
    row = told(np.repeat(np.array(values)[:, None], 1 + RESAMPLES, axis=1))
    low, high = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
    assert (row["low"], row["high"]) == pytest.approx((low, high), abs=0.05 * (high - low))


def test_where_only_comments_differ_it_is_that_of_their_draws():
    drawn = np.linspace(0.4, 0.6, RESAMPLES)
    row = told(np.tile(np.append(0.5, drawn), (3, 1)))
    assert (row["low"], row["high"]) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])))


def test_a_measure_of_fewer_comments_has_their_n():
    draws, counts = np.full((3, 1 + RESAMPLES), 0.5), {"real": 100, "attack_recall": 7}
    assert told(draws, "attack_recall", counts)["n"] == 7
    assert told(draws, "accuracy", counts)["n"] == 100


def test_it_is_told_how_much_of_the_probes_hostility_is_flagged():
    pairs = [SwapPair("I hate {people}.", "a", "b"), SwapPair("I hate {people}.", "a", "c"), SwapPair("{People} welcome.", "d", "e")]
    low, high = np.eye(3)[[0, 2]]
    draws = Report(SimpleNamespace(pairs=pairs))._of_swaps(np.array([high, high, low]), np.array([high, low, low]), threshold=0.5)
    assert draws["swap_probe", "hostile_flagged"][0] == pytest.approx(3 / 4)
    assert draws["swap_probe", "harmless_flagged"][0] == 0
    assert draws["swap_probe", "swap_rate"][0] == draws["swap_probe", "flag_swap_rate"][0] == pytest.approx(1 / 3)
