"""What the ablation says of its runs: intervals over few seeds, n, and which frames of the probe are far from the statements."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from benchmarks.ablation_report import RESAMPLES, Report, _add, is_near_a_statement
from benchmarks.ablation_runs import SwapPair

FAR, NEAR = "A parrot waved at {a_person}.", "I don't despise {people}, and so on."


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


@pytest.mark.parametrize(("frame", "is_near"), [(FAR, False), ("{People} are scum, I say.", True), (NEAR, False), ("I despise {people} too.", True)])
def test_a_frame_is_near_a_statement_that_has_three_of_its_words_in_a_row(frame, is_near):
    assert is_near_a_statement(frame) == is_near


def test_pairs_of_far_frames_are_told_apart():
    pairs = [SwapPair("I despise {people} too.", "a", "b"), SwapPair(FAR, "c", "d"), SwapPair(FAR, "e", "f")]
    report = Report(SimpleNamespace(pairs=pairs))
    p = np.eye(3)[[0, 0, 0]]
    twin = np.eye(3)[[0, 1, 0]]
    rates = [report._of_swaps(data, kept, p, twin)[data, "swap_rate"][0] for data, kept in report._frames.items()]
    assert rates == pytest.approx([1 / 3, 1 / 2])


def test_it_is_told_how_much_of_the_probes_hostility_is_flagged():
    pairs = [SwapPair("I hate {people}.", "a", "b"), SwapPair("I hate {people}.", "a", "c"), SwapPair("{People} welcome.", "d", "e")]
    low, high = np.eye(3)[[0, 2]]
    draws = Report(SimpleNamespace(pairs=pairs))._of_flags(np.array([high, high, low]), np.array([high, low, low]), threshold=0.5)
    assert draws["swap_probe", "hostile_flagged"][0] == pytest.approx(3 / 4)
    assert draws["swap_probe", "harmless_flagged"][0] == 0
