"""Maps of a comment: each engine by its own definition, and by its library where it has one."""

import numpy as np
import pytest
import torch

from modeling.errors import NoSuchMapError
from modeling.map_engines import SHARES, MapEngine, MapKey
from modeling.ml.attribution import MOST_SPANS, attribute, occlude, weighed_and_looked, without, word_spans
from modeling.ml.attribution.reading import Reading, _owner
from modeling.ml.attribution.sampled import LIME_SAMPLES, SEED, SHAP_EVALUATIONS
from modeling.ml.thresholds import scores_of

TEXT = "the vile, vile cake and a lovely neighbour"


def made(classifier, engine, text=TEXT, **which):
    return attribute(MapKey(MapEngine(engine), **which), text, classifier, lambda: classifier)


def values(attribution):
    return np.array([value for *_, value in attribution.spans])


def test_an_attribution_is_the_drop_of_the_score_when_the_word_is_masked(classifier):
    text = "the vile, vile cake"
    spans = occlude(classifier, text).spans
    assert [text[start:end] for start, end, _ in spans] == ["the", "vile", "vile", "cake"]
    whole, left = scores_of(classifier.predict_proba([text, "the vile, [MASK] cake"]))
    assert spans[2][2] == pytest.approx(whole - left, abs=1e-6)
    assert any(drop > 0 for *_, drop in spans) or any(drop < 0 for *_, drop in spans)


@pytest.mark.parametrize("engine", MapEngine)
def test_every_engine_explains_the_same_words_and_says_what_the_version_says(classifier, engine):
    found = made(classifier, engine)
    assert [TEXT[start:end] for start, end, _ in found.spans] == ["the", "vile", "vile", "cake", "and", "a", "lovely", "neighbour"]
    assert found.probabilities == pytest.approx(classifier.predict_proba([TEXT])[0].tolist(), abs=1e-5)
    assert np.isfinite(values(found)).all()
    assert np.ptp(values(found)) > 0


@pytest.mark.parametrize("engine", MapEngine)
def test_the_same_call_gives_the_same_map_whatever_was_drawn_before(classifier, engine):
    first = made(classifier, engine)
    np.random.random(7)
    torch.rand(7)
    assert made(classifier, engine) == first


@pytest.mark.parametrize("engine", MapEngine)
@pytest.mark.parametrize("text", ["", "!!! ...", "[email]"])
def test_a_text_without_words_has_no_spans(classifier, engine, text):
    assert made(classifier, engine, text).spans == []


@pytest.mark.parametrize("engine", MapEngine)
def test_a_text_of_one_word_and_one_that_is_cut_are_explained(classifier, engine):
    assert len(made(classifier, engine, "vile").spans) == 1
    long = " ".join(["vile cake and tea"] * 30)
    assert 0 < len(made(classifier, engine, long).spans) <= MOST_SPANS


@pytest.mark.parametrize("engine", sorted(SHARES))
def test_shares_are_of_one_whole(classifier, engine):
    assert values(made(classifier, engine)).sum() == pytest.approx(1)
    assert values(made(classifier, engine)).min() >= 0


def test_integrated_gradients_add_up_to_the_difference_from_the_masked_text(classifier):
    found = made(classifier, "integrated_gradients")
    whole, nothing = scores_of(classifier.predict_proba([TEXT, " ".join(["[MASK]"] * 2) + ", " + " ".join(["[MASK]"] * 6)]))
    assert found.difference == pytest.approx(whole - nothing, abs=1e-5)
    assert values(found).sum() == pytest.approx(whole - nothing, abs=max(0.02 * abs(whole - nothing), 5e-4) + 1e-5)
    assert found.convergence_delta == pytest.approx(values(found).sum() - found.difference, abs=1e-5)


def test_a_long_text_is_integrated_in_small_portions(classifier, monkeypatch):
    """A step of 160 tokens holds 45 MB: what is held at once is bounded in tokens, not in steps."""
    portions = []
    whole = Reading.scores_of
    monkeypatch.setattr(Reading, "scores_of", lambda self, rows: portions.append(rows.shape[:2]) or whole(self, rows))
    monkeypatch.setattr("modeling.ml.attribution.gradients._TOKENS_AT_ONCE", 24)
    made(classifier, "integrated_gradients")
    assert len(portions) > 1
    assert all(rows * tokens <= 24 for rows, tokens in portions)


def test_a_tokeniser_that_counts_the_blank_before_a_word_to_it_owns_the_word_all_the_same():
    text = "the vile cake"
    assert [_owner(text, *offset, word_spans(text)) for offset in ((0, 3), (3, 8), (8, 13), (3, 4), (0, 0))] == [0, 1, 2, -1, -1]


def test_gradient_x_input_is_the_first_term_of_the_scores_change(classifier):
    reading, step = Reading.of(classifier, TEXT), 1e-3
    embeddings = reading.embeddings()
    first = torch.from_numpy(reading.owner == 1)[None, :, None]
    with torch.no_grad():
        scores = reading.scores_of(torch.cat([embeddings * (1 + step * first), embeddings * (1 - step * first)]))
    slope = float(scores[0] - scores[1]) / (2 * step)
    assert values(made(classifier, "gradient_x_input"))[1] == pytest.approx(slope, abs=2e-4)


def test_the_attention_of_a_layer_is_the_mean_of_its_heads_and_the_last_ones_unless_named(classifier):
    assert made(classifier, "attention") == made(classifier, "attention", layer=3)
    heads = [values(made(classifier, "attention", layer=1, head=head)) for head in (1, 2)]
    assert not np.allclose(*heads)
    between = values(made(classifier, "attention", layer=1))
    assert (between >= np.minimum(*heads) - 1e-6).all()
    assert (between <= np.maximum(*heads) + 1e-6).all()


@pytest.mark.parametrize("which", [{"layer": 4}, {"layer": 3, "head": 3}])
def test_a_layer_that_is_not_there_is_named(classifier, which):
    with pytest.raises(NoSuchMapError, match="numbered from 1"):
        made(classifier, "attention", **which)


def test_a_rollout_of_one_layer_is_half_of_its_attention(classifier):
    reading = Reading.of(classifier, TEXT)
    classifier.module.encoder.encoder.layer = classifier.module.encoder.encoder.layer[:1]
    rolled, looked = (values(made(classifier, engine)) for engine in ("attention_rollout", "attention"))
    # The other half of a mean-pooled text is each token itself, the same for every word of one token.
    assert (np.bincount(reading.owner[reading.owner >= 0]) == 1).all()
    assert np.corrcoef(rolled, looked)[0, 1] == pytest.approx(1, abs=1e-5)


def test_shap_agrees_with_its_library_called_by_hand(classifier):
    import shap

    words = ["the", "vile", "cake", "and", "nice", "tea"]
    masker = shap.maskers.Text(r"\s+", mask_token="[MASK] ", collapse_mask_token=False)
    by_hand = shap.Explainer(lambda texts: scores_of(classifier.predict_proba(list(texts))), masker)([" ".join(words)], max_evals=SHAP_EVALUATIONS)
    ours = made(classifier, "shap", " ".join(words))
    assert [str(part).strip() for part in by_hand.data[0]] == words
    assert values(ours) == pytest.approx(by_hand.values[0], abs=1e-6)
    whole, nothing = scores_of(classifier.predict_proba([" ".join(words), " ".join(["[MASK]"] * len(words))]))
    assert values(ours).sum() == pytest.approx(whole - nothing, abs=1e-6)


def test_lime_agrees_with_its_library_called_by_hand(classifier):
    from lime.lime_text import LimeTextExplainer

    def probabilities(texts):
        scores = scores_of(classifier.predict_proba(texts))
        return np.stack([1 - scores, scores], axis=1)

    text = "the vile cake and nice tea"
    explainer = LimeTextExplainer(bow=False, split_expression=r"\s+", mask_string="[MASK]", random_state=SEED, feature_selection="none")
    by_hand = dict(explainer.explain_instance(text, probabilities, num_features=6, num_samples=LIME_SAMPLES).as_map()[1])
    assert values(made(classifier, "lime", text)) == pytest.approx([by_hand[i] for i in range(6)], abs=1e-6)


@pytest.mark.parametrize("engine", ["attention", "integrated_gradients"])
def test_a_version_that_reads_another_text_has_maps_of_masked_words_alone(classifier, engine):
    from dataclasses import replace

    reads_otherwise = replace(classifier, config=classifier.config.but(mask_identities=True))
    with pytest.raises(NoSuchMapError, match="words replaced"):
        made(reads_otherwise, engine)
    assert occlude(reads_otherwise, TEXT).spans


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


def test_what_is_deleted_leaves_no_hole():
    assert without("the vile, vile cake", [(4, 8), (15, 19)]) == "the , vile"


@pytest.mark.parametrize("wrong", [{"engine": "lime", "layer": 1}, {"engine": "attention", "head": 1}, {"engine": "attention", "layer": 0}])
def test_a_map_that_cannot_be_is_refused_and_each_other_is_found_by_its_name(wrong):
    with pytest.raises(ValueError):
        MapKey(MapEngine(wrong.pop("engine")), **wrong)
    for key in (MapKey(MapEngine.SHAP), MapKey(MapEngine.ATTENTION, 6), MapKey(MapEngine.ATTENTION, 6, 12)):
        assert MapKey.of(key.stored_as) == key


def test_what_weighs_and_where_it_looked_come_from_one_pass_and_are_the_same_maps(classifier):
    weighed, looked = weighed_and_looked(classifier, TEXT)
    assert weighed == made(classifier, "gradient_x_attention")
    assert [span[:2] for span in looked.spans] == [span[:2] for span in weighed.spans]
    assert values(looked) == pytest.approx(values(made(classifier, "attention")), abs=1e-6)


def test_words_that_the_model_did_not_read_are_left_out_of_both(classifier):
    long = "the muslim neighbour " + " ".join(["vile"] * 60)
    assert len(word_spans(long)) > len(weighed_and_looked(classifier, long)[0].spans) > 0
    assert weighed_and_looked(classifier, "!!!")[0].spans == []
