import torch

from modeling.ml.encoder import layers_of, top_of
from modeling.ml.states import TOP_LAYERS, StateCache
from modeling.ml.tokens import TokenFeeder

TEXTS = ["a nice muslim", "tea", "what an awful idiot , vile and stupid and rotten !"]


def test_the_top_on_cached_states_says_what_the_whole_encoder_says(classifier):
    cache = StateCache(classifier)
    cache.add(TEXTS)
    inputs = cache.batch(TEXTS)
    top = top_of(classifier.module.encoder, TOP_LAYERS).eval()
    whole = TokenFeeder(classifier.tokenizer, TEXTS, 32).batch(TEXTS)
    with torch.inference_mode():
        actual, expected = top(**inputs).last_hidden_state, classifier.module.encoder(**whole).last_hidden_state
    real = whole["attention_mask"].bool()
    assert torch.equal(inputs["attention_mask"], whole["attention_mask"])
    assert torch.allclose(actual[real], expected[real], atol=5e-3)  # the states are kept in float16
    assert len(layers_of(top)) == TOP_LAYERS


def test_texts_are_computed_once_and_in_any_order(classifier):
    cache, seen = StateCache(classifier), []
    cache.add(TEXTS[:2])
    cache.add(TEXTS, on_progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 1)]
    assert len(cache) == 3
    assert cache.length("tea") == 3
    reverse = StateCache(classifier)
    reverse.add(TEXTS[::-1])
    assert torch.equal(cache.batch(TEXTS)["inputs_embeds"], reverse.batch(TEXTS)["inputs_embeds"])
