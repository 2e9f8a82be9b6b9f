import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
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


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """What a full disk does to a writer: part of a write is taken, then an OSError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_an_addition_on_a_full_disk_adds_nothing_and_can_be_made_again(classifier):
    cache, whole = StateCache(classifier), StateCache(classifier)
    whole.add(TEXTS)
    cache.add(TEXTS[:1])
    before = cache.batch(TEXTS[:1])["inputs_embeds"]
    with files_no_longer_than(before.numel() * 2 + 100), pytest.raises(OSError, match="too large"):
        cache.add(TEXTS)
    assert len(cache) == 1
    assert torch.equal(cache.batch(TEXTS[:1])["inputs_embeds"], before)
    cache.add(TEXTS)
    assert torch.equal(cache.batch(TEXTS)["inputs_embeds"], whole.batch(TEXTS)["inputs_embeds"])


def test_a_longer_addition_that_was_stopped_leaves_nothing_behind_a_shorter_one(classifier):
    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    cache, alone = StateCache(classifier), StateCache(classifier)
    alone.add(["tea"])
    with pytest.raises(KeyboardInterrupt):
        cache.add(TEXTS, stop)
    assert len(cache) == 0
    cache.add(["tea"])
    cache.add(TEXTS[2:])
    assert torch.equal(cache.batch(["tea"])["inputs_embeds"], alone.batch(["tea"])["inputs_embeds"])
    whole = StateCache(classifier)
    whole.add(TEXTS)
    assert torch.equal(cache.batch(TEXTS[1:])["inputs_embeds"], whole.batch(TEXTS[1:])["inputs_embeds"])
