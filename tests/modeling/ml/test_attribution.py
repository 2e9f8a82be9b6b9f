import pytest

from modeling.ml.attribution import MOST_SPANS, occlude, occlusion, word_spans
from modeling.ml.thresholds import scores_of


def test_an_attribution_is_the_drop_of_the_score_when_the_word_is_masked(classifier):
    text = "the vile, vile cake"
    spans = occlusion(classifier, text)
    assert [text[start:end] for start, end, _ in spans] == ["the", "vile", "vile", "cake"]
    whole, without = scores_of(classifier.predict_proba([text, "the vile, [MASK] cake"]))
    assert spans[2][2] == pytest.approx(whole - without, abs=1e-6)
    assert any(drop > 0 for *_, drop in spans) or any(drop < 0 for *_, drop in spans)


def test_the_texts_own_probabilities_come_along(classifier):
    assert occlude(classifier, "vile cake").probabilities == pytest.approx(classifier.predict_proba(["vile cake"])[0].tolist(), abs=1e-6)


def test_neighbours_are_merged_above_the_most_spans():
    text = " ".join(f"word{i}" for i in range(50))
    spans = word_spans(text)
    assert len(spans) == 17
    assert text[spans[0][0] : spans[0][1]] == "word0 word1 word2"
    assert spans[-1][1] == len(text)
    assert len(word_spans(" ".join("a" * MOST_SPANS))) == MOST_SPANS


def test_what_was_masked_for_privacy_is_no_span():
    text = "write to [email] or [handle] today"
    assert [text[start:end] for start, end in word_spans(text)] == ["write", "to", "or", "today"]
    long = "one two three [card] " * 20
    assert len(word_spans(long)) <= MOST_SPANS
    assert all("card" not in long[start:end] for start, end in word_spans(long))


def test_apostrophes_and_hyphens_stay_inside_words():
    text = "don't re-use “quotes”…"
    assert [text[start:end] for start, end in word_spans(text)] == ["don't", "re-use", "quotes"]


@pytest.mark.parametrize("text", ["", "!!! ...", "[email]"])
def test_a_text_without_words_has_no_spans(classifier, text):
    assert occlusion(classifier, text) == []
