"""What is said of how long something took."""

import numpy as np
import pytest

from benchmarks.timings import quantile, ratio


def test_the_median_s_interval_lies_within_what_was_measured() -> None:
    found = quantile([5.0, 6.0, 6.5, 7.0, 20.0])
    assert found["value"] == 6.5
    assert 5 <= found["low"] < 6.5 < found["high"] <= 20


def test_the_slowest_are_told_by_a_quantile_of_their_own() -> None:
    found = quantile(np.arange(1, 101), 0.95)
    assert found["value"] == pytest.approx(95.05)
    assert 85 < found["low"] < 95 < found["high"] <= 100


def test_what_never_differs_has_no_interval() -> None:
    assert quantile([4.0, 4.0]) == {"value": 4.0, "low": None, "high": None}


def test_a_ratio_is_that_of_the_medians_and_both_move_it() -> None:
    rng = np.random.default_rng(2)
    above, below = 20 + rng.normal(size=60), 10 + rng.normal(size=60)
    found = ratio(above, below)
    assert found["value"] == pytest.approx(np.median(above) / np.median(below))
    assert found["low"] < found["value"] < found["high"]
    assert found["high"] - found["low"] > ratio(above, np.full(60, 10.0))["high"] - ratio(above, np.full(60, 10.0))["low"]
