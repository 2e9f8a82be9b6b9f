import json

import numpy as np
import pytest
import torch

from modeling.errors import WeightsChangedError
from modeling.ml.classifier import MANIFEST, WEIGHTS, BiasBert, load_version, save_version

TEXTS = ["the muslim neighbour was nice .", "tea", "what an awful idiot , vile and stupid and rotten !"]


def test_probabilities_are_those_of_the_softmax(classifier):
    p = classifier.predict_proba(TEXTS)
    assert p.shape == (3, 3)
    assert p.dtype == np.float32
    assert p.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-6)
    inputs = classifier.tokenizer(TEXTS, return_tensors="pt", padding=True)
    with torch.inference_mode():
        expected = classifier.module(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).softmax(1)
    assert np.allclose(p, expected.numpy(), atol=1e-6)


def test_mean_pooling_leaves_padding_out_and_cls_takes_the_first(classifier):
    encoder = classifier.module.encoder
    ids, mask = torch.tensor([[2, 10, 3, 0]]), torch.tensor([[1, 1, 1, 0]])
    states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    mean, cls = (BiasBert(encoder, pooling).eval().pool(input_ids=ids, attention_mask=mask) for pooling in ("mean", "cls"))
    assert torch.allclose(mean, states[:, :3].mean(dim=1), atol=1e-6)
    assert torch.equal(cls, states[:, 0])
    with pytest.raises(ValueError, match="pooling"):
        BiasBert(encoder, "max")


def test_embeddings_times_head_are_the_logits(classifier):
    embeddings = classifier.embed(TEXTS)
    assert embeddings.shape == (3, 16)
    with torch.inference_mode():
        p = classifier.module.classify(torch.from_numpy(embeddings)).softmax(1).numpy()
    assert np.allclose(p, classifier.predict_proba(TEXTS), atol=1e-6)


def test_a_version_comes_back_with_the_same_bytes(classifier, tmp_path):
    manifest = save_version(tmp_path / "v1", classifier, {"data_sha256": "abc"})
    loaded = load_version(tmp_path / "v1")
    assert loaded.predict_proba(TEXTS).tobytes() == classifier.predict_proba(TEXTS).tobytes()
    assert (loaded.threshold, loaded.config) == (0.4, classifier.config)
    assert manifest == json.loads((tmp_path / "v1" / MANIFEST).read_text())
    assert manifest["data_sha256"] == "abc"
    assert manifest["seed"] == classifier.config.seed
    assert manifest["libraries"]["torch"] == torch.__version__
    assert len(manifest["weights_sha256"]) == 64
    assert manifest["threshold"] == 0.4


def test_changed_weights_are_refused(classifier, tmp_path):
    save_version(tmp_path / "v1", classifier, {})
    weights = tmp_path / "v1" / WEIGHTS
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(WeightsChangedError, match="changed"):
        load_version(tmp_path / "v1")


def test_a_version_is_never_written_again(classifier, tmp_path):
    save_version(tmp_path / "v1", classifier, {})
    with pytest.raises(FileExistsError, match="v1"):
        save_version(tmp_path / "v1", classifier, {})


def test_a_version_that_cannot_be_written_leaves_nothing(classifier, tmp_path):
    with pytest.raises(TypeError):
        save_version(tmp_path / "v1", classifier, {"not JSON": object()})
    assert list(tmp_path.iterdir()) == []
