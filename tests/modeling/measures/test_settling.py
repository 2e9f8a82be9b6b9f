import numpy as np
import pytest
from scipy.stats import norm, t

from modeling.measures.settling import comments_needed, settle, t_quantile
from tests.modeling.decided import decision

ALPHA = 0.05 / 12


def held(**primary) -> dict:
    found = decision(eligible=False, subgroups=[])
    return {**found, "primary": {**found["primary"], "passed": False, "p_value": 0.02, "difference": 0.01, "error": 0.005, **primary}}


def test_the_comments_that_are_asked_for_give_the_power_that_is_promised():
    """2,000 gate rounds of the size that 400 paired differences asked for: four in five show the gain at the gate's level."""
    rng = np.random.default_rng(0)
    gain, spread, n = 0.04, 0.5, 400
    needed = comments_needed(n, spread / np.sqrt(n), gain, ALPHA)
    differences = rng.choice([-1, 0, 1], p=[0.105, 0.75, 0.145], size=(2_000, needed))
    z = differences.mean(axis=1) / (differences.std(axis=1, ddof=1) / np.sqrt(needed))
    assert differences.std() == pytest.approx(spread, abs=0.01)
    assert (norm.sf(z) <= ALPHA).mean() == pytest.approx(0.8, abs=0.03)


def test_of_few_families_it_asks_for_as_many_as_students_t_needs():
    """400 comments of ten families, by which the gate has five degrees of freedom: 10,000 rounds of as many families as were asked for, each
    tested as the gate tests. The normal distribution would promise too much."""
    rng = np.random.default_rng(0)
    n, families, gain = 400, 10, 0.6

    def power(needed: int) -> float:
        asked = round(families * needed / n)
        drawn = rng.normal(gain, 1, size=(10_000, asked))
        p = t.sf(drawn.mean(axis=1) / (drawn.std(axis=1, ddof=1) / np.sqrt(asked)), asked / 2)
        return (p <= ALPHA).mean()

    error = 1 / np.sqrt(families)
    assert power(comments_needed(n, error, gain, ALPHA, families / 2)) == pytest.approx(0.8, abs=0.03)
    assert power(comments_needed(n, error, gain, ALPHA)) < 0.75


@pytest.mark.parametrize("freedom", [4, 5, 8, 30, 1_000, np.inf])
def test_the_quantile_is_students_within_one_percent(freedom):
    for level in (0.8, 0.95, 1 - ALPHA):
        assert t_quantile(level, freedom) == pytest.approx(t.ppf(level, freedom), rel=0.01)


def test_the_degrees_of_freedom_that_a_decision_stored_count():
    few = settle(held(freedom=4.5), 0.05)
    assert few.questions[0].comments == comments_needed(1204, 0.005, 0.01, ALPHA, 4.5) > settle(held(freedom=None), 0.05).questions[0].comments
    assert few.allows_for_few
    assert not settle(held(), 0.05).allows_for_few


def test_what_the_difference_must_exceed_nears_the_normal_quantile_as_comments_come():
    """Beyond it at first, as of few families, it takes more comments than by the normal distribution, and the fewer more the farther."""
    needed = [comments_needed(1000, 0.02, 0.03, 0.05, critical=critical) for critical in (1.2, norm.isf(0.05), 2.5)]
    assert needed == sorted(needed)
    assert needed[1] == comments_needed(1000, 0.02, 0.03, 0.05)
    times = needed[2] / 1000
    threshold = norm.isf(0.05) + (2.5 - norm.isf(0.05)) / times
    assert norm.cdf(0.03 / (0.02 / times**0.5) - threshold) == pytest.approx(0.8, abs=0.02)
    assert comments_needed(1000, 0.02, 0.03, 0.05, critical=float("inf")) == needed[1]


def test_a_gain_that_may_be_chance_asks_for_so_many_more_comments():
    found = settle(held(), 0.05)
    assert [question.measure for question in found.questions] == ["jigsaw_score"]
    assert found.questions[0].comments == comments_needed(1204, 0.005, 0.01, ALPHA)
    assert found.more == 2_500, "3,700 - 1,204, to two digits as the 3,700 are"
    assert found.can_be_settled
    assert found.is_within_reach


def test_no_number_of_labels_makes_a_loss_a_gain():
    for difference in (-0.01, 0.0, None):
        found = settle(held(difference=difference), 0.05)
        assert found.questions[0].comments is None
        assert not found.can_be_settled
        assert not found.is_within_reach


def test_where_lower_is_better_a_fall_is_the_gain():
    assert settle(held(measure="ece", difference=-0.01), 0.05).can_be_settled
    assert not settle(held(measure="ece", difference=0.01), 0.05).can_be_settled


def test_the_question_that_needs_most_decides_and_far_ones_are_said_to_be_out_of_reach():
    check = {"measure": "accuracy", "difference": -0.004, "error": 0.01, "margin": 0.01, "passed": False}
    found = settle({**held(), "checks": [check]}, 0.05)
    assert found.questions[1].comments == comments_needed(1204, 0.01, 0.006, 0.05)
    assert found.more + found.now >= max(question.comments for question in found.questions)
    assert not found.is_within_reach
    worse = settle({**held(), "checks": [{**check, "difference": -0.02}]}, 0.05)
    assert worse.questions[1].comments is None


def test_harm_that_may_be_chance_can_be_told_and_shown_harm_cannot_be_untold():
    row = {"subgroup": "muslim", "measure": "fpr", "status": "harmed", "difference": 0.12, "error": 0.06, "p_value": 0.3}
    found = settle(decision(eligible=False, subgroups=[row, {"status": "ok"}, {"status": "cannot_tell"}]), 0.05)
    (question,) = found.questions
    assert (question.subgroup, question.either_way) == ("muslim", True)
    assert question.comments == comments_needed(1204, 0.06, 0.12, 0.05 / 2)
    assert settle(decision(eligible=False, subgroups=[{**row, "p_value": 0.01}]), 0.05).questions[0].comments is None


def test_an_eligible_candidate_and_an_old_decision_without_errors_ask_for_nothing():
    assert settle(decision(eligible=True), 0.05).questions == ()
    assert settle({}, 0.05).questions == ()
    assert not settle(held(error=None), 0.05).can_be_settled
