from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeling.measures.change_points import change_point, pettitt, pettitt_statistics, standardised_steps


def test_pettitts_statistic_is_the_rank_formula_of_his_paper():
    """U_t = 2 sum of the first t ranks - t (n + 1), Pettitt (1979)."""
    values = np.random.default_rng(0).normal(size=9)
    ranks = values.argsort().argsort() + 1
    by_ranks = [abs(2 * ranks[:t].sum() - t * (len(values) + 1)) for t in range(1, len(values))]
    assert pettitt_statistics(values[None])[0].tolist() == by_ranks


def test_six_months_that_part_in_the_middle_are_as_sure_as_six_can_be():
    """3! x 3! orders part three low from three high months, and as many the other way round, of 720."""
    assert pettitt(np.array([1.0, 2, 3, 11, 12, 13])) == pytest.approx(2 * 36 / 720)


def test_a_drawn_p_is_near_the_one_of_all_orders():
    values = np.array([0.3, 0.1, 0.2, 0.25, 0.8, 0.9, 0.7, 0.85])
    every = np.array(list(permutations(values)))
    exact = np.mean(
        np.concatenate([pettitt_statistics(part).max(axis=1) for part in np.array_split(every, 40)]) >= pettitt_statistics(values[None]).max()
    )
    assert pettitt(values) == pytest.approx(exact, abs=0.01)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=7, unique=True))
def test_p_is_a_share_and_turning_time_or_values_round_changes_nothing(values):
    series = np.array(values)
    p = pettitt(series)
    assert 0 < p <= 1
    assert pettitt(series[::-1]) == pytest.approx(p)
    assert pettitt(-series) == pytest.approx(p)


def test_a_month_that_is_known_better_weighs_more():
    low = standardised_steps(np.array([[0.0, 1.0, 1.0, 1.0]]), np.full(4, 0.1))[0]
    high = standardised_steps(np.array([[0.0, 1.0, 1.0, 1.0]]), np.array([1.0, 0.1, 0.1, 0.1]))[0]
    assert low[0] == pytest.approx(1 / np.sqrt(0.01 + 0.01 / 3))
    assert high[0] < low[0]


def test_without_scatter_or_with_three_months_nothing_is_told():
    found = change_point(np.array([0.1, 0.1, 0.9, 0.9]), np.zeros(4))
    assert found.place is None
    assert np.isnan(found.p)
    assert change_point(np.array([0.1, 0.2, 0.9]), np.full(3, 0.1)).place is None


def test_a_month_without_scatter_weighs_no_more_than_the_least_sure_one():
    spread = np.array([0.02, 0.02, 0.05, 0.02, 0.0])
    values = np.array([0.60, 0.61, 0.62, 0.95, 1.0])
    found = change_point(values, spread)
    assert found == change_point(values, np.where(spread > 0, spread, 0.05))
    assert (found.place, found.p) == (3, 1e-4)
