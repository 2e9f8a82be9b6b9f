import numpy as np
import pytest
from sklearn.metrics import brier_score_loss

from modeling.measures import calibration

SURE = np.array([[0.9, 0.05, 0.05]] * 10)


def ece(p, level, toxic=None):
    p, level = np.asarray(p, dtype=float), np.asarray(level)
    toxic = np.zeros(len(p), dtype=bool) if toxic is None else np.asarray(toxic)
    gaps = calibration.calibration_gaps(*calibration.confidence_and_hit(p, 0.5 * p[:, 1] + p[:, 2], level, toxic))
    return calibration.expected_calibration_error(gaps.sum(axis=0), len(p))


def test_nine_of_ten_right_at_ninety_per_cent_is_calibrated():
    assert ece(SURE, [0] * 9 + [2]) == pytest.approx(0)


def test_half_right_at_ninety_per_cent_is_off_by_forty_points():
    assert ece(SURE, [0] * 5 + [2] * 5) == pytest.approx(0.4)


def test_gaps_of_different_bins_do_not_cancel():
    p = np.array([[0.9, 0.1, 0.0]] * 4 + [[0.5, 0.3, 0.2]] * 4)
    # .9 said, half right: .4 over; .5 said, all right: .5 under
    assert ece(p, [0, 0, 1, 1, 0, 0, 0, 0]) == pytest.approx((4 * 0.4 + 4 * 0.5) / 8)


def test_binary_comments_are_judged_by_the_score_whatever_the_threshold():
    p = np.array([[0.1, 0.0, 0.9], [0.8, 0.0, 0.2]])
    confidence, hit = calibration.confidence_and_hit(p, p[:, 2], np.array([-1, -1]), np.array([True, True]))
    assert confidence == pytest.approx([0.9, 0.8])
    assert hit.tolist() == [True, False]


def test_brier_agrees_with_scikit_learn_for_three_levels_and_for_two():
    rng = np.random.default_rng(1)
    p, level = rng.dirichlet([1, 1, 1], 60), rng.integers(0, 3, 60)
    toxic, score = level == 2, 0.5 * p[:, 1] + p[:, 2]
    three = calibration.squared_error(p, score, level, toxic).mean()
    two = calibration.squared_error(p, score, np.full(60, -1), toxic).mean()
    assert three == pytest.approx(brier_score_loss(level, p, labels=[0, 1, 2], scale_by_half=True))
    assert two == pytest.approx(brier_score_loss(toxic, score))


def test_the_printed_term_is_confidence_in_nats():
    p = np.array([[1 / 3, 1 / 3, 1 / 3], [1, 0, 0], [0.5, 0.25, 0.25]])
    expected = [0, np.log(3), 0.5 * np.log(1.5) + 0.5 * np.log(0.75)]
    assert calibration.kl_to_uniform(p) == pytest.approx(expected, abs=1e-12)


def test_the_papers_column_is_not_this_term():
    """Its printed values for P = .55, .75, .95 of two classes are P - U; the divergence is .005, .131, .495 nats (model.md 8)."""
    for p, divergence in ((0.55, 0.005), (0.75, 0.131), (0.95, 0.495)):
        of_three = calibration.kl_to_uniform(np.array([[p, 1 - p, 0.0]]))[0]
        assert of_three - np.log(1.5) == pytest.approx(divergence, abs=5e-4)
