"""Words for measures, held against the measures themselves."""

import math

import pytest

from modeling.measure_texts import OVERALL_TEXTS, PROBE_TEXTS, SUBGROUP_TEXTS, SWAP_MEASURES, text_of
from modeling.measures.registry import MEASURES, PROBE_MEASURES, SUBGROUP_MEASURES

BOTH = [(OVERALL_TEXTS, MEASURES), (SUBGROUP_TEXTS, SUBGROUP_MEASURES), (PROBE_TEXTS, PROBE_MEASURES)]


@pytest.mark.parametrize(("texts", "measures"), BOTH, ids=["overall", "subgroup", "probe"])
def test_every_measure_has_words_and_every_word_a_measure(texts, measures):
    assert set(texts) == set(measures)


@pytest.mark.parametrize(("texts", "measures"), BOTH, ids=["overall", "subgroup", "probe"])
def test_words_state_the_same_direction_and_ideal_as_the_measure(texts, measures):
    stated = {name: (text.higher_is_better, text.ideal) for name, text in texts.items()}
    assert stated == {name: (measure.higher_is_better, measure.ideal) for name, measure in measures.items()}


@pytest.mark.parametrize(("texts", "measures"), BOTH, ids=["overall", "subgroup", "probe"])
def test_words_state_the_same_range_as_the_measure(texts, measures):
    stated = {name: text.limits for name, text in texts.items()}
    assert stated == {name: pytest.approx(measure.range, abs=0.005) for name, measure in measures.items()}
    assert text_of("not_yet_known").limits == (-math.inf, math.inf)


def test_a_probes_words_say_what_its_n_counts():
    assert {name: text.counted for name, text in PROBE_TEXTS.items()} == {name: measure.unit for name, measure in PROBE_MEASURES.items()}
    assert set(SWAP_MEASURES) <= set(PROBE_TEXTS)


def test_each_text_says_something():
    assert all(text.label and len(text.definition) > 20 and text.range and text.unit for texts, _ in BOTH for text in texts.values())


def test_a_measure_without_words_is_shown_by_its_name():
    assert text_of("not_yet_known").label == "not yet known"
