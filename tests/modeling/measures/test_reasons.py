import pytest
from scipy.stats import norm

from modeling.measures.reasons import comments_needed, gain_sign


def test_needed_comments_give_the_stated_power():
    n, error, gain, alpha = 1000, 0.01, 0.012, 0.05
    needed = comments_needed(n, error, gain, alpha)
    power = norm.sf(norm.isf(alpha) - gain / (error * (n / needed) ** 0.5))
    assert 0.8 <= power < 0.82


def test_needed_comments_are_rounded_up_to_two_digits():
    assert comments_needed(1000, 0.01, 0.005, 0.05) == 25_000  # 24,730
    assert comments_needed(37, 0.001, 1, 0.05) == 37


@pytest.mark.parametrize(("measure", "sign"), [("accuracy", 1), ("ece", -1), ("fpr", -1), ("bpsn_auc", 1)])
def test_the_direction_of_a_gain_is_the_registrys(measure, sign):
    assert gain_sign(measure) == sign
