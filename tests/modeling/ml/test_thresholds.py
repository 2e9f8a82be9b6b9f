import numpy as np
import pytest

from modeling.ml.thresholds import equal_error_threshold, scores_of


def test_score_is_half_mild_and_all_of_high():
    assert scores_of(np.array([[0.2, 0.6, 0.2]])) == pytest.approx([0.5])


def test_errors_are_equal_at_the_threshold():
    scores = np.array([0.1, 0.2, 0.3, 0.6, 0.4, 0.7, 0.8, 0.9])
    toxic = np.array([False] * 4 + [True] * 4)
    threshold = equal_error_threshold(scores, toxic)
    # one of four harmless ones at or above (.6), one of four toxic ones below (.4)
    assert 0.4 < threshold < 0.6
    assert ((scores >= threshold) & ~toxic).sum() == ((scores < threshold) & toxic).sum() == 1


def test_a_perfect_order_is_cut_between_the_classes():
    assert equal_error_threshold(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True])) == pytest.approx(0.5)


def test_one_class_alone_leaves_one_half():
    assert equal_error_threshold(np.array([0.1, 0.2]), np.array([False, False])) == 0.5
    assert equal_error_threshold(np.array([]), np.array([], dtype=bool)) == 0.5


def test_rows_count_by_their_weights():
    scores = np.array([0.1, 0.2, 0.3, 0.6, 0.4, 0.7, 0.8, 0.9])
    toxic = np.array([False] * 4 + [True] * 4)
    # The harmless one at .6 counts as much as 20: flagging it is no longer balanced by missing the toxic one at .4.
    weights = np.array([1, 1, 1, 20, 1, 1, 1, 1.0])
    assert 0.6 < equal_error_threshold(scores, toxic, weights) < 0.7
    assert equal_error_threshold(scores, toxic, 3 * np.ones(8)) == equal_error_threshold(scores, toxic)
    assert equal_error_threshold(scores, toxic, toxic.astype(float)) == 0.5


def test_equal_scores_are_no_trouble():
    assert 0 <= equal_error_threshold(np.array([1.0, 1.0, 1.0]), np.array([False, True, True])) <= 1
