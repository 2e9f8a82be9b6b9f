from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from modeling.measures.monthly import TESTS, monthly_trends, slopes, trend_of
from modeling.measures.statistics import holm
from tests.modeling.measures.worlds import make_scored, make_world

MARCH = 12 * 2026 + 2


def series(values, error=0.005, resamples=1_000, seed=0):
    """Months' values with bootstrap draws of a given error around each."""
    values = np.asarray(values, dtype=float)
    return values, values + error * np.random.default_rng(seed).normal(size=(resamples, len(values)))


def trend(values, error=0.005, months=None, seed=0):
    values, draws = series(values, error, seed=seed)
    months = np.arange(MARCH, MARCH + len(values)) if months is None else np.array(months)
    return trend_of("accuracy", months, values, draws, np.full(len(values), 100))


def test_slope_and_order_are_scipys():
    values = np.array([0.80, 0.83, 0.82, 0.86, 0.85, 0.90, 0.91])
    found = trend(values)
    months = np.arange(len(values))
    assert found.slope == pytest.approx(stats.theilslopes(values, months).slope)
    assert found.tau == pytest.approx(stats.kendalltau(months, values).statistic)
    assert found.p == pytest.approx(stats.kendalltau(months, values, method="exact").pvalue)
    assert found.low < found.slope < found.high
    assert (found.n, len(found.months)) == (700, 7)


def test_each_draw_has_the_slope_that_scipy_gives_it_with_a_month_missing():
    months = np.array([0, 1, 3, 4, 8])
    _, draws = series([0.7, 0.8, 0.75, 0.9, 0.95], error=0.05, resamples=20)
    assert slopes(months, draws) == pytest.approx([stats.theilslopes(row, months).slope for row in draws])


def test_a_month_without_comments_counts_as_time():
    assert trend([0.80, 0.81, 0.83, 0.84], months=[0, 1, 3, 4]).slope == pytest.approx(0.01)


def test_three_months_show_no_trend_and_a_month_of_few_is_none():
    found = trend([0.8, np.nan, 0.9, 0.95])
    assert np.isnan([found.slope, found.low, found.p, found.change_p]).all()
    assert (found.n, found.months, found.change_month) == (300, (MARCH, MARCH + 2, MARCH + 3), None)


def test_a_measure_that_stands_still_has_no_order():
    found = trend([0.0] * 6, error=0)
    assert (found.slope, found.tau, found.p) == (0, 0, 1)
    assert np.isnan([found.low, found.high]).all(), "what nothing moves shows no certainty"


def test_with_more_comments_the_interval_is_narrower_and_families_widen_it():
    few, many = (monthly_trends({m: make_world(n, seed=m) for m in range(6)}, ["accuracy"], 200)[0] for n in (100, 1_600))
    alike = monthly_trends({m: make_world(1_600, seed=m, family=16) for m in range(6)}, ["accuracy"], 200)[0]
    assert many.high - many.low < 0.5 * (few.high - few.low)
    assert alike.high - alike.low > 1.5 * (many.high - many.low)
    assert many.n == 6 * 1_600


def test_the_same_seed_gives_the_same_interval():
    worlds = {m: make_world(200, seed=m) for m in range(5)}
    first, second = (monthly_trends(worlds, ["accuracy", "macro_f1", "ece"], 100, seed=3) for _ in range(2))
    assert first == second
    assert first != monthly_trends(worlds, ["accuracy", "macro_f1", "ece"], 100, seed=4)


def test_too_few_of_a_subgroup_are_not_enough():
    (found,) = monthly_trends({m: make_world(40, seed=m) for m in range(6)}, ["fpr_gap"], 50)
    assert np.isnan(found.slope)
    assert monthly_trends({}, ["accuracy"])[0].n == 0


def of_accuracy(share, rng, n=400):
    """n comments of which a version judges about this share rightly."""
    toxic = rng.random(n) < 0.5
    right = rng.random(n) < share
    return make_scored(np.where(toxic == right, 0.9, 0.1), toxic)


def test_the_interval_holds_the_planted_slope_in_about_95_of_100_worlds():
    rng = np.random.default_rng(0)
    planted, held = 0.01, 0
    for world in range(60):
        months = {m: of_accuracy(0.75 + planted * m, rng) for m in range(6)}
        found = monthly_trends(months, ["accuracy"], 300, seed=world)[0]
        held += found.low <= planted <= found.high
    assert held >= 51  # binomial(60, .95): fewer with a chance of 1 in 300


def test_the_largest_step_is_found_where_it_was_planted():
    rng = np.random.default_rng(1)
    months = {MARCH + m: of_accuracy(0.72 if m < 4 else 0.84, rng) for m in range(8)}
    found = monthly_trends(months, ["accuracy"], 500)[0]
    assert found.change_month == MARCH + 4
    assert found.change_p < 0.01
    assert found.pettitt_p < 0.1


def test_comments_of_one_world_change_nothing():
    rng = np.random.default_rng(2)
    p = [monthly_trends({m: of_accuracy(0.8, rng, 300) for m in range(6)}, ["accuracy"], 200, seed=i)[0].change_p for i in range(60)]
    assert np.mean(np.array(p) <= 0.05) <= 0.15  # binomial(60, .05): more with a chance of 1 in 400
    assert 0.3 < np.mean(p) < 0.7


def test_p_values_are_corrected_over_the_rows_and_agree_with_the_interval():
    rng = np.random.default_rng(3)
    rows = monthly_trends({m: of_accuracy(0.75 + 0.02 * m, rng) for m in range(6)}, ["accuracy", "macro_f1", "ece", "fpr_gap"], 500)
    assert all((row.slope_p <= 0.05) == (row.low > 0 or row.high < 0) for row in rows[:3])
    for name in TESTS:
        plain, corrected = ([getattr(row, part) for row in rows] for part in (name, f"{name}_holm"))
        assert corrected == pytest.approx(holm(plain), nan_ok=True)
        assert min(corrected[:3]) == pytest.approx(min(1, 3 * min(plain[:3]))), "three rows are tested: the gap has no comments"
        assert np.isnan(corrected[3])


def test_a_world_without_mentions_has_trends_of_what_needs_none():
    worlds = {m: replace(make_world(200, seed=m), memberships={}) for m in range(4)}
    accuracy, gap = monthly_trends(worlds, ["accuracy", "fpr_gap"], 50)
    assert not np.isnan(accuracy.slope)
    assert np.isnan(gap.slope)
