"""A map is measured on the version that it explains."""

import numpy as np
import pytest

from modeling.map_engines import MapEngine
from modeling.ml.attribution import Attribution, word_spans
from modeling.ml.faithfulness import measure, support_of

TEXT = "tea and cake, awful rain and bread in may"


def score(texts):
    """High is what says `awful`."""
    return np.array([[0.1, 0.1, 0.8] if "awful" in text else [0.7, 0.2, 0.1] for text in texts])


def map_of(values, p=(0.1, 0.1, 0.8)):
    return Attribution([(*place, value) for place, value in zip(word_spans(TEXT), values, strict=True)], list(p))


def test_a_map_that_puts_the_reason_first_beats_chance():
    found = measure(score, TEXT, map_of([0, 0, 0, 0.7, 0, 0, 0, 0, 0]), MapEngine.SHAP)
    assert found.comprehensiveness.value == pytest.approx(0.65)
    assert found.sufficiency.value == pytest.approx(0)
    assert found.comprehensiveness.chance < 0.5
    assert found.loo_tau.value == pytest.approx(1)
    assert found.beats_chance


def test_one_that_puts_it_last_does_not():
    found = measure(score, TEXT, map_of([8, 7, 6, 0, 5, 4, 3, 2, 1]), MapEngine.SHAP)
    assert found.comprehensiveness.value == pytest.approx(0)
    assert found.sufficiency.value == pytest.approx(0.65)
    assert found.beats_chance is False


def test_of_a_mild_comment_it_is_the_score_that_falls_though_mild_becomes_surer():
    def mild(texts):
        return np.array([[0.1, 0.6, 0.3] if "awful" in text else [0.1, 0.85, 0.05] for text in texts])

    found = measure(mild, TEXT, map_of([0, 0, 0, 0.125, 0, 0, 0, 0, 0], p=(0.1, 0.6, 0.3)), MapEngine.SHAP)
    assert found.comprehensiveness.value == pytest.approx(0.6 - 0.475)
    assert found.beats_chance


def test_of_a_low_comment_it_is_the_score_that_rises():
    def kind(texts):
        return np.array([[0.9, 0.1, 0.0] if "tea" in text else [0.5, 0.3, 0.2] for text in texts])

    found = measure(kind, TEXT, map_of([-0.3, 0, 0, 0, 0, 0, 0, 0, 0], p=(0.9, 0.1, 0.0)), MapEngine.SHAP)
    assert found.comprehensiveness.value == pytest.approx(0.35 - 0.05)
    assert found.beats_chance


def test_occlusion_is_not_held_against_leaving_words_out_one_by_one():
    assert measure(score, TEXT, map_of(range(9)), MapEngine.OCCLUSION).loo_tau is None


def test_every_variant_is_scored_once_and_all_in_one_call():
    calls = []

    def counted(texts):
        calls.append(list(texts))
        return score(texts)

    measure(counted, TEXT, map_of(range(9)), MapEngine.LIME)
    assert len(calls) == 1
    assert len(set(calls[0])) == len(calls[0])


def test_a_text_without_words_has_no_figures():
    assert measure(score, "[email] !", Attribution([], [0.2, 0.3, 0.5]), MapEngine.SHAP) is None


def test_what_lowers_the_score_speaks_for_low_but_a_share_has_no_sign():
    values = [0, 0, 0, -0.7, 0, 0, 0, 0, 0.1]
    assert support_of(map_of(values), MapEngine.SHAP, 0)[3] == 0.7
    assert support_of(map_of(values), MapEngine.SHAP, 2)[3] == -0.7
    assert support_of(map_of(values), MapEngine.ATTENTION, 0)[8] == 0.1
