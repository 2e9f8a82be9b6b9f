"""Whatever a comment holds, what was masked in it is in no map: not by any engine, not on a page, not through the API."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modeling.map_engines import SLOW, MapEngine, MapKey
from modeling.ml.attribution import attribute, word_spans
from modeling.ml.attribution.sampled import lime_map, shap_map
from modeling.ml.masking import MASKS, mask
from modeling.models import Explanation
from modeling.reports import map_report, shade
from tests.modeling.ml.conftest import classifier, config, one_thread, tiny_encoder

__all__ = ["classifier", "config", "one_thread", "tiny_encoder"]

PRIVATE = st.sampled_from(
    ["ann@example.org", "+44 20 7946 0958", "@ann_b", "https://example.org/ann?x=1", "192.168.7.12", "4111 1111 1111 1111", "www.example.org/a"]
)
WORDS = st.one_of(st.sampled_from(["vile", "cake", "email", "card", "the", "link", "a", "ip"]), st.text(max_size=6))
GAPS = st.sampled_from([" ", ", ", "-", "'", "", "(", "]", "\n"])


@st.composite
def texts(draw):
    """Words and private things in any order, with anything between them; masked as an import masks them."""
    parts = draw(st.lists(st.tuples(st.one_of(WORDS, PRIVATE), GAPS), min_size=1, max_size=40))
    return mask("".join(part + gap for part, gap in parts))[0]


def masked_places(text):
    found = []
    for name in MASKS:
        start = text.find(name)
        while start >= 0:
            found.append((start, start + len(name)))
            start = text.find(name, start + 1)
    return found


def overlap(spans, text):
    return [(one, place) for one in spans for place in masked_places(text) if one[0] < place[1] and place[0] < one[1]]


ANY = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}


@given(text=texts())
@settings(max_examples=200, **ANY)
def test_no_span_holds_any_of_it(text):
    places = word_spans(text)
    assert not overlap(places, text)
    assert len(places) <= 24


@given(text=texts())
@settings(max_examples=15, **ANY)
def test_no_engine_gives_it_a_figure(classifier, text):
    for engine in MapEngine:
        if engine not in SLOW:
            assert not overlap(attribute(MapKey(engine), text, classifier, lambda: classifier).spans, text)


@given(text=texts())
@settings(max_examples=5, **ANY)
def test_nor_do_those_that_hand_the_text_to_a_library(classifier, text):
    for made in (shap_map, lime_map):
        spans = made(classifier, text).spans
        assert [span[:2] for span in spans] == word_spans(text)


@given(text=texts(), data=st.data())
@settings(max_examples=100, **ANY)
def test_a_page_and_the_api_show_none_even_where_a_stored_map_would_name_it(text, data):
    """Spans that no engine of ours would make."""
    ends = st.integers(0, len(text) + 2)
    spans = [[*sorted(pair), value] for pair, value in data.draw(st.lists(st.tuples(st.tuples(ends, ends), st.floats(-1, 1)), max_size=8))]
    shaded = shade(text, spans)
    assert "".join(piece.text for piece in shaded.pieces) == text
    assert not overlap([(start, start + len(piece.text)) for start, piece in shaded.placed], text)
    assert not overlap_of_shades(shaded, text)
    report = map_report(Explanation(engine="occlusion", spans=spans, figures={}), text)
    assert not any(name in words for words, _ in report.words for name in MASKS)


def overlap_of_shades(shaded, text):
    start, found = 0, []
    for piece in shaded.pieces:
        if piece.shade:
            found.append((start, start + len(piece.text)))
        start += len(piece.text)
    return overlap(found, text)


@pytest.mark.parametrize("name", MASKS)
def test_a_mask_between_words_parts_them(name):
    text = " ".join(["one two three", name] * 20)
    assert not overlap(word_spans(text), text)
