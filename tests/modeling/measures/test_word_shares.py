"""Shares of maps on words: against values worked out by hand, and against chance itself."""

from itertools import permutations

import numpy as np
import pytest

from modeling.measures.word_shares import FEWEST_COMMENTS, FEWEST_FAMILIES, change_of, mean_of, mean_share, on_words

RNG = np.random.default_rng


def test_the_share_is_the_part_of_all_figures_without_their_sign():
    found = on_words(np.array([0.5, -0.3, 0.2]), np.array([0.0, 1.0, 0.0]))
    assert found.share == pytest.approx(0.3)
    assert found.chance == pytest.approx(1 / 3)


def test_a_span_of_several_words_counts_for_the_part_that_is_in_question():
    assert on_words(np.array([0.6, 0.4]), np.array([0.5, 0.0])).share == pytest.approx(0.3)


@pytest.mark.parametrize("covered", [[1, 0, 0, 0], [1, 1, 0, 0], [0.25, 1, 0, 0.5]])
def test_mean_and_variance_by_chance_are_those_of_all_orders(covered):
    values, covered = np.array([0.5, 0.3, -0.15, 0.05]), np.array(covered, dtype=float)
    every = [on_words(np.array(order), covered).share for order in permutations(values)]
    found = on_words(values, covered)
    assert found.chance == pytest.approx(np.mean(every))
    assert found.variance == pytest.approx(np.var(every))


def test_a_map_of_nothing_has_no_share_and_one_word_has_no_other_order():
    assert on_words(np.array([]), np.array([])) is None
    assert on_words(np.zeros(3), np.ones(3)) is None
    assert on_words(np.array([0.2]), np.array([1.0])).variance == 0


def test_the_mean_has_a_t_interval_where_every_comment_is_its_own_original():
    values = RNG(0).random(30)
    found = mean_of(values, np.arange(30))
    assert found.value == pytest.approx(values.mean())
    half = 2.045230 * values.std(ddof=1) / np.sqrt(30)  # t of 29 degrees of freedom
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=1e-6)


def test_variants_of_one_original_are_no_new_evidence():
    values, families = RNG(0).random(10), np.arange(10)
    once, often = mean_of(values, families), mean_of(np.repeat(values, 8), np.repeat(families, 8))
    assert (often.low, often.high) == pytest.approx((once.low, once.high))
    assert (often.n, often.families) == (80, 10)


@pytest.mark.parametrize(("n", "families"), [(FEWEST_COMMENTS - 1, FEWEST_COMMENTS - 1), (40, FEWEST_FAMILIES - 1), (0, 0)])
def test_too_few_comments_or_originals_are_not_enough(n, families):
    found = mean_of(np.linspace(0, 1, n), np.arange(n) % max(families, 1))
    assert np.isnan([found.value, found.low, found.high]).all()
    assert (found.n, found.families) == (n, families)


def test_where_nothing_varies_there_is_a_mean_and_no_interval():
    found = mean_of(np.full(20, 0.25), np.arange(20))
    assert found.value == 0.25
    assert np.isnan(found.low)


def test_maps_by_chance_lie_within_the_limits_of_chance_nineteen_times_in_twenty():
    rng, inside = RNG(1), []
    for _ in range(400):
        sizes = rng.integers(4, 20, 40)
        covered = [(np.arange(size) < 2).astype(float) for size in sizes]
        maps = [on_words(rng.dirichlet(np.full(size, 0.5)), mask) for size, mask in zip(sizes, covered, strict=True)]
        columns = (np.array([getattr(one, name) for one in maps]) for name in ("share", "chance", "variance"))
        found = mean_share(*columns, families=np.arange(40))
        inside.append(found.chance_low <= found.share.value <= found.chance_high)
    assert 0.92 <= np.mean(inside) <= 0.98


def test_a_map_that_seeks_the_words_lies_above_chance():
    covered = np.array([1.0, 0, 0, 0, 0])
    one = on_words(np.array([0.6, 0.1, 0.1, 0.1, 0.1]), covered)
    found = mean_share(*(np.full(40, value) for value in (one.share, one.chance, one.variance)), families=np.arange(40))
    assert found.share.value > found.chance_high > found.chance == pytest.approx(0.2)


def test_a_change_is_paired_by_comment():
    before = RNG(0).random(50)
    after = before - 0.1 + 0.001 * RNG(1).normal(size=50)
    found = change_of(before, after, np.arange(50))
    assert (found.before, found.after) == pytest.approx((before.mean(), after.mean()))
    assert found.difference.value == pytest.approx(-0.1, abs=1e-3)
    assert found.difference.high < -0.099, "the comments differ far more than their changes"


def test_the_interval_of_a_mean_holds_the_truth_nineteen_times_in_twenty():
    rng, held = RNG(2), []
    for _ in range(400):
        of_family = rng.normal(0.3, 0.1, 12)
        found = mean_of(np.repeat(of_family, 6) + rng.normal(0, 0.05, 72), np.repeat(np.arange(12), 6))
        held.append(found.low <= 0.3 <= found.high)
    assert 0.92 <= np.mean(held) <= 0.98
