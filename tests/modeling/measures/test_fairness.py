import numpy as np
import pytest
from fairlearn import metrics as fairlearn
from scipy.stats import entropy
from sklearn.metrics import f1_score, precision_score

from modeling.measures import fairness
from modeling.measures.fairness import Counts
from modeling.measures.registry import measure_all
from tests.modeling.measures.worlds import make_scored, probabilities

#            toxic, flagged, member, score
ROWS = [(1, 1, 1, 0.9), (1, 0, 1, 0.4), (0, 1, 1, 0.8), (0, 0, 1, 0.1), (0, 0, 1, 0.3), (1, 1, 0, 0.7), (0, 1, 0, 0.6), (0, 0, 0, 0.2)]
TOXIC, FLAGGED, MEMBER = (np.array(column, dtype=bool) for column in list(zip(*ROWS, strict=True))[:3])
P = probabilities(np.array([row[3] for row in ROWS]))


def random_rows(seed, n=300, groups=4):
    rng = np.random.default_rng(seed)
    toxic = rng.random(n) < 0.4
    score = np.clip(rng.normal(0.35 + 0.3 * toxic, 0.2), 0, 1).round(2)
    return toxic, score >= 0.5, probabilities(score), rng.random((n, groups)) < 0.3


def counts_of(*rows):
    """Of one subgroup, as plain numbers."""
    *rest, member = rows
    return Counts.of(*rest, member[:, None])


def test_rates_on_a_hand_worked_example():
    counts = counts_of(TOXIC, FLAGGED, P, MEMBER)
    assert fairness.prevalence(counts) == pytest.approx(2 / 5)
    assert fairness.selection_rate(counts) == pytest.approx(2 / 5)
    assert fairness.fpr(counts) == pytest.approx(1 / 3)
    assert fairness.tpr(counts) == fairness.recall(counts) == pytest.approx(1 / 2)
    assert fairness.precision(counts) == pytest.approx(1 / 2)
    assert fairness.f1(counts) == pytest.approx(1 / 2)
    assert fairness.fpr_difference(counts) == pytest.approx(1 / 3 - 1 / 2)
    assert fairness.equal_opportunity_difference(counts) == pytest.approx(1 / 2 - 1)
    assert fairness.average_odds_difference(counts) == pytest.approx((1 / 3 - 1 / 2 + 1 / 2 - 1) / 2)
    assert fairness.statistical_parity_difference(counts) == pytest.approx(2 / 5 - 2 / 3)
    assert fairness.disparate_impact(counts) == pytest.approx((3 / 5) / (1 / 3))
    # mean score .5 against 2 / 5 toxic; background .5 against 1 / 3
    assert fairness.calibration_gap(counts) == pytest.approx((0.5 - 2 / 5) - (0.5 - 1 / 3))


def test_group_kl_compares_mean_predictions_on_harmless_comments_only():
    counts = counts_of(TOXIC, FLAGGED, P, MEMBER)
    assert fairness.group_kl(counts) == pytest.approx(entropy(P[MEMBER & ~TOXIC].mean(axis=0), P[~MEMBER & ~TOXIC].mean(axis=0)))
    lower = np.where((MEMBER & TOXIC)[:, None], [1.0, 0, 0], P)
    assert fairness.group_kl(counts_of(TOXIC, FLAGGED, lower, MEMBER)) == fairness.group_kl(counts)


def test_group_kl_is_nothing_for_equal_predictions_and_without_end_for_what_the_background_never_gets():
    same = np.tile([0.2, 0.3, 0.5], (8, 1))
    assert fairness.group_kl(counts_of(TOXIC, FLAGGED, same, MEMBER)) == pytest.approx(0)
    never = np.where(MEMBER[:, None], [0.5, 0.5, 0.0], [1.0, 0.0, 0.0])
    assert np.isinf(fairness.group_kl(counts_of(TOXIC, FLAGGED, never, MEMBER)))
    certain = np.where(MEMBER[:, None], [1.0, 0.0, 0.0], [0.5, 0.5, 0.0])
    assert fairness.group_kl(counts_of(TOXIC, FLAGGED, certain, MEMBER)) == pytest.approx(np.log(2))


@pytest.mark.parametrize("seed", range(3))
def test_rates_agree_with_fairlearn_and_scikit_learn(seed):
    toxic, flagged, p, members = random_rows(seed)
    counts = Counts.of(toxic, flagged, p, members)
    for column, member in enumerate(members.T):
        by_member = {"y_true": toxic, "y_pred": flagged, "sensitive_features": member}
        rates = {"selection": fairlearn.selection_rate, "fpr": fairlearn.false_positive_rate, "tpr": fairlearn.true_positive_rate}
        frame = fairlearn.MetricFrame(metrics=rates, **by_member).by_group
        assert fairness.prevalence(counts)[column] == pytest.approx(toxic[member].mean())
        assert fairness.selection_rate(counts)[column] == pytest.approx(frame["selection"][True])
        assert fairness.fpr(counts)[column] == pytest.approx(frame["fpr"][True])
        assert fairness.tpr(counts)[column] == pytest.approx(frame["tpr"][True])
        assert fairness.fpr_difference(counts)[column] == pytest.approx(frame["fpr"][True] - frame["fpr"][False])
        assert fairness.equal_opportunity_difference(counts)[column] == pytest.approx(frame["tpr"][True] - frame["tpr"][False])
        assert fairness.disparate_impact(counts)[column] == pytest.approx((1 - frame["selection"][True]) / (1 - frame["selection"][False]))
        # fairlearn's own differences have no sign; ours do.
        assert abs(fairness.equal_opportunity_difference(counts)[column]) == pytest.approx(fairlearn.equal_opportunity_difference(**by_member))
        assert abs(fairness.statistical_parity_difference(counts)[column]) == pytest.approx(fairlearn.demographic_parity_difference(**by_member))
        assert fairness.precision(counts)[column] == pytest.approx(precision_score(toxic[member], flagged[member]))
        assert fairness.f1(counts)[column] == pytest.approx(f1_score(toxic[member], flagged[member]))


@pytest.mark.parametrize("seed", range(3))
def test_gaps_over_subgroups_that_do_not_overlap_are_fairlearns(seed):
    toxic, flagged, p, _ = random_rows(seed, n=900)
    group = np.random.default_rng(seed).integers(0, 3, 900)
    scored = make_scored(0.5 * p[:, 1] + p[:, 2], toxic, memberships={f"group_{i}": group == i for i in range(3)})
    found = {row.measure: row.value for row in measure_all(scored, 5, 0)}
    by_group = {"y_true": toxic, "y_pred": flagged, "sensitive_features": group}
    assert found["selection_rate_gap"] == pytest.approx(fairlearn.demographic_parity_difference(**by_group))
    assert found["equal_opportunity_gap"] == pytest.approx(fairlearn.equal_opportunity_difference(**by_group))
    assert found["equalized_odds_gap"] == pytest.approx(fairlearn.equalized_odds_difference(**by_group))
    rates = fairlearn.MetricFrame(metrics=fairlearn.false_positive_rate, **by_group)
    assert found["worst_fpr"] == pytest.approx(rates.group_max())
    assert found["fpr_gap"] == pytest.approx(rates.difference())
    assert found["mean_subgroup_fpr"] == pytest.approx(rates.by_group.mean())
    assert found["worst_tpr"] == pytest.approx(fairlearn.MetricFrame(metrics=fairlearn.true_positive_rate, **by_group).group_min())


def test_many_subgroups_at_once_are_each_as_alone():
    toxic, flagged, p, members = random_rows(8)
    for column, member in enumerate(members.T):
        many, alone = Counts.of(toxic, flagged, p, members), counts_of(toxic, flagged, p, member)
        assert fairness.fpr_difference(many)[column] == fairness.fpr_difference(alone)
        assert fairness.group_kl(many)[column] == pytest.approx(fairness.group_kl(alone)[0])


OF_ALL = (fairness.selection_rate, fairness.fpr, fairness.tpr, fairness.precision, fairness.recall, fairness.f1, fairness.prevalence)
AGAINST_BACKGROUND = (
    fairness.fpr_difference,
    fairness.equal_opportunity_difference,
    fairness.average_odds_difference,
    fairness.statistical_parity_difference,
    fairness.disparate_impact,
    fairness.calibration_gap,
    fairness.group_kl,
)


def test_an_empty_subgroup_is_undefined_never_zero():
    counts = counts_of(TOXIC, FLAGGED, P, np.zeros(8, dtype=bool))
    assert np.isnan([measure(counts) for measure in (*OF_ALL, *AGAINST_BACKGROUND)]).all()


def test_a_subgroup_of_everyone_has_no_background():
    counts = counts_of(TOXIC, FLAGGED, P, np.ones(8, dtype=bool))
    assert fairness.fpr(counts) == pytest.approx(2 / 5)
    assert np.isnan([measure(counts) for measure in AGAINST_BACKGROUND]).all()


def test_everyone_has_no_background_to_be_asked_for():
    with pytest.raises(ValueError, match="no background"):
        _ = counts_of(TOXIC, FLAGGED, P, MEMBER).everyone.background


def test_a_subgroup_of_one_class_has_the_rate_of_that_class_only():
    counts = counts_of(TOXIC, FLAGGED, P, MEMBER & ~TOXIC)
    assert fairness.fpr(counts) == pytest.approx(1 / 3)
    assert np.isnan([fairness.tpr(counts), fairness.f1(counts)]).all()


def test_the_power_mean_leans_towards_the_worst():
    assert fairness.power_mean(np.array([0.5, 1.0])) == pytest.approx(((0.5**-5 + 1) / 2) ** (-1 / 5))
    assert 0.5 < fairness.power_mean(np.array([0.5, 1.0])) < 0.6
    assert fairness.power_mean(np.array([0.8, 0.8])) == pytest.approx(0.8)
    assert fairness.power_mean(np.array([0.0, 1.0])) == 0
    assert fairness.power_mean(np.array([np.nan, 0.7])) == pytest.approx(0.7)
    assert np.isnan(fairness.power_mean(np.array([])))
