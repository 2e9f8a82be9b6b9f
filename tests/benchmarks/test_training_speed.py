"""What `training_speed` makes of its runs: ratios, their intervals, and the difference in quality."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from benchmarks.result_file import ResultFile
from benchmarks.training_speed import Rows, Split, _weighted_f1, geometric_mean, macro_f1, macro_f1_difference, report

SECONDS = {"full": 2.0, "trainer_from_published": 8.0, "middle": 1.0, "middle_cache_filled": 0.5, "trainer_from_base": 8.0}


def levels(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(3, size=n)


def mistaken(truth: np.ndarray, share: float, seed: int) -> np.ndarray:
    wrong = np.random.default_rng(seed).random(len(truth)) < share
    return np.where(wrong, (truth + 1) % 3, truth)


def test_a_ratio_and_its_inverse_average_to_one() -> None:
    value, low, high = geometric_mean(np.array([4.0, 0.25]))
    assert value == pytest.approx(1)
    assert low * high == pytest.approx(1)


def test_the_interval_is_that_of_the_logarithms_t_distribution() -> None:
    ratios = np.array([3.0, 4.0, 5.5])
    _, low, high = geometric_mean(ratios)
    assert np.log([low, high]) == pytest.approx(stats.t.interval(0.95, 2, np.log(ratios).mean(), stats.sem(np.log(ratios))))


def test_one_seed_has_no_interval() -> None:
    assert geometric_mean(np.array([3.0])) == (3.0, None, None)


def test_drawn_rows_are_scored_as_scikit_learn_scores_them() -> None:
    truth = levels(200, 0)
    predicted, weights = mistaken(truth, 0.4, 1), np.random.default_rng(2).integers(4, size=200)
    assert _weighted_f1(truth, predicted, weights) == pytest.approx(macro_f1(np.repeat(truth, weights), np.repeat(predicted, weights)))


def test_a_level_that_nobody_has_counts_as_nought_and_not_as_left_out() -> None:
    assert macro_f1(np.array([0, 1, 0]), np.array([0, 1, 0])) == pytest.approx(2 / 3)


def test_the_same_predictions_differ_in_nothing_and_better_ones_are_above() -> None:
    truth = levels(60, 0)
    good, bad = (np.array([mistaken(truth, share, seed) for seed in range(3)]) for share in (0.1, 0.6))
    assert macro_f1_difference(truth, good, good, resamples=5)[0] == 0
    value, low, high = macro_f1_difference(truth, good, bad, resamples=100)
    assert 0 < low < value < high
    assert value == pytest.approx(np.mean([macro_f1(truth, a) - macro_f1(truth, b) for a, b in zip(good, bad, strict=True)]))


def test_the_report_holds_both_lanes_against_their_own_peers(tmp_path: Path) -> None:
    truth = levels(50, 0)
    split = Split(Rows([], truth[:0]), Rows(["a tweet"] * 7, truth[:7]), Rows(["a tweet"] * 50, truth))
    paths = [tmp_path / f"seed-{seed}.npz" for seed in range(2)]
    for seed, path in enumerate(paths):
        seconds = {arm: value * (1 + seed) for arm, value in SECONDS.items()}
        said = {arm: mistaken(truth, 0.2, seed) for arm in ("full", "middle", "trainer_from_published", "trainer_from_base")}
        np.savez(path, seconds=json.dumps(seconds), **said)
    result = ResultFile("training_speed", directory=tmp_path)
    report(result, split, paths, resamples=5)
    rows = {(row["arm"], row["metric"]): row for row in json.loads(result.path.read_text())["rows"]}
    ratios = {arm: row["value"] for (arm, metric), row in rows.items() if metric == "ratio"}
    assert ratios == pytest.approx({"full_vs_hf_trainer": 4, "middle_vs_hf_trainer": 8, "middle_vs_hf_trainer_cache_filled": 16})
    assert rows["full_vs_hf_trainer", "ratio"]["own_seconds"] == 3
    assert (rows["full_vs_hf_trainer", "ratio"]["n"], rows["full_vs_hf_trainer", "macro_f1_difference"]["n"]) == (7, 50)
    assert rows["middle_vs_hf_trainer", "macro_f1_difference"]["value"] == 0
    assert {arm for arm, metric in rows if metric == "macro_f1"} == {"full", "middle", "trainer_from_published", "trainer_from_base"}
