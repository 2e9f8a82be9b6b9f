from dataclasses import replace

import numpy as np
import pytest

from modeling.ml.encoder import bf16_is_fast
from modeling.ml.inference import uses_bf16
from tests.modeling.ml.conftest import WORDS

RNG = np.random.default_rng(0)
TEXTS = [" ".join(RNG.choice(WORDS, RNG.integers(1, 25))) for _ in range(300)]


def test_results_come_in_the_order_of_the_texts(classifier):
    shuffled = RNG.permutation(len(TEXTS))
    p = classifier.predict_proba(TEXTS)
    assert np.allclose(classifier.predict_proba([TEXTS[i] for i in shuffled]), p[shuffled], atol=1e-6)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_text_scores_the_same_in_any_company(classifier, precision):
    classifier = replace(classifier, config=classifier.config.but(precision=precision))
    together = classifier.predict_proba(TEXTS[:40])
    alone = np.concatenate([classifier.predict_proba([text]) for text in TEXTS[:40]])
    assert np.abs(together - alone).max() < 1e-5


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_head_adds_nothing_of_its_own_to_that(classifier, precision):
    """Whose vector is the same in any company has the same probabilities, to the last bit."""
    classifier = replace(classifier, config=classifier.config.but(precision=precision))
    texts = TEXTS[:40]
    vectors, alone_vectors = classifier.embed(texts), np.concatenate([classifier.embed([text]) for text in texts])
    same = (vectors == alone_vectors).all(axis=1)
    assert same.any()
    alone = np.concatenate([classifier.predict_proba([text]) for text in texts])
    assert np.array_equal(classifier.predict_proba(texts)[same], alone[same])


def test_the_same_call_gives_the_same_bytes(classifier):
    assert classifier.predict_proba(TEXTS).tobytes() == classifier.predict_proba(TEXTS).tobytes()


def test_progress_rises_to_the_number_of_texts(classifier):
    seen = []
    classifier.predict_proba(TEXTS, on_progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (300, 300)
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert len(seen) > 1


def test_no_texts_give_no_rows(classifier):
    assert classifier.predict_proba([]).shape == (0, 3)


def test_a_text_longer_than_the_most_tokens_is_cut(classifier):
    long = "vile " * 200
    assert np.allclose(classifier.predict_proba([long]), classifier.predict_proba(["vile " * 40]), atol=1e-6)


def test_bfloat16_moves_no_probability_far(classifier):
    exact, rounded = (replace(classifier, config=classifier.config.but(precision=name)).predict_proba(TEXTS) for name in ("float32", "bfloat16"))
    assert 0 < np.abs(exact - rounded).max() < 0.05


def test_precision_is_the_processors_unless_it_is_named():
    assert uses_bf16("bfloat16")
    assert not uses_bf16("float32")
    assert uses_bf16("auto") == bf16_is_fast()
