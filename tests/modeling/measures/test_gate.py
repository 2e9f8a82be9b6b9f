import json
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, norm, t

from benchmarks.few_families import null_tests, null_world
from modeling.config import GateConfig
from modeling.measures.battery import compare
from modeling.measures.data import Scored
from modeling.measures.exchange import exchange_test
from modeling.measures.gate import decide, primary_test
from modeling.measures.registry import measure_all
from tests.modeling.measures.worlds import exchanged, make_scored, make_world, probabilities, rescored, shifted

QUICK = GateConfig(primary_alpha=0.05, primary_resamples=400)


@pytest.fixture(scope="module")
def pair() -> tuple[Scored, Scored]:
    """A champion and a clearly better candidate on 1,000 comments with four subgroups."""
    champion = rescored(make_world(1000), noise=0.45, seed=1)
    return champion, rescored(champion, noise=0.25, seed=2)


def flag(scored: Scored, rows: np.ndarray, score: float) -> Scored:
    """The same version, saying `score` of some comments."""
    return replace(scored, p=np.where(rows[:, None], probabilities(np.full(len(scored), score)), scored.p))


def of(decision, subgroup, measure):
    return next(test for test in decision.subgroups if (test.subgroup, test.measure) == (subgroup, measure))


def test_a_planted_improvement_is_eligible(pair):
    decision = decide(*pair, QUICK)
    assert decision.eligible
    assert decision.reasons == ()
    assert decision.primary.measure == "jigsaw_score"
    assert decision.primary.difference == decision.primary.candidate - decision.primary.champion > 0
    assert decision.primary.p_value <= QUICK.primary_alpha
    assert decision.primary.low_95 < decision.primary.difference < decision.primary.high_95
    assert decision.n == 1000
    assert decision.subgroups_counted == ("group_0", "group_1", "group_2", "group_3")


def test_the_reported_values_are_those_of_the_measures(pair):
    champion, candidate = pair
    decision = decide(champion, candidate, QUICK)
    values = [{row.measure: row.value for row in measure_all(version, 5, 0)} for version in pair]
    for test in (decision.primary, *decision.checks):
        assert (test.champion, test.candidate) == pytest.approx((values[0][test.measure], values[1][test.measure]))
    assert [(check.measure, check.margin) for check in decision.checks] == list(QUICK.margins.items())


def test_the_same_version_again_is_held(pair):
    champion, _ = pair
    decision = decide(champion, champion, QUICK)
    assert not decision.eligible
    assert decision.primary.p_value == 1
    assert all(check.passed for check in decision.checks)
    assert "no better" in decision.reasons[0]
    assert "without an interval" in decision.reasons[0]
    assert np.isnan(decision.primary.low_95)
    assert all(test.status != "harmed" for test in decision.subgroups)


def test_no_change_is_not_worse_on_a_gate_too_small_to_show_it():
    """None of 60 comments differs: their interval reaches beyond the margin, and still nothing is held against the candidate."""
    few = make_world(60, subgroups=1, share=0.9)
    decision = decide(few, few, replace(QUICK, primary_measure="accuracy"))
    accuracy = decision.checks[0]
    assert accuracy.low < -accuracy.margin
    assert {check.measure: check.passed for check in decision.checks} == {"accuracy": True, "macro_f1": True, "ece": True, "mean_subgroup_fpr": None}
    assert decision.primary.p_value == 1
    assert decision.primary.low < 0 < decision.primary.high
    assert not decision.primary.passed


def test_a_change_that_is_certain_and_bad_is_worse():
    toxic = np.arange(200) >= 100
    right, wrong = (make_scored(np.where(toxic == truth, 0.9, 0.1), toxic) for truth in (True, False))
    decision = decide(right, wrong, replace(QUICK, primary_measure="roc_auc"))
    passed = {check.measure: check.passed for check in decision.checks}
    assert (passed["accuracy"], passed["macro_f1"]) == (False, False)
    assert sum("it got worse" in reason for reason in decision.reasons) >= 2


def test_a_gain_that_may_be_chance_is_held_with_the_number_of_comments_that_would_settle_it(pair):
    champion = pair[0]
    slightly = rescored(champion, noise=0.43, seed=3)
    decision = decide(champion, slightly, GateConfig(primary_resamples=2000))
    assert decision.primary.difference > 0
    assert not decision.eligible
    assert "may be chance" in decision.reasons[0]
    assert "gate comments (now 1,000) would show it four times in five" in decision.reasons[0]


def test_interval_and_verdict_of_the_primary_test_agree(pair):
    champion = pair[0]
    for seed in range(8):
        test = primary_test(champion, rescored(champion, noise=0.42, seed=seed), QUICK)
        assert test.passed == (test.low > 0) == (test.p_value <= test.alpha)


def test_the_primary_test_alone_is_the_one_of_the_decision(pair):
    config = replace(QUICK, primary_resamples=1000)
    alone, decided = primary_test(*pair, config), decide(*pair, config).primary
    assert alone.p_value == pytest.approx(decided.p_value)
    assert alone.critical == pytest.approx(decided.critical)
    assert replace(alone, p_value=decided.p_value, critical=decided.critical) == decided


def test_measures_made_of_aucs_are_tested_by_exchange_and_others_by_resamples(pair):
    champion, candidate = pair
    compared = compare(candidate, champion, overall=("jigsaw_score",), per_subgroup=(), resamples=0, seed=0)
    exchanged = exchange_test(candidate, champion, "jigsaw_score", 400, seed=0)
    found = primary_test(champion, candidate, QUICK)
    assert (found.p_value, found.critical) == (exchanged.p_value, exchanged.critical(0.05))
    assert found.p_value != compared.p_value(0, 1)
    assert np.isnan(primary_test(champion, candidate, replace(QUICK, primary_measure="accuracy")).critical)
    assert np.isnan(primary_test(champion, candidate, replace(QUICK, primary_measure="average_precision")).critical)


@pytest.mark.parametrize("texts", [1, 2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_versions_that_differ_in_a_few_texts_cannot_show_a_gain(texts, seed):
    """Of k texts there are 2^k exchanges, so p is 1/2^k at least, however much each of them gains."""
    champion = rescored(make_world(400), noise=0.3, seed=seed)
    wrong = np.flatnonzero(champion.toxic & (champion.score < 0.6))[:texts]
    candidate = flag(champion, np.isin(np.arange(400), wrong), 0.95)
    test = primary_test(champion, candidate, GateConfig(primary_resamples=1000))
    assert test.difference > 0
    assert test.p_value > 0.5**texts - 0.06
    assert not test.passed
    assert np.isfinite([test.low, test.high, test.critical]).all()


def test_a_lower_calibration_error_is_a_gain(pair):
    champion = pair[0]
    hit = np.where(champion.toxic, 0.93, 0.07)
    calibrated = replace(champion, p=probabilities(hit))
    config = replace(QUICK, primary_measure="brier")
    test = primary_test(champion, calibrated, config)
    assert test.difference < 0
    assert test.passed
    assert not primary_test(calibrated, champion, config).passed


def test_a_loss_of_accuracy_beyond_its_margin_holds_whatever_the_primary_measure_says(pair):
    champion, better = pair
    mild = np.minimum(2 * better.score, 2 - 2 * better.score)
    timid = replace(better, p=np.column_stack([1 - better.score - mild / 2, mild, better.score - mild / 2]))  # same scores, other levels
    decision = decide(champion, timid, QUICK)
    accuracy = decision.checks[0]
    assert decision.primary.passed
    assert (accuracy.measure, accuracy.passed) == ("accuracy", False)
    assert not decision.eligible
    assert decision.reasons[0].startswith("Accuracy went from")


def test_non_inferiority_asks_that_the_worse_limit_lies_within_the_margin(pair):
    champion = pair[0]
    for candidate in (rescored(champion, noise=0.44, seed=3), rescored(champion, noise=0.5, seed=3)):
        for check in decide(champion, candidate, QUICK).checks:
            worst = check.high if check.measure in ("ece", "mean_subgroup_fpr") else -check.low
            assert check.passed == (worst < check.margin)


def test_a_planted_harm_to_one_subgroup_holds_a_candidate_that_is_better_overall(pair):
    champion, better = pair
    members = better.memberships["group_2"] & ~better.toxic
    some = members & (np.cumsum(members) <= members.sum() // 2)
    decision = decide(champion, flag(better, some, 0.99), replace(QUICK, primary_measure="accuracy", primary_resamples=800))
    test = of(decision, "group_2", "fpr")
    assert not decision.eligible
    assert test.status == "harmed"
    assert test.p_value <= 0.05
    assert test.difference > 0.1
    assert any("False alarms (FPR)" in reason and "group 2" in reason and "unlikely to be chance" in reason for reason in decision.reasons)


def test_missing_attacks_on_a_subgroup_is_harm_too(pair):
    champion, better = pair
    missed = better.memberships["group_1"] & better.toxic
    decision = decide(champion, flag(better, missed & (np.arange(1000) % 2 == 0), 0.01), QUICK)
    assert {of(decision, "group_1", measure).status for measure in ("tpr", "bnsp_auc")} == {"harmed"}


def harm_of(after: range, before: range = range(0), harmless: int = 100, **config) -> tuple:
    """A subgroup of `harmless` non-toxic comments (the first rows) and 60 toxic ones; the versions flag some of the harmless rows."""
    rows = np.arange(600)
    toxic = rows >= 360
    base = make_scored(np.where(toxic, 0.9, 0.1), toxic, memberships={"muslim": (rows < harmless) | (rows >= 540)})
    versions = [shifted(base, np.isin(rows, flagged), 0.45) for flagged in (before, after)]
    return decide(*versions, replace(QUICK, **config)), *versions


def test_an_estimate_above_twice_the_margin_is_harm_even_when_it_may_be_chance():
    decision, *_ = harm_of(range(20, 46), range(20), harmless=50)
    test = of(decision, "muslim", "fpr")
    assert test.difference == pytest.approx(0.12)
    assert test.p_value > 0.05
    assert test.status == "harmed"
    assert any("more than twice the margin" in reason and "would tell" in reason for reason in decision.reasons)


def test_exactly_twice_the_margin_is_not_above_it():
    decision, *_ = harm_of(range(20, 50), range(20), harmless=100, subgroup_margins={"fpr": 0.05})
    assert of(decision, "muslim", "fpr").difference == pytest.approx(0.1)
    assert of(decision, "muslim", "fpr").status == "ok"


def test_a_small_but_significant_harm_is_harm():
    decision, *_ = harm_of(range(9), subgroup_margins={"fpr": 0.05})
    test = of(decision, "muslim", "fpr")
    assert test.difference < 2 * test.margin
    assert test.status == "harmed"


def test_one_comment_more_is_no_harm():
    decision, *_ = harm_of(range(1))
    assert of(decision, "muslim", "fpr").status == "ok"


def test_a_subgroup_with_too_few_comments_cannot_be_told_and_decides_nothing():
    decision, champion, candidate = harm_of(range(49), harmless=49)
    rows = {measure: of(decision, "muslim", measure) for measure in ("fpr", "bpsn_auc", "tpr", "bnsp_auc")}
    assert {measure: row.status for measure, row in rows.items()} == {"fpr": "cannot_tell", "bpsn_auc": "cannot_tell", "tpr": "ok", "bnsp_auc": "ok"}
    assert (rows["fpr"].n_toxic, rows["fpr"].n_non_toxic) == (60, 49)
    assert np.isnan(rows["fpr"].p_value)
    assert any("1 subgroup cannot be judged in full (fewer than 50 toxic or 50 non-toxic gate comments, or" in note for note in decision.notes)
    assert of(decide(champion, candidate, replace(QUICK, subgroup_minimum=49)), "muslim", "fpr").status == "harmed"


def test_harm_tests_are_corrected_for_their_number():
    """The same harm, alone and among twenty other subgroups."""
    n = 600
    rng = np.random.default_rng(0)
    toxic = np.arange(n) >= 300
    others = {f"group_{i}": rng.random(n) < 0.3 for i in range(20)}
    member = np.arange(n) < 100
    champion = make_scored(np.where(toxic, 0.9, 0.1), toxic, memberships={"muslim": member})
    # 6 harmless members newly flagged, 1 no longer: about p = .03 on its own.
    before, after = shifted(champion, np.arange(n) == 50, 0.45), shifted(champion, np.arange(n) < 6, 0.45)
    config = replace(QUICK, subgroup_margins={"fpr": 0.05})
    alone = of(decide(before, after, config), "muslim", "fpr")
    crowded = [replace(version, memberships={**version.memberships, **others}) for version in (before, after)]
    among = of(decide(*crowded, config), "muslim", "fpr")
    assert alone.status == "harmed"
    assert among.status == "ok"
    assert among.p_value > 10 * alone.p_value


def test_many_subgroups_get_enough_resamples_to_be_found_harmed():
    """With few resamples the smallest possible p would fail Holm's first step, and no harm could ever be significant."""
    n = 1200
    toxic = np.arange(n) >= 600
    rng = np.random.default_rng(1)
    memberships = {f"group_{i}": rng.random(n) < 0.25 for i in range(30)}
    champion = make_scored(np.where(toxic, 0.9, 0.1), toxic, memberships=memberships)
    hurt = memberships["group_7"] & ~toxic & (rng.random(n) < 0.08)
    test = of(
        decide(champion, shifted(champion, hurt, 0.45), replace(QUICK, primary_resamples=100, subgroup_margins={"fpr": 0.05})), "group_7", "fpr"
    )
    assert test.difference < 0.1
    assert test.status == "harmed"


def test_without_a_counted_subgroup_the_gate_holds_and_says_what_is_missing():
    champion = rescored(make_world(300, subgroups=2, share=0.12), noise=0.4, seed=1)
    decision = decide(champion, rescored(champion, noise=0.2, seed=2), QUICK)
    assert not decision.eligible
    assert not decision.primary.passed
    assert decision.subgroups_counted == ()
    assert "no subgroup has 30 toxic and 30 non-toxic comments there" in decision.reasons[0]
    assert "Nearest: group" in decision.reasons[0]


def of_few_families(noise: float, seed: int) -> Scored:
    """Two subgroups of 40 families, and one of 60 comments from two toxic and two harmless ones; families of 15."""
    families = np.arange(160)
    cluster = np.repeat(families, 15)
    members = {"group_0": (families < 40)[cluster], "group_1": ((families >= 40) & (families < 80))[cluster], "few": (families < 4)[cluster]}
    toxic = (families % 2 == 1)[cluster]
    base = make_scored(np.zeros(2400), toxic, level=2 * toxic, memberships=members, cluster=cluster)
    return rescored(base, noise=noise, seed=seed)


def test_a_subgroup_of_few_families_leaves_the_mean_and_is_named_instead_of_blinding_the_gate():
    decision = decide(of_few_families(0.45, 1), of_few_families(0.25, 2), GateConfig(primary_resamples=400))
    assert decision.subgroups_counted == ("group_0", "group_1")
    assert decision.primary.passed
    assert any("fewer than 5 texts or families on a side: few." in note for note in decision.notes)


@pytest.mark.parametrize(("measure", "toxic", "non_toxic"), [("jigsaw_score", 5, 5), ("roc_auc", 5, 20)])
def test_of_few_families_the_gate_rejects_as_often_as_it_says(measure, toxic, non_toxic):
    config = GateConfig(primary_alpha=0.05, primary_resamples=120)
    found = null_tests(measure, toxic, non_toxic, 200, config)
    rejected = {test: sum(p <= 0.05 for p in p_values) for test, p_values in found.items()}
    most = binom.ppf(0.999, 200, 0.05)
    assert binom.ppf(0.001, 200, 0.05) <= rejected["primary"] <= most
    assert rejected["t"] <= most


@pytest.mark.parametrize(("measure", "subgroups"), [("roc_auc", 0), ("jigsaw_score", 2)])
def test_an_error_of_few_families_is_tested_as_the_guess_that_it_is(measure, subgroups):
    """Harm to AUCs is judged by Student's t, which asks for more than the normal distribution, but never for more than the smaller side's
    families less one say."""
    level, z = 1 - 2 * GateConfig().primary_alpha, norm.isf(GateConfig().primary_alpha)
    asked, found = [], []
    for size in (5, 200):
        champion, candidate = null_world(size, 4 * size, subgroups, np.random.default_rng(0))
        compared = compare(candidate, champion, overall=(measure,), per_subgroup=(), resamples=0, seed=0)
        low, high = compared.limits(0, level)
        asked.append((high - low) / 2 / compared.spread(0))
        found.append(compared)
    assert 1.1 * z < asked[0] <= t.isf(GateConfig().primary_alpha, 4)
    assert z < asked[1] < 1.05 * z
    assert found[0].p_value(0, 1) == pytest.approx(t.sf(found[0].difference[0] / found[0].spread(0), 4), rel=0.2)


def test_a_rate_of_few_families_cannot_be_told():
    """Resamples of two families say nothing of a spread, whatever number of comments they have."""
    champion, candidate = of_few_families(0.45, 1), of_few_families(0.25, 2)
    decision = decide(champion, candidate, replace(QUICK, subgroup_minimum=30))
    assert {test.status for test in decision.subgroups if test.subgroup == "few"} == {"cannot_tell"}
    assert {test.status for test in decision.subgroups if test.subgroup != "few"} == {"ok"}


def test_another_primary_measure_needs_no_subgroup():
    champion = rescored(make_world(600, subgroups=0), noise=0.45, seed=1)
    decision = decide(champion, rescored(champion, noise=0.2, seed=3), replace(QUICK, primary_measure="roc_auc"))
    assert decision.eligible
    assert decision.subgroups == ()
    fpr = next(check for check in decision.checks if check.measure == "mean_subgroup_fpr")
    assert fpr.passed is None
    assert any("decided nothing" in note for note in decision.notes)


def test_no_gate_comments_at_all_is_held_not_an_error():
    nothing = make_scored([], [])
    decision = decide(nothing, nothing, QUICK)
    assert not decision.eligible
    assert decision.n == 0
    assert "cannot be measured on gate: no subgroup has" in decision.reasons[0]


def test_the_counted_set_follows_the_config():
    champion = rescored(make_world(300, subgroups=2, share=0.12), noise=0.4, seed=1)
    assert decide(champion, champion, replace(QUICK, jigsaw_minimum=5)).subgroups_counted == ("group_0", "group_1")


def test_the_verdict_is_plain_json(pair):
    champion, candidate = pair
    few = replace(champion, memberships={"muslim": np.arange(1000) < 5})
    decision = decide(few, replace(candidate, memberships=few.memberships), QUICK)
    stored = json.loads(json.dumps(decision.as_dict(), allow_nan=False))
    assert stored["eligible"] is False
    assert stored["primary"]["p_value"] is None
    assert stored["subgroups"][0]["champion"] is None
    assert stored["subgroups_counted"] == []
    assert set(stored) == {"eligible", "primary", "checks", "subgroups", "reasons", "notes", "n", "subgroups_counted"}


def test_the_same_arrays_and_seed_give_the_same_verdict(pair):
    assert decide(*pair, QUICK) == decide(*pair, QUICK)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (replace(QUICK, primary_measure="mean_kl_to_uniform"), "no better and worse"),
        (GateConfig(primary_measure="accuracy", primary_resamples=100, subgroup_margins={}), "too few"),
    ],
)
def test_a_test_that_can_never_be_met_is_refused(pair, config, message):
    with pytest.raises(ValueError, match=message):
        decide(*pair, config)


def test_versions_on_different_comments_cannot_be_compared(pair):
    champion, candidate = pair
    with pytest.raises(ValueError, match="same comments"):
        decide(champion, candidate.where(np.arange(1000) < 999), QUICK)


@pytest.mark.parametrize("family", [1, 4])
def test_under_the_null_the_gate_promotes_as_seldom_as_it_says(family):
    """Predictions exchanged at random per family, 200 times: rejections at .05 within the central 99.8 % of the binomial."""
    champion = rescored(make_world(300 + 100 * family, family=family), noise=0.35, seed=1)
    other = rescored(champion, noise=0.35, seed=2)
    rng = np.random.default_rng(0)
    config = replace(QUICK, primary_resamples=199)
    rejected = sum(primary_test(*exchanged(champion, other, rng), replace(config, seed=draw)).passed for draw in range(200))
    low, high = binom.interval(0.998, 200, 0.05)
    assert low <= rejected <= high
