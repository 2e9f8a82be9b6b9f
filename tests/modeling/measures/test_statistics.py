import numpy as np
import pytest
from scipy.stats import binomtest

from modeling.measures.statistics import cluster_weights, divide, holm, p_value, paired_cluster_bootstrap, percentile_interval, wilson


def weights_of(clusters, resamples=200, seed=0):
    return np.concatenate(list(cluster_weights(np.asarray(clusters), resamples, seed)))


def test_comments_of_a_cluster_come_and_go_together():
    weights = weights_of([3, 3, 7, 7, 7, 9])
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 2] == weights[:, 4]).all()
    assert (weights[:, [0, 2, 5]].sum(axis=1) == 3).all()


def test_every_cluster_is_drawn_once_on_average():
    assert weights_of(np.arange(20), resamples=4000).mean(axis=0) == pytest.approx(np.ones(20), abs=0.08)


def test_the_same_seed_gives_the_same_weights_whatever_the_order_of_rows():
    clusters = np.random.default_rng(0).integers(0, 30, 100)
    order = np.random.default_rng(1).permutation(100)
    assert (weights_of(clusters)[:, order] == weights_of(clusters[order])).all()
    assert (weights_of(clusters) != weights_of(clusters, seed=1)).any()


def test_the_bootstrap_finds_the_standard_error_of_a_mean_and_of_a_clustered_one():
    rng = np.random.default_rng(0)
    values = np.repeat(rng.normal(size=400), 4)

    def mean(weights):
        return divide(weights @ values, weights.sum(axis=-1))

    alone = paired_cluster_bootstrap(mean, np.arange(1600), 2000, 0).std()
    together = paired_cluster_bootstrap(mean, np.repeat(np.arange(400), 4), 2000, 0).std()
    assert alone == pytest.approx(values.std() / 40, rel=0.08)
    assert together == pytest.approx(values.std() / 20, rel=0.08)


def test_draws_have_the_shape_of_the_statistic():
    draws = paired_cluster_bootstrap(lambda weights: weights[:, :3], np.arange(50), 120, 0)
    assert draws.shape == (120, 3)
    assert paired_cluster_bootstrap(lambda weights: weights.sum(axis=-1), np.array([], dtype=int), 7, 0).tolist() == [0] * 7


def test_blocks_do_not_grow_with_the_number_of_resamples():
    blocks = [weights.nbytes for weights in cluster_weights(np.arange(2000), 1000, 0)]
    assert max(blocks) <= 2**20
    assert len(blocks) > 10


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
