import numpy as np
import pytest

from modeling.ml.targets import soft_levels


def test_known_votes_give_the_mass_of_the_posterior():
    # One rater of two: Beta(1.5, 1.5) is symmetric about .5, and its mass below .3 is I_.3(1.5, 1.5) = .252 (arcsine integral by hand:
    # (2/pi) (asin(sqrt .3) - sqrt(.3 * .7) (1 - .6)) = .6366 * (.5796 - .1833) = .2523).
    q = soft_levels([0.5], [2])
    assert q[0] == pytest.approx([0.2523, 0.4954, 0.2523], abs=2e-4)


def test_more_votes_make_the_label_harder():
    few, many = soft_levels([0.1, 0.1], [3, 100])
    assert few[0] < many[0]
    assert many[0] > 0.99


def test_unknown_votes_give_the_level_itself_with_both_ends_mild():
    assert soft_levels([0.0, 0.3, 0.7, 0.71]).tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert soft_levels([0.0, 1.0], [np.nan, 0]).tolist() == [[1, 0, 0], [0, 0, 1]]


def test_rows_are_probabilities():
    q = soft_levels(np.linspace(0, 1, 11), np.full(11, 7))
    assert q.sum(axis=1) == pytest.approx(np.ones(11))
    assert (q >= 0).all()


def test_it_follows_the_thresholds_of_the_data_set():
    assert soft_levels([0.45], low=0.5, high=0.6).tolist() == [[1, 0, 0]]


def test_it_refuses_a_target_that_is_no_share():
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        soft_levels([1.2])


def test_no_comments_give_no_rows():
    assert soft_levels([]).shape == (0, 3)
