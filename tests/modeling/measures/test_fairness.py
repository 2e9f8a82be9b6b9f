import numpy as np
import pytest
from fairlearn import metrics as fairlearn
from sklearn.metrics import f1_score, precision_score, roc_auc_score

from modeling.measures import fairness
from modeling.measures.fairness import Counts, Wins

#            toxic, flagged, member, score
ROWS = [(1, 1, 1, 0.9), (1, 0, 1, 0.4), (0, 1, 1, 0.8), (0, 0, 1, 0.1), (0, 0, 1, 0.3), (1, 1, 0, 0.7), (0, 1, 0, 0.6), (0, 0, 0, 0.2)]
TOXIC, FLAGGED, MEMBER = (np.array(column, dtype=bool) for column in list(zip(*ROWS, strict=True))[:3])
SCORE = np.array([row[3] for row in ROWS])


def random_rows(seed, n=300, groups=4):
    rng = np.random.default_rng(seed)
    toxic = rng.random(n) < 0.4
    score = np.clip(rng.normal(0.35 + 0.3 * toxic, 0.2), 0, 1).round(2)
    return toxic, score >= 0.5, score, rng.random((n, groups)) < 0.3


def test_rates_on_a_hand_worked_example():
    counts = Counts.of(TOXIC, FLAGGED, MEMBER)
    assert fairness.selection_rate(counts) == pytest.approx(2 / 5)
    assert fairness.fpr(counts) == pytest.approx(1 / 3)
    assert fairness.tpr(counts) == fairness.recall(counts) == pytest.approx(1 / 2)
    assert fairness.precision(counts) == pytest.approx(1 / 2)
    assert fairness.f1(counts) == pytest.approx(1 / 2)
    assert fairness.fpr_difference(counts) == pytest.approx(1 / 3 - 1 / 2)
    assert fairness.equal_opportunity_difference(counts) == pytest.approx(1 / 2 - 1)
    assert fairness.disparate_impact(counts) == pytest.approx((3 / 5) / (1 / 3))


def test_aucs_on_a_hand_worked_example():
    wins = Wins.of(TOXIC, SCORE, MEMBER)
    assert fairness.subgroup_auc(wins) == pytest.approx(5 / 6)  # .9 beats all; .4 beats .1 and .3, not .8
    assert fairness.bpsn_auc(wins) == pytest.approx(2 / 3)  # .7 of the background beats .1 and .3, not .8
    assert fairness.bnsp_auc(wins) == pytest.approx(3 / 4)  # .9 beats .6 and .2; .4 beats .2
    assert fairness.overall_auc(Wins.of(TOXIC, SCORE, MEMBER[:, None])) == pytest.approx(roc_auc_score(TOXIC, SCORE))


@pytest.mark.parametrize("seed", range(3))
def test_rates_agree_with_fairlearn_and_scikit_learn(seed):
    toxic, flagged, _, members = random_rows(seed)
    counts = Counts.of(toxic, flagged, members)
    for column, member in enumerate(members.T):
        frame = fairlearn.MetricFrame(
            metrics={"selection": fairlearn.selection_rate, "fpr": fairlearn.false_positive_rate, "tpr": fairlearn.true_positive_rate},
            y_true=toxic,
            y_pred=flagged,
            sensitive_features=member,
        ).by_group
        assert fairness.selection_rate(counts)[column] == pytest.approx(frame["selection"][True])
        assert fairness.fpr(counts)[column] == pytest.approx(frame["fpr"][True])
        assert fairness.tpr(counts)[column] == pytest.approx(frame["tpr"][True])
        assert fairness.fpr_difference(counts)[column] == pytest.approx(frame["fpr"][True] - frame["fpr"][False])
        assert fairness.equal_opportunity_difference(counts)[column] == pytest.approx(frame["tpr"][True] - frame["tpr"][False])
        assert fairness.disparate_impact(counts)[column] == pytest.approx((1 - frame["selection"][True]) / (1 - frame["selection"][False]))
        # fairlearn's own difference has no sign; ours does.
        unsigned = fairlearn.equal_opportunity_difference(toxic, flagged, sensitive_features=member)
        assert abs(fairness.equal_opportunity_difference(counts)[column]) == pytest.approx(unsigned)
        assert fairness.precision(counts)[column] == pytest.approx(precision_score(toxic[member], flagged[member]))
        assert fairness.f1(counts)[column] == pytest.approx(f1_score(toxic[member], flagged[member]))


@pytest.mark.parametrize("seed", range(3))
def test_aucs_agree_with_scikit_learn_on_the_rows_that_each_is_defined_over(seed):
    toxic, _, score, members = random_rows(seed)
    wins = Wins.of(toxic, score, members)
    for column, member in enumerate(members.T):
        bpsn, bnsp = (member & ~toxic) | (~member & toxic), (member & toxic) | (~member & ~toxic)
        assert fairness.subgroup_auc(wins)[column] == pytest.approx(roc_auc_score(toxic[member], score[member]))
        assert fairness.bpsn_auc(wins)[column] == pytest.approx(roc_auc_score(toxic[bpsn], score[bpsn]))
        assert fairness.bnsp_auc(wins)[column] == pytest.approx(roc_auc_score(toxic[bnsp], score[bnsp]))


def test_resampling_is_the_same_as_repeating_comments():
    toxic, flagged, score, members = random_rows(7)
    weights = np.random.default_rng(0).integers(0, 4, (2, 300))
    counts, wins = Counts.of(toxic, flagged, members, weights.astype(float)), Wins.of(toxic, score, members, weights.astype(float))
    for row in range(2):
        again = np.repeat(np.arange(300), weights[row])
        for measure in (fairness.fpr, fairness.equal_opportunity_difference, fairness.disparate_impact, fairness.f1):
            assert measure(counts)[row] == pytest.approx(measure(Counts.of(toxic[again], flagged[again], members[again])))
        for measure in (fairness.subgroup_auc, fairness.bpsn_auc, fairness.bnsp_auc):
            assert measure(wins)[row] == pytest.approx(measure(Wins.of(toxic[again], score[again], members[again])))


def test_many_subgroups_at_once_are_each_as_alone():
    toxic, flagged, score, members = random_rows(8)
    for column, member in enumerate(members.T):
        assert fairness.fpr_difference(Counts.of(toxic, flagged, members))[column] == fairness.fpr_difference(Counts.of(toxic, flagged, member))
        assert fairness.bpsn_auc(Wins.of(toxic, score, members))[column] == fairness.bpsn_auc(Wins.of(toxic, score, member))


def test_an_empty_subgroup_is_undefined_never_zero():
    nobody = np.zeros(8, dtype=bool)
    counts, wins = Counts.of(TOXIC, FLAGGED, nobody), Wins.of(TOXIC, SCORE, nobody)
    of_counts = (fairness.selection_rate, fairness.fpr, fairness.tpr, fairness.fpr_difference, fairness.equal_opportunity_difference)
    more = (fairness.disparate_impact, fairness.precision, fairness.recall, fairness.f1)
    assert np.isnan([measure(counts) for measure in (*of_counts, *more)]).all()
    assert np.isnan([measure(wins) for measure in (fairness.subgroup_auc, fairness.bpsn_auc, fairness.bnsp_auc)]).all()


def test_a_subgroup_of_everyone_has_no_background():
    everyone = np.ones(8, dtype=bool)
    counts, wins = Counts.of(TOXIC, FLAGGED, everyone), Wins.of(TOXIC, SCORE, everyone)
    assert fairness.fpr(counts) == pytest.approx(2 / 5)
    assert np.isnan([fairness.fpr_difference(counts), fairness.disparate_impact(counts), fairness.bpsn_auc(wins), fairness.bnsp_auc(wins)]).all()
    assert fairness.subgroup_auc(wins) == pytest.approx(roc_auc_score(TOXIC, SCORE))


def test_a_subgroup_of_one_class_has_the_rate_of_that_class_only():
    harmless = MEMBER & ~TOXIC
    counts, wins = Counts.of(TOXIC, FLAGGED, harmless), Wins.of(TOXIC, SCORE, harmless)
    assert fairness.fpr(counts) == pytest.approx(1 / 3)
    assert np.isnan([fairness.tpr(counts), fairness.f1(counts), fairness.subgroup_auc(wins), fairness.bnsp_auc(wins)]).all()
    assert not np.isnan(fairness.bpsn_auc(wins))


def test_the_power_mean_leans_towards_the_worst():
    assert fairness.power_mean(np.array([0.5, 1.0])) == pytest.approx(((0.5**-5 + 1) / 2) ** (-1 / 5))
    assert 0.5 < fairness.power_mean(np.array([0.5, 1.0])) < 0.6
    assert fairness.power_mean(np.array([0.8, 0.8])) == pytest.approx(0.8)
    assert fairness.power_mean(np.array([0.0, 1.0])) == 0
    assert fairness.power_mean(np.array([np.nan, 0.7])) == pytest.approx(0.7)
    assert np.isnan(fairness.power_mean(np.array([])))


def test_the_jigsaw_score_is_the_competitions():
    toxic, _, score, members = random_rows(9)
    wins, counted = Wins.of(toxic, score, members), np.array([True, True, False, True])
    parts = []
    for rows in (
        lambda member: member,
        lambda member: (member & ~toxic) | (~member & toxic),
        lambda member: (member & toxic) | (~member & ~toxic),
    ):
        aucs = [roc_auc_score(toxic[rows(member)], score[rows(member)]) for member in members.T[counted]]
        parts.append(np.mean(np.power(aucs, -5)) ** (-1 / 5))
    assert fairness.jigsaw_score(wins, counted) == pytest.approx(0.25 * roc_auc_score(toxic, score) + 0.25 * sum(parts))
    assert np.isnan(fairness.jigsaw_score(wins, np.zeros(4, dtype=bool)))
