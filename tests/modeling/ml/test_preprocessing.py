"""The paper's preprocessing, with the small spaCy model itself."""

from dataclasses import replace

import pytest

from modeling.config import TrainingConfig
from modeling.ml.classifier import load_version, save_version
from modeling.ml.head import EmbeddingCache, train_fast
from modeling.ml.preprocessing import prepare, preprocess
from modeling.ml.states import StateCache
from modeling.ml.training import train_full, train_middle

PAPER = TrainingConfig(preprocessing="paper")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The WOMEN were running home!!", "woman run home"),
        ("3 cats, 2 dogs & 10,000 birds :-) #pets", "cat dog bird pet"),
        ("I do not like this", "like"),
        ("don’t worry", "worry"),
        ("café déjà-vu", "café déjà vu"),
        ("1234 ?!", ""),
        ("", ""),
    ],
)
def test_lower_case_no_specials_no_digits_no_stop_words_lemmas(text, expected):
    assert preprocess([text]) == [expected]


def test_it_deletes_not():
    nice, not_nice = preprocess(["the neighbours are nice", "the neighbours are not nice"])
    assert nice == not_nice


@pytest.mark.parametrize("mask", ["[MASK]", "<mask>"])
def test_the_mask_token_stays(mask):
    assert preprocess([f"The {mask} were running, {mask}!"], mask) == [f"{mask} run {mask}"]


def test_the_order_stays_over_many_texts():
    texts = [f"cat{'s' * (i % 2)} {chr(97 + i % 26)}zz" for i in range(1100)]
    assert [text.split()[-1] for text in preprocess(texts)] == [text.split()[-1] for text in texts]


def test_none_leaves_texts_alone():
    texts = ["The WOMEN were running home!!"]
    assert prepare(texts, TrainingConfig(), "[MASK]") is texts


def test_identity_words_are_masked_after_it():
    assert prepare(["The Muslims were running home!"], PAPER.but(mask_identities=True), "[MASK]") == ["[MASK] run home"]


def test_an_unknown_preprocessing_is_refused():
    with pytest.raises(ValueError, match="preprocessing must be one of none, paper"):
        TrainingConfig(preprocessing="porter")


def test_a_version_prepares_at_prediction_as_it_was_trained_and_after_a_reload(data, config, tiny_encoder, tmp_path):
    trained = train_full(data, config.but(preprocessing="paper", epochs=1), str(tiny_encoder)).classifier
    save_version(tmp_path / "version", trained, {})
    for version in (trained, load_version(tmp_path / "version")):
        plain, dressed, other = version.predict_proba(["cake good", "The CAKE was so good!!", "awful rain"])
        assert (plain == dressed).all()
        assert (plain != other).any()


def test_the_encoder_is_trained_on_prepared_texts(data, config):
    read = data.as_read(config.but(preprocessing="paper"), "[MASK]")
    assert read.texts == preprocess(data.texts)
    assert [twin for twin in read.twins if twin] == preprocess([twin for twin in data.twins if twin])
    assert read.keys == data.keys


@pytest.mark.parametrize("lane", ["fast", "middle"])
def test_the_lanes_above_a_base_prepare_as_the_base_does(classifier, data, config, lane):
    base = replace(classifier, config=config.but(preprocessing="paper"))
    training = train_fast(base, data, None, config) if lane == "fast" else train_middle(base, data, None, config, StateCache(base))
    assert training.classifier.config.preprocessing == "paper"
    plain, dressed = training.classifier.predict_proba(["cake good", "The CAKE was so good!!"])
    assert (plain == dressed).all()


def test_the_fast_lane_prepares_once(classifier, config):
    """Its texts come prepared: out of its sentence a word may have another lemma."""
    assert preprocess(["he was bored of it"]) != preprocess(preprocess(["he was bored of it"]))
    cache = EmbeddingCache(replace(classifier, config=config.but(preprocessing="paper")))
    cache.add(["the cats are awful"])
    assert (cache.matrix(["the cats are awful"])[0, :-1].float().numpy() == classifier.embed(["the cats are awful"])[0]).all()
