import numpy as np
import pytest
from scipy.stats import binomtest

from modeling.measures.statistics import BLOCK, cluster_weights, holm, p_value, percentile_interval, resampled_sums, wilson


def weights_of(count, resamples=200, seed=0, block=7):
    return np.concatenate(list(cluster_weights(count, resamples, seed, block)), axis=1)


@pytest.mark.parametrize("block", [1, 7, 20, 1000])
def test_each_resample_draws_as_many_clusters_as_there_are_in_whatever_blocks(block):
    weights = weights_of(20, block=block)
    assert weights.shape == (200, 20)
    assert (weights.sum(axis=1) == 20).all()


def test_blocks_together_are_multinomial():
    """Mean 1, variance 1 - 1 / C, covariance -1 / C between any two clusters, within a block or across."""
    weights = weights_of(20, resamples=20_000)
    assert weights.mean(axis=0) == pytest.approx(np.ones(20), abs=0.04)
    covariance = np.cov(weights.T)
    assert np.diag(covariance) == pytest.approx(np.full(20, 0.95), abs=0.05)
    assert covariance[0, 1:] == pytest.approx(np.full(19, -0.05), abs=0.03)


def test_the_same_seed_gives_the_same_weights():
    assert (weights_of(40) == weights_of(40)).all()
    assert (weights_of(40) != weights_of(40, seed=1)).any()


def test_the_bootstrap_finds_the_standard_error_of_a_mean_and_of_a_clustered_one():
    values = np.random.default_rng(0).normal(size=(400, 1))
    together, alone = resampled_sums(4 * values, 2000, 0) / 1600, resampled_sums(np.repeat(values, 4, axis=0), 2000, 0) / 1600
    assert together.std() == pytest.approx(values.std() / 20, rel=0.08)
    assert alone.std() == pytest.approx(values.std() / 40, rel=0.08)


def test_blocks_do_not_grow_with_the_number_of_clusters():
    few, many = (max(weights.nbytes for weights in cluster_weights(count, 1000, 0)) for count in (2000, 20_000))
    assert few == many == 1000 * BLOCK * 8


def test_the_interval_cuts_the_share_it_says():
    draws = np.random.default_rng(0).normal(size=(9999, 2))
    low, high = percentile_interval(draws, 0.9)
    assert low == pytest.approx([-1.645, -1.645], abs=0.06)
    assert high == pytest.approx([1.645, 1.645], abs=0.06)


@pytest.mark.parametrize("seed", range(20))
def test_interval_and_p_value_never_contradict_each_other(seed):
    draws = np.random.default_rng(seed).normal(loc=1.6, size=999)
    for alpha in (0.05, 0.01, 0.05 / 12):
        low, _ = percentile_interval(draws, 1 - 2 * alpha)
        assert (low > 0) == (p_value(draws) <= alpha)


def test_no_gain_in_any_resample_is_no_evidence():
    assert p_value(np.zeros(99)) == 1
    assert p_value(np.ones(99)) == pytest.approx(0.01)


def test_undefined_draws_are_left_out_while_they_are_few():
    draws = np.concatenate([np.linspace(0.01, 1, 97), [np.nan] * 3])
    assert p_value(draws) == pytest.approx(1 / 98)
    assert percentile_interval(draws, 0.9)[0] > 0
    many = np.concatenate([np.linspace(0.01, 1, 90), [np.nan] * 10])
    assert np.isnan([p_value(many), *percentile_interval(many, 0.9)]).all()


def test_too_few_draws_give_no_interval_rather_than_a_wrong_one():
    assert np.isnan(percentile_interval(np.arange(10.0), 0.95)).all()


@pytest.mark.parametrize(("successes", "n"), [(0, 20), (3, 20), (20, 20), (517, 1000)])
def test_wilson_agrees_with_scipy(successes, n):
    expected = binomtest(successes, n).proportion_ci(method="wilson")
    assert wilson(successes, n) == pytest.approx((expected.low, expected.high))


def test_wilson_of_nothing_is_undefined():
    assert np.isnan(wilson(0, 0)).all()


def test_holm_on_a_hand_worked_example():
    # sorted .01 x 4, .02 x 3, .03 x 2, .05 x 1, made monotone
    assert holm([0.03, 0.01, 0.05, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.6, 0.9]) == pytest.approx([1, 1])


def test_holm_leaves_out_what_is_no_test():
    assert holm([0.02, np.nan, 0.03]) == pytest.approx([0.04, np.nan, 0.04], nan_ok=True)
    assert len(holm([])) == 0
