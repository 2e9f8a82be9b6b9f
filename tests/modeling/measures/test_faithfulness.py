"""A map's order of words against orders by chance: figures by hand."""

import math

import numpy as np
import pytest

from modeling.measures.faithfulness import (
    RANDOM_ORDERS,
    AgainstChance,
    Faithfulness,
    above_chance,
    below_chance,
    kendall_tau,
    order_of,
    orders_by_chance,
    tau_above_chance,
    top_counts,
)

WORSE = np.linspace(0, 0.5, RANDOM_ORDERS)


@pytest.mark.parametrize(("words", "counts"), [(1, [1, 1, 1]), (4, [1, 1, 2]), (10, [1, 2, 5]), (20, [2, 4, 10]), (24, [3, 5, 12])])
def test_the_first_ten_twenty_and_fifty_per_cent_are_at_least_one_word(words, counts):
    assert top_counts(words) == counts


def test_orders_by_chance_are_twenty_and_the_same_for_a_seed():
    orders = orders_by_chance(6, 3)
    assert len(orders) == 20
    assert all(sorted(order) == list(range(6)) for order in orders)
    assert orders == orders_by_chance(6, 3) != orders_by_chance(6, 4)


def test_the_strongest_word_comes_first():
    assert order_of([0.1, 0.7, -0.2, 0.7]) == [1, 3, 0, 2]


def test_more_is_better_or_less_is_and_the_limit_is_that_of_ninety_five_in_a_hundred():
    high, low = above_chance(0.6, WORSE), above_chance(0.4, WORSE)
    assert high.passes
    assert not low.passes
    assert high.limit == pytest.approx(np.quantile(WORSE, 0.95))
    assert below_chance(-0.1, WORSE).passes
    assert not below_chance(0.1, WORSE).passes
    assert below_chance(0.1, WORSE).limit == pytest.approx(np.quantile(WORSE, 0.05))


def test_where_every_order_has_the_same_figure_nothing_can_be_told():
    """Six times the same word, or a score that no word moves."""
    assert above_chance(0.3, np.full(RANDOM_ORDERS, 0.3)).passes is None
    assert below_chance(0.0, np.zeros(RANDOM_ORDERS)).passes is None
    assert above_chance(0.4, np.full(RANDOM_ORDERS, 0.3)).passes is True
    assert above_chance(0.2, np.full(RANDOM_ORDERS, 0.3)).passes is False


def test_tau_is_that_of_the_textbook():
    assert kendall_tau([1, 2, 3, 4], [1, 2, 3, 4]) == 1
    assert kendall_tau([1, 2, 3, 4], [4, 3, 2, 1]) == -1
    # One pair of three tied in b: 2 / sqrt(3 x 2).
    assert kendall_tau([1, 2, 3], [1, 1, 2]) == pytest.approx(2 / math.sqrt(6))
    assert math.isnan(kendall_tau([1, 1], [1, 2]))


def test_tau_is_held_against_the_maps_own_figures_shuffled():
    support, orders = np.arange(8.0), orders_by_chance(8, 0)
    found = tau_above_chance(support, support, orders)
    assert found.value == 1
    assert found.passes
    assert found.chance == pytest.approx(np.mean([kendall_tau(support[order], support) for order in orders]))
    assert tau_above_chance(np.ones(8), support, orders) is None


@pytest.mark.parametrize(
    ("words", "passes", "said"),
    [
        (8, (True, True), True),
        (8, (True, False), False),
        (8, (False, True), False),
        (3, (True, True), None),
        (8, (None, True), None),
        (8, (None, None), None),
        (8, (None, False), False),
    ],
)
def test_a_map_beats_chance_in_both_or_not_at_all_and_few_words_cannot_tell(words, passes, said):
    comprehensiveness, sufficiency = (AgainstChance(0.5, 0.1, 0.3, one) for one in passes)
    found = Faithfulness(comprehensiveness, sufficiency, None, words)
    assert found.beats_chance is said
    assert found.as_dict()["beats_chance"] is said
