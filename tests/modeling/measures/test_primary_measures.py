"""The measures that a round may choose, one by one through the gate."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from modeling.config import GateConfig
from modeling.measure_texts import text_of
from modeling.measures.data import Scored
from modeling.measures.gate import decide, primary_test, why_untestable
from modeling.primary_measures import PRIMARY_MEASURES
from tests.modeling.measures.worlds import exchanged, make_scored, make_world, rescored

each_measure = pytest.mark.parametrize("measure", PRIMARY_MEASURES)


@pytest.fixture(scope="module")
def champion() -> Scored:
    return rescored(make_world(1000), noise=0.5, seed=1)


@each_measure
def test_a_planted_gain_on_it_is_eligible(champion, measure):
    config = GateConfig(primary_measure=measure, primary_resamples=2000)
    better = rescored(champion, noise=0.15, seed=2)
    assert why_untestable(champion, config) == ""
    decision = decide(champion, better, config)
    assert decision.eligible
    assert decision.primary.measure == measure
    assert decision.primary.low_95 < decision.primary.difference < decision.primary.high_95
    assert not decide(better, champion, config).primary.passed


@each_measure
def test_under_the_null_it_promotes_as_seldom_as_it_says(measure):
    """Predictions exchanged at random, 100 times: rejections at .05 at most as many as the binomial allows in all but one of 1,000."""
    champion = rescored(make_world(300, subgroups=2, share=0.5), noise=0.5, seed=1)
    other, rng = rescored(champion, noise=0.5, seed=2), np.random.default_rng(0)
    config = GateConfig(primary_measure=measure, primary_alpha=0.05, primary_resamples=99)
    rejected = sum(primary_test(*exchanged(champion, other, rng), replace(config, seed=draw)).passed for draw in range(100))
    assert rejected <= binom.ppf(0.999, 100, 0.05)


@each_measure
def test_it_has_a_name_and_a_direction(measure):
    assert text_of(measure).label != measure
    assert text_of(measure).higher_is_better is not None


@pytest.mark.parametrize("measure", ["jigsaw_score", "mean_subgroup_fpr", "generalized_mean_bpsn_auc"])
def test_without_mentions_a_measure_of_subgroups_is_known_to_be_untestable_and_another_one_is_named(measure):
    why = why_untestable(make_world(300, subgroups=0), GateConfig(primary_measure=measure))
    assert "cannot be measured on gate: no subgroup has" in why
    assert "no look was spent" in why
    assert "open the next round with Accuracy" in why


def test_without_toxic_comments_no_auc_can_be_tested():
    harmless = make_world(300, subgroups=0)
    harmless = harmless.where(~harmless.toxic)
    why = why_untestable(harmless, GateConfig(primary_measure="roc_auc"))
    assert f"of its {len(harmless)} labelled comments 0 are toxic" in why


def test_an_empty_gate_can_test_nothing_and_no_other_measure_is_named():
    why = why_untestable(make_scored([], []), GateConfig(primary_measure="accuracy"))
    assert "Accuracy cannot be measured on gate: 0 labelled comments are too few." in why
    assert "open the next round" not in why


def test_a_subgroup_of_few_families_is_known_to_be_untestable_before_anything_is_measured():
    """Its value stands, but most resamples have no comment of it."""
    toxic = np.arange(120) >= 60
    alike = make_scored(np.where(toxic, 0.9, 0.1), toxic, memberships={"few": ~toxic}, cluster=np.where(toxic, np.arange(120), 0))
    why = why_untestable(alike, GateConfig(primary_measure="mean_subgroup_fpr"))
    assert "Mean false alarms cannot be measured" in why
    assert "every subgroup with 30 non-toxic comments there has them of so few texts or families" in why


def test_families_are_asked_for_only_where_the_measure_asks_for_them():
    few = make_world(60, subgroups=1)
    config = GateConfig(primary_measure="mean_subgroup_fpr", jigsaw_minimum=200)
    assert "no subgroup has 200 non-toxic comments there. Nearest" in why_untestable(few, config)
    assert "there, of 5 texts or families each" in why_untestable(few, replace(config, primary_measure="jigsaw_score"))
