import pytest
from scipy.stats import norm

from modeling.config import GateConfig
from modeling.measures.decision import PrimaryTest
from modeling.measures.reasons import comments_needed, gain_sign, why_held
from tests.modeling.measures.worlds import make_world


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


def held_for(gain: float, error: float) -> str:
    test = PrimaryTest("jigsaw_score", 0.883, 0.883 + gain, gain, -0.05, 0.06, -0.048, 0.058, error=error, alpha=0.05, p_value=0.4, passed=False)
    (reason,) = why_held(test, (), (), make_world(300), GateConfig())
    return reason


def test_sentences_write_numbers_as_the_tables_do():
    assert "from .883 to .893 (+.010, 95 % −.048 to +.058)" in held_for(0.01, 0.01)


def test_a_gate_round_is_advised_only_where_it_can_settle_it():
    assert "a gate round adds some" in held_for(0.01, 0.008)
    assert "more than gate rounds can add" in held_for(0.01, 0.1)
