"""What the paper's numbers come to, held against values worked out by hand."""

from math import inf, isclose, log

import pytest

from modeling.paper.arithmetic import (
    Counts,
    cross_entropy_at,
    f1,
    f1_limits,
    kl_to_uniform,
    relative_change,
    slope_of_loss,
    two_proportions,
    typical_probability,
)

FIGURE_2 = Counts(tp=45_300, tn=47_262, fp=1_800, fn=2_500)


@pytest.mark.parametrize(("p", "nats"), [(0.5, 0.0), (0.55, 0.005), (0.75, 0.131), (0.95, 0.495)])
def test_kl_of_two_classes_to_uniform(p, nats):
    assert round(kl_to_uniform((p, 1 - p)), 3) == nats


def test_a_certain_prediction_of_three_classes_is_ln_3_away():
    assert isclose(kl_to_uniform((1, 0, 0)), log(3))


def test_figure_2_gives_other_figures_than_tables_3_and_5():
    assert FIGURE_2.total == 96_862
    assert [round(value, 3) for value in (FIGURE_2.accuracy, FIGURE_2.precision, FIGURE_2.recall, FIGURE_2.mcc)] == [0.956, 0.962, 0.948, 0.911]
    assert isclose(FIGURE_2.f1, 2 * 45_300 / (2 * 45_300 + 1_800 + 2_500))


def test_f1_may_lie_as_far_as_rounding_allows():
    low, high = f1_limits(0.5, 0.5)
    assert (round(low, 4), round(high, 4)) == (0.499, 0.501)
    assert f1(0.5, 1.0) == pytest.approx(2 / 3)


def test_a_constant_adds_nothing_to_a_slope():
    assert slope_of_loss(0.0, 0.0) == pytest.approx(-2 / 3, abs=1e-6)
    assert slope_of_loss(0.0, 100.0) == pytest.approx(slope_of_loss(0.0, 0.0), abs=1e-6)


def test_cross_entropy_and_what_it_says_of_the_right_class():
    assert cross_entropy_at(0.5, 0.9) == pytest.approx(log(2))
    assert typical_probability(log(2)) == pytest.approx(0.5)


def test_two_shares_of_many():
    z, p = two_proportions(0.5, 0.6, 200)
    assert z == pytest.approx(2.0101, abs=1e-3)
    assert p == pytest.approx(0.0444, abs=1e-3)
    assert two_proportions(0.925, 0.975, 96_862)[0] < inf


def test_a_relative_change_is_of_what_was_before():
    assert round(relative_change(0.150, 0.100), 2) == -33.33
