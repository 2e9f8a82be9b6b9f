import pytest
import torch

from modeling.config import TrainingConfig
from modeling.ml.checkpoint import Checkpoint
from modeling.ml.device import best_attention, device_of, generators, mixed_precision, set_generators, to_device
from modeling.ml.states import StateCache
from modeling.ml.training import train_full, train_middle
from tests.modeling.ml.conftest import make_data

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here: the path is written, and run where there is one")
CPU = torch.device("cpu")


def test_cpu_is_kept_and_auto_is_what_there_is():
    assert device_of("cpu") == CPU
    assert device_of("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_cuda_without_a_device_is_refused_and_not_replaced():
    with pytest.raises(RuntimeError, match="no CUDA device"):
        device_of("cuda")


def test_a_device_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="device"):
        TrainingConfig(device="gpu")


@pytest.mark.parametrize(("precision", "dtype"), [("float32", torch.float32), ("bfloat16", torch.bfloat16)])
def test_the_products_have_the_precision_asked_for(precision, dtype):
    one = torch.ones((2, 2))
    with mixed_precision(precision, CPU):
        assert (one @ one).dtype == dtype


def test_generators_are_put_back():
    before = generators(CPU)
    drawn = torch.rand(3)
    set_generators(before, CPU)
    assert torch.equal(torch.rand(3), drawn)


def test_on_a_processor_inputs_stay_and_attention_is_plain():
    inputs = {"input_ids": torch.ones(2)}
    assert to_device(inputs, CPU) is inputs
    assert best_attention(CPU) == "eager"
    assert best_attention(torch.device("cuda")) == "sdpa"


@needs_cuda
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_both_lanes_train_on_cuda_and_come_back(config, tiny_encoder, tmp_path, precision):
    config = config.but(device="cuda", precision=precision, group_kl_weight=0.1)
    data = make_data(60, config)
    full = train_full(data, config, str(tiny_encoder), checkpoint=Checkpoint(tmp_path / "training.pt", every_steps=4))
    assert next(full.classifier.module.parameters()).device.type == "cpu"
    assert full.loss_steps[-1]["ce"] < full.loss_steps[0]["ce"]
    states = StateCache(full.classifier)
    middle = train_middle(full.classifier, data, None, config, states)
    assert middle.loss_steps[-1]["ce"] < full.loss_steps[0]["ce"]


@needs_cuda
def test_cuda_in_float32_says_what_the_processor_says(config, tiny_encoder):
    data = make_data(60, config)
    settings = config.but(epochs=1, dropout=0.0)
    losses = [[step["ce"] for step in train_full(data, settings.but(device=device), str(tiny_encoder)).loss_steps] for device in ("cpu", "cuda")]
    assert losses[1] == pytest.approx(losses[0], abs=1e-2)
