from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, roc_auc_score

from modeling.measures.registry import MEASURES, PROBE_MEASURES, SUBGROUP_MEASURES, confusion, differences, measure_all, measure_subgroups
from modeling.measures.statistics import wilson
from tests.modeling.measures.worlds import make_scored, make_world, rescored

OVERALL = [
    "accuracy",
    "balanced_accuracy",
    "macro_precision",
    "macro_recall",
    "macro_f1",
    "weighted_precision",
    "weighted_recall",
    "weighted_f1",
    "mcc",
    "roc_auc",
    "roc_auc_ovr",
    "average_precision",
    "ece",
    "brier",
    "jigsaw_score",
    "generalized_mean_subgroup_auc",
    "generalized_mean_bpsn_auc",
    "generalized_mean_bnsp_auc",
    "mean_subgroup_fpr",
    "worst_fpr",
    "worst_tpr",
    "worst_subgroup_auc",
    "worst_bpsn",
    "worst_bnsp",
    "fpr_gap",
    "equal_opportunity_gap",
    "equalized_odds_gap",
    "selection_rate_gap",
    "mean_group_kl",
    "worst_group_kl",
    "mean_kl_to_uniform",
]
PER_SUBGROUP = [
    "prevalence",
    "selection_rate",
    "fpr",
    "tpr",
    "fpr_difference",
    "equal_opportunity_difference",
    "average_odds_difference",
    "statistical_parity_difference",
    "disparate_impact",
    "subgroup_auc",
    "bpsn_auc",
    "bnsp_auc",
    "precision",
    "recall",
    "f1",
    "calibration_gap",
    "group_kl",
]


def overall(scored, resamples=100):
    return {row.measure: row for row in measure_all(scored, resamples=resamples, seed=0)}


def by_subgroup(scored, resamples=100):
    return {(row.subgroup, row.measure): row for row in measure_subgroups(scored, resamples=resamples, seed=0)}


def test_the_registry_holds_the_agreed_measures_in_their_order():
    assert list(MEASURES) == OVERALL
    assert list(SUBGROUP_MEASURES) == PER_SUBGROUP
    assert all(name == measure.name and measure.label and measure.definition for name, measure in {**MEASURES, **SUBGROUP_MEASURES}.items())


def test_every_value_lies_in_its_range_and_in_its_interval():
    world = make_world(800)
    rows = [*measure_all(world, resamples=200, seed=0), *measure_subgroups(world, resamples=200, seed=0)]
    for row in rows:
        lowest, highest = {**MEASURES, **SUBGROUP_MEASURES}[row.measure].range
        assert lowest <= row.low <= row.value <= row.high <= highest, row
        assert row.n > 0


def test_the_same_seed_gives_the_same_numbers():
    world = make_world(300)
    assert measure_all(world, resamples=50, seed=3) == measure_all(world, resamples=50, seed=3)
    assert measure_all(world, resamples=50, seed=3) != measure_all(world, resamples=50, seed=4)


def test_families_widen_intervals():
    together, alone = make_world(800, family=8), make_world(800, family=8)
    alone = make_scored(alone.score, alone.toxic, level=alone.level, memberships=alone.memberships)
    wide, narrow = overall(together)["roc_auc"], overall(alone)["roc_auc"]
    assert wide.value == narrow.value
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_mixed_sources_are_each_judged_by_their_own_kind():
    rng = np.random.default_rng(0)
    toxic = rng.random(200) < 0.5
    level = np.where(np.arange(200) < 120, np.where(toxic, 2, 0), -1)
    mixed = make_scored(np.clip(0.3 + 0.4 * toxic + 0.3 * rng.normal(size=200), 0, 1), toxic, level=level, threshold=0.6)
    found, three = overall(mixed), mixed.three_level
    right = np.where(three, mixed.predicted == level, mixed.flagged == toxic)
    assert found["accuracy"].value == pytest.approx(right.mean())
    assert found["accuracy"].n == 200
    assert found["macro_f1"].value == pytest.approx(f1_score(level[three], mixed.predicted[three], average="macro", labels=[0, 2]))
    assert found["macro_f1"].n == 120


def test_binary_sources_alone_have_a_binary_macro_f1():
    binary = make_scored(np.linspace(0, 1, 60), np.arange(60) % 3 > 0)
    found = overall(binary)
    assert found["accuracy"].value == pytest.approx(accuracy_score(binary.toxic, binary.flagged))
    assert found["macro_f1"].value == pytest.approx(f1_score(binary.toxic, binary.flagged, average="macro"))
    assert found["macro_f1"].n == 60


def test_a_handful_of_three_level_comments_does_not_decide_macro_f1():
    level = np.where(np.arange(60) < 5, 2, -1)
    assert overall(make_scored(np.linspace(0, 1, 60), np.arange(60) % 2 == 0, level=level))["macro_f1"].n == 60


def test_too_few_comments_give_nan_with_their_n():
    few = make_scored(np.linspace(0, 1, 12), np.arange(12) % 2 == 0, memberships={"muslim": np.arange(12) < 9})
    found = overall(few)
    assert all(np.isnan([row.value, row.low, row.high]).all() for row in found.values())
    assert (found["accuracy"].n, found["roc_auc"].n, found["worst_fpr"].n) == (12, 12, 0)
    row = by_subgroup(few)["muslim", "fpr"]
    assert np.isnan(row.value)
    assert (row.n, row.n_toxic, row.n_non_toxic) == (4, 5, 4)


def test_an_empty_split_gives_nan_everywhere_and_no_error():
    nothing = make_scored([], [], memberships={"muslim": []})
    assert all(np.isnan(row.value) and row.n == 0 for row in [*measure_all(nothing, 20, 0), *measure_subgroups(nothing, 20, 0)])
    assert measure_subgroups(make_scored([0.1] * 40, [False] * 40), 20, 0) == []


def test_a_subgroup_of_one_class_keeps_the_measures_that_need_only_that_class():
    toxic = np.arange(120) % 3 == 0
    found = by_subgroup(make_scored(np.linspace(0, 1, 120), toxic, memberships={"muslim": ~toxic & (np.arange(120) < 60)}))
    defined = {measure for (_, measure), row in found.items() if not np.isnan(row.value)}
    needs_members = {"prevalence", "selection_rate", "statistical_parity_difference", "disparate_impact", "calibration_gap"}
    assert defined == needs_members | {"fpr", "fpr_difference", "bpsn_auc", "group_kl"}
    assert found["muslim", "tpr"].n == 0
    assert found["muslim", "fpr"].n == 40


def test_n_counts_the_subgroups_own_comments_behind_the_measure():
    world = make_world(400)
    found, members = by_subgroup(world), world.memberships["group_0"]
    toxic, harmless = int((members & world.toxic).sum()), int((members & ~world.toxic).sum())
    expected = {"fpr": harmless, "bpsn_auc": harmless, "tpr": toxic, "bnsp_auc": toxic, "subgroup_auc": toxic + harmless}
    assert {name: found["group_0", name].n for name in expected} == expected
    assert found["group_0", "precision"].n == (members & world.flagged).sum()


def test_without_a_counted_subgroup_the_measures_over_subgroups_are_undefined():
    found = overall(make_world(300, subgroups=1, share=0.12))
    for name in ("jigsaw_score", "worst_fpr", "fpr_gap", "worst_bpsn"):
        assert np.isnan(found[name].value)
    assert not np.isnan(found["accuracy"].value)


def test_worst_and_gap_run_over_counted_subgroups_only():
    toxic = np.arange(400) % 2 == 0
    big, small = np.arange(400) < 100, np.arange(400) >= 380
    scored = make_scored(
        np.where(small, 0.9, 0.2) + 0.2 * (np.arange(400) < 20), toxic, memberships={"big": big, "other": ~big & ~small, "small": small}
    )
    assert scored.subgroups_counted == ("big", "other")
    assert overall(scored)["worst_fpr"].value == 0
    assert by_subgroup(scored)["small", "fpr"].value == 1


GAPS = ("fpr_gap", "equal_opportunity_gap", "equalized_odds_gap", "selection_rate_gap")


def test_a_gap_of_one_counted_subgroup_is_no_measurement():
    found = overall(make_world(600, subgroups=1))
    assert all(np.isnan([found[name].value, found[name].low, found[name].high]).all() for name in GAPS)
    assert not any(np.isnan(found[name].value) for name in ("worst_fpr", "worst_bpsn", "generalized_mean_bpsn_auc", "jigsaw_score"))


def test_a_gap_of_two_counted_subgroups_is_one():
    found = overall(make_world(600, subgroups=2))
    assert not any(np.isnan([found[name].value, found[name].low, found[name].high]).any() for name in GAPS)


def test_mean_subgroup_fpr_needs_no_toxic_comments():
    toxic = np.arange(200) >= 150
    flagged = np.arange(200) < 20
    memberships = {"first": np.arange(200) < 40, "second": (np.arange(200) >= 40) & ~toxic}
    row = overall(make_scored(np.where(flagged, 0.9, 0.1), toxic, memberships=memberships))["mean_subgroup_fpr"]
    assert row.value == pytest.approx((20 / 40 + 0) / 2)
    assert row.n == 150


def test_a_rate_of_zero_still_has_an_upper_limit():
    scored = make_scored(np.full(100, 0.1), np.arange(100) >= 60, memberships={"muslim": np.ones(100, dtype=bool)})
    row = by_subgroup(scored)["muslim", "fpr"]
    assert (row.value, row.low) == (0, 0)
    assert row.high == pytest.approx(0.0602, abs=5e-4)  # Wilson, 0 of 60
    in_families = make_scored(np.full(100, 0.1), np.arange(100) >= 60, memberships={"muslim": np.ones(100, dtype=bool)}, cluster=np.arange(100) // 10)
    assert by_subgroup(in_families)["muslim", "fpr"].high > 0.3  # six families


def test_differences_are_paired_and_signed():
    a = make_world(600)
    b = rescored(a, noise=0.5, seed=1)
    rows = {(row.subgroup, row.measure): row for row in differences(a, b, resamples=200, seed=0)}
    mine, theirs = overall(a), overall(b)
    assert [measure for subgroup, measure in rows if not subgroup] == OVERALL
    assert len(rows) == len(OVERALL) + 4 * len(PER_SUBGROUP)
    for name in OVERALL:
        assert rows["", name].value == pytest.approx(mine[name].value - theirs[name].value)
        assert rows["", name].low <= rows["", name].value <= rows["", name].high
    assert rows["group_1", "fpr"].value == pytest.approx(by_subgroup(a)["group_1", "fpr"].value - by_subgroup(b)["group_1", "fpr"].value)


def test_pairing_makes_the_interval_of_a_difference_narrow():
    a = make_world(600)
    b = rescored(a, noise=0.25, seed=1)
    jitter = 0.01 * np.random.default_rng(0).normal(size=600)
    nearly = make_scored(np.clip(b.score + jitter, 0, 1), b.toxic, level=b.level, memberships=b.memberships)
    difference = {row.measure: row for row in differences(b, nearly, resamples=100, seed=0) if not row.subgroup}["roc_auc"]
    alone = overall(b)["roc_auc"]
    assert difference.high - difference.low < 0.1 * (alone.high - alone.low)


def test_the_same_version_twice_differs_in_nothing_and_no_interval_pretends_that_this_is_certain():
    a = make_world(300)
    rows = {(row.subgroup, row.measure): row for row in differences(a, a, resamples=50, seed=0) if not np.isnan(row.value)}
    assert {row.value for row in rows.values()} == {0}
    without = [row for row in rows.values() if row.measure in ("macro_f1", "ece", "roc_auc", "jigsaw_score", "bpsn_auc", "fpr_difference")]
    assert len(without) > 6
    assert np.isnan([(row.low, row.high) for row in without]).all()
    # Shares: as many comments could have changed as none of n leaves room for.
    reach = wilson(0, 300)[1]
    assert (rows["", "accuracy"].low, rows["", "accuracy"].high) == pytest.approx((-reach, reach))
    harmless = int((a.memberships["group_1"] & ~a.toxic).sum())
    assert rows["group_1", "fpr"].high == pytest.approx(wilson(0, harmless)[1])
    assert rows["group_1", "prevalence"].high == 0  # of the comments, whatever a version says


def test_versions_that_judge_alike_by_other_scores_have_such_an_interval_too_and_families_count_once():
    a = make_world(300, family=3)
    b = make_scored(0.5 + 0.9 * (a.score - 0.5), a.toxic, level=a.level, memberships=a.memberships, cluster=a.cluster)
    a, b = (replace(each, level=np.full(300, -1)) for each in (a, b))
    accuracy = next(row for row in differences(a, b, resamples=50, seed=0) if row.measure == "accuracy")
    assert (accuracy.value, accuracy.high) == (0, pytest.approx(wilson(0, 100)[1]))


def test_a_difference_on_every_single_comment_has_the_other_limit():
    toxic = np.arange(60) >= 30
    right, wrong = (make_scored(np.where(toxic == truth, 0.9, 0.1), toxic) for truth in (True, False))
    accuracy = next(row for row in differences(right, wrong, resamples=50, seed=0) if row.measure == "accuracy")
    assert (accuracy.value, accuracy.low, accuracy.high) == (1, pytest.approx(1 - wilson(0, 60)[1]), 1)


def test_every_measure_says_what_it_is():
    """Definition, range, ideal, direction, interval and least n: what docs, dashboard and gate list."""
    for name, measure in {**MEASURES, **SUBGROUP_MEASURES, **PROBE_MEASURES}.items():
        assert name == measure.name
        assert measure.label != name
        assert measure.definition
        assert measure.minimum > 0
        assert measure.interval_method
        lowest, highest = measure.range
        assert lowest < highest
        assert measure.ideal is None or lowest <= measure.ideal <= highest
        if measure.higher_is_better is not None:
            assert measure.ideal == (highest if measure.higher_is_better else lowest)


def test_the_confusion_matrix_counts_levels_or_flags():
    world = make_world(300)
    assert confusion(world).tolist() == confusion_matrix(world.level, world.predicted).tolist()
    binary = make_scored(np.linspace(0, 1, 60), np.arange(60) % 3 > 0)
    assert confusion(binary).tolist() == confusion_matrix(binary.toxic, binary.flagged).tolist()


def test_one_versus_rest_auc_is_scikit_learns():
    world = make_world(400)
    assert overall(world, 5)["roc_auc_ovr"].value == pytest.approx(roc_auc_score(world.level, world.p, multi_class="ovr", average="macro"))
    binary = make_scored(np.linspace(0, 1, 60), np.arange(60) % 3 > 0)
    found = overall(binary, 5)
    assert found["roc_auc_ovr"].value == found["roc_auc"].value


def test_the_jigsaw_score_is_the_competitions():
    """The competition's formula written out with scikit-learn's AUC, over the counted subgroups."""
    world = make_world(500, noise=0.5)
    toxic, score = world.toxic, world.score
    parts = []
    for rows in (lambda m: m, lambda m: (m & ~toxic) | (~m & toxic), lambda m: (m & toxic) | (~m & ~toxic)):
        aucs = [roc_auc_score(toxic[rows(member)], score[rows(member)]) for member in world.memberships.values()]
        parts.append(np.mean(np.power(aucs, -5)) ** (-1 / 5))
    found = overall(world, 5)
    names = ("generalized_mean_subgroup_auc", "generalized_mean_bpsn_auc", "generalized_mean_bnsp_auc")
    assert [found[name].value for name in names] == pytest.approx(parts)
    assert found["jigsaw_score"].value == pytest.approx(0.25 * roc_auc_score(toxic, score) + 0.25 * sum(parts))


def test_the_jigsaw_score_on_an_example_worked_by_hand():
    """One subgroup, AUC 5/6, BPSN 2/3, BNSP 3/4, overall 12/15: a quarter of their sum. Each of eight comments stands thirty times."""
    toxic = np.tile([1, 1, 0, 0, 0, 1, 0, 0], 30).astype(bool)
    member = np.tile([1, 1, 1, 1, 1, 0, 0, 0], 30).astype(bool)
    score = np.tile([0.9, 0.4, 0.8, 0.1, 0.3, 0.7, 0.6, 0.2], 30)
    found = overall(make_scored(score, toxic, memberships={"muslim": member}), 5)
    assert found["jigsaw_score"].value == pytest.approx(0.25 * (12 / 15 + 5 / 6 + 2 / 3 + 3 / 4))
