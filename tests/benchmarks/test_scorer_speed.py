"""What `scorer_speed` makes of what it measured; how fast anything is, no test says."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from benchmarks.result_file import ResultFile
from benchmarks.scorer_speed import _add_range, _compare, _operations, _shown, _texts
from modeling.measures.statistics import wilson
from modeling.ml.engines import CALIBRATION_TEXTS

LEVELS = np.eye(3)


class Says:
    """Of the texts "0", "1", "2" the level that they name, but for those it gets wrong; and itself, at any precision."""

    def __init__(self, *wrong: str) -> None:
        self.wrong = wrong

    def predict_proba(self, texts: list[str]) -> np.ndarray:
        return LEVELS[[(int(text) + (text in self.wrong)) % 3 for text in texts]]

    def at(self, precision: str) -> "Says":
        assert precision == "float32"
        return self


@pytest.fixture
def result(tmp_path: Path) -> ResultFile:
    return ResultFile("scorer_speed", directory=tmp_path)


def rows_of(result: ResultFile) -> dict[str, dict]:
    return {row["metric"]: row for row in json.loads(result.path.read_text())["rows"]}


def test_agreement_is_counted_against_the_exact_model_for_both(result: ResultFile) -> None:
    texts = ["0", "1", "2", "2"] * 10
    _compare(result, "tweets", Says("2"), Says("1"), Says(), texts, alternations=3)
    rows = rows_of(result)
    assert (rows["agreement"]["value"], rows["pipeline_agreement"]["value"]) == (0.5, 0.75)
    assert (rows["agreement"]["low"], rows["agreement"]["high"]) == pytest.approx(wilson(20, 40))
    assert rows["ratio"]["low"] <= rows["ratio"]["value"] <= rows["ratio"]["high"]
    assert (rows["ratio"]["alternations"], rows["ratio"]["n"]) == (3, 40)


def test_a_range_is_the_t_interval_over_three_slices(result: ResultFile) -> None:
    values = np.array([1.0, 1.2, 1.7])
    _add_range(result, "scorer", "hours", values, 300, "h", peak=2.0)
    row = rows_of(result)["hours"]
    assert (row["low"], row["high"]) == pytest.approx(stats.t.interval(0.95, 2, values.mean(), stats.sem(values)), rel=1e-3)
    assert (row["n"], row["slices"], row["peak"]) == (300, 3, 2.0)


def test_operations_are_those_of_six_layers_and_grow_faster_than_the_text() -> None:
    # A layer's products for t tokens: four of (t, d) by (d, d), two with the fourfold width, and attention's two of t by t.
    t, d = 10, 384
    layer = 2 * t * d * d * 4 + 2 * 2 * t * d * 4 * d + 2 * 2 * t * t * d
    assert _operations(np.array([t])) == 6 * layer
    assert _operations(np.array([10, 30])) == _operations(np.array([10])) + _operations(np.array([30]))
    assert _operations(np.array([20])) > 2 * _operations(np.array([10]))


def test_texts_are_masked_and_each_is_scored_once(tmp_path: Path) -> None:
    for name, texts in (("a.csv", ["hello @somebody", "tea"]), ("b.csv", ["tea", "cake"])):
        (tmp_path / name).write_text("comment_text\n" + "\n".join(texts) + "\n")
    found = _texts(tmp_path, ["a.csv", "b.csv"])
    assert found[1:] == ["tea", "cake"]
    assert "somebody" not in found[0]


def test_the_engine_is_chosen_on_other_texts_than_it_is_calibrated_on() -> None:
    tweets = [f"tweet {i}" for i in range(CALIBRATION_TEXTS + 50)]
    shown = _shown(tweets, ["a comment", "another"], 20)
    assert len(shown) == 22
    assert not set(shown) & set(tweets[:CALIBRATION_TEXTS])
