import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from modeling.measures.significance import benjamini_hochberg, mann_kendall, mcnemar, over_seeds, theil_sen, trend


def hits(only_a, only_b, both=5, neither=3):
    a = [True] * (only_a + both) + [False] * (only_b + neither)
    b = [False] * only_a + [True] * (both + only_b) + [False] * neither
    return np.array(a), np.array(b)


def test_mcnemar_on_the_published_example_of_fagerland():
    """Fagerland, Lydersen and Laake 2013 (Bentur et al.): discordant 1 and 7; exact p .0703, mid-p .0391."""
    test = mcnemar(*hits(1, 7))
    assert (test.only_a, test.only_b) == (1, 7)
    assert test.exact == pytest.approx(0.0703, abs=5e-5)
    assert test.mid_p == pytest.approx(0.0391, abs=5e-5)


@pytest.mark.parametrize(("a", "b"), [(3, 9), (12, 4), (20, 20), (0, 6)])
def test_mcnemars_exact_p_is_the_binomial_tests(a, b):
    assert mcnemar(*hits(a, b)).exact == pytest.approx(stats.binomtest(a, a + b).pvalue)
    assert mcnemar(*hits(a, b)).mid_p <= mcnemar(*hits(a, b)).exact


def test_versions_that_never_differ_do_not_differ():
    test = mcnemar(*hits(0, 0))
    assert (test.exact, test.mid_p) == (1, 1)
    with pytest.raises(ValueError, match="same comments"):
        mcnemar(np.array([True]), np.array([True, False]))


def test_seeds_are_tested_as_scipy_tests_them_with_holm_over_the_rows():
    rng = np.random.default_rng(0)
    rows = {name: (rng.normal(gain, 1, 8), rng.normal(0, 1, 8)) for name, gain in (("much", 3), ("some", 1), ("none", 0))}
    found = over_seeds(rows)
    assert [test.t_p for test in found] == pytest.approx([stats.ttest_rel(a, b).pvalue for a, b in rows.values()])
    assert [test.wilcoxon_p for test in found] == pytest.approx([stats.wilcoxon(a, b).pvalue for a, b in rows.values()])
    interval = stats.ttest_rel(*rows["much"]).confidence_interval()
    assert (found[0].low, found[0].high) == pytest.approx((interval.low, interval.high))
    ranked = sorted(test.t_p for test in found)
    assert sorted(test.t_holm for test in found)[0] == pytest.approx(3 * ranked[0])
    assert [test.n for test in found] == [8, 8, 8]


def test_five_seeds_never_convince_wilcoxon():
    (test,) = over_seeds({"macro_f1": ([0.81, 0.82, 0.83, 0.84, 0.86], [0.7, 0.7, 0.7, 0.7, 0.7])})
    assert test.t_p < 0.001
    assert test.wilcoxon_p == 0.0625


def test_one_seed_tests_nothing_and_equal_seeds_differ_in_nothing():
    one, same = over_seeds({"one": ([0.8], [0.7]), "same": ([0.8, 0.9], [0.8, 0.9])})
    assert one.difference == pytest.approx(0.1)
    assert np.isnan([one.t_p, one.low, one.t_holm]).all()
    assert (same.difference, same.t_p) == (0, 1)
    assert np.isnan([same.low, same.high]).all()
    with pytest.raises(ValueError, match="same seeds"):
        over_seeds({"row": ([0.1, 0.2], [0.1])})


def test_seeds_that_all_gain_the_same_show_no_scatter_and_so_no_certainty():
    (test,) = over_seeds({"row": ([0.8, 0.9, 0.4], [0.7, 0.8, 0.3])})  # .1 each, but for rounding
    assert (test.n, test.difference) == (3, pytest.approx(0.1))
    assert np.isnan([test.low, test.high, test.t_p]).all()
    assert test.wilcoxon_p == 0.25


def test_benjamini_and_hochbergs_own_example():
    """Table of the paper (1995, section 4.1): fifteen p-values, of which the procedure at .05 calls the first four."""
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert (benjamini_hochberg(p) <= 0.05).tolist() == [True] * 4 + [False] * 11


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_it_is_scipys_false_discovery_control(p_values):
    assert benjamini_hochberg(p_values) == pytest.approx(stats.false_discovery_control(p_values))


def test_what_is_no_test_is_left_out():
    assert benjamini_hochberg([0.02, np.nan, 0.03]) == pytest.approx([0.03, np.nan, 0.03], nan_ok=True)
    assert len(benjamini_hochberg([])) == 0


@pytest.mark.parametrize("seed", range(3))
def test_slopes_and_orders_are_scipys(seed):
    rng = np.random.default_rng(seed)
    times, values = np.arange(9.0), rng.normal(size=9) + 0.1 * np.arange(9)
    assert theil_sen(times, values) == pytest.approx(stats.theilslopes(values, times).slope)
    p, exact = mann_kendall(values)
    assert exact
    assert p == pytest.approx(stats.kendalltau(times, values, method="exact").pvalue)


def test_mann_kendall_with_ties_on_an_example_worked_by_hand():
    """1 2 2 3 x 4 = 16 values, ties of 4, 8, 4: variance (16 x 15 x 37 - 2 x 4 x 3 x 13 - 8 x 7 x 21) / 18."""
    values = np.repeat([1.0, 2, 2, 3], 4)
    score = 4 * 8 + 4 * 4 + 8 * 4
    spread = (16 * 15 * 37 - 2 * 4 * 3 * 13 - 8 * 7 * 21) / 18
    p, exact = mann_kendall(values)
    assert not exact
    assert p == pytest.approx(2 * stats.norm.sf((score - 1) / np.sqrt(spread)))


def test_six_rising_months_reach_the_smallest_p_there_is():
    found = trend(range(6), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    assert found.slope == pytest.approx(0.1)
    assert found.p_value == pytest.approx(2 / 720)


@pytest.mark.parametrize("values", [[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.0] * 6])
def test_months_on_one_line_show_no_scatter_and_so_no_certainty(values):
    found = trend(range(6), values)
    assert found.n == 6
    assert np.isnan([found.low, found.high]).all()


def test_one_wild_month_hardly_moves_the_slope():
    assert trend(range(9), [0.1, 0.2, 0.3, 0.4, 9.0, 0.6, 0.7, 0.8, 0.9]).slope == pytest.approx(0.1)


def test_the_slopes_interval_covers_the_truth():
    covered = 0
    for seed in range(60):
        values = 0.1 * np.arange(20) + np.random.default_rng(seed).normal(size=20)
        found = trend(range(20), values, resamples=199)
        covered += found.low <= 0.1 <= found.high
    assert 51 <= covered <= 60


def test_gaps_are_left_out_and_too_few_months_show_nothing():
    assert trend(range(6), [0.1, np.nan, 0.3, 0.4, 0.5, 0.6]).n == 5
    few = trend(range(5), [0.1, np.nan, 0.3, np.nan, 0.5])
    assert few.n == 3
    assert np.isnan([few.slope, few.low, few.p_value]).all()
    assert mann_kendall(np.ones(20)) == (1, False)
