"""A version's head over stored vectors."""

import numpy as np

from modeling.ml.classifier import TORCH_BF16, TORCH_FP32
from modeling.ml.openvino_engine import OPENVINO_ENGINES
from modeling.ml.stored_head import ROUNDING, Head, probabilities, rounded

RNG = np.random.default_rng(0)
HEAD = Head(RNG.standard_normal((3, 8)).astype(np.float32), RNG.standard_normal(3).astype(np.float32))
VECTORS = RNG.standard_normal((20, 8)).astype(np.float32)


def test_its_rounding_leads_from_its_logits_to_the_engines_probabilities() -> None:
    logits = HEAD.logits(VECTORS)
    p = probabilities(logits + RNG.normal(0, 0.01, logits.shape)).astype(np.float32)
    assert np.abs(probabilities(logits + rounded(p, logits)) - p).max() < 1e-7
    assert probabilities(HEAD.logits(VECTORS[:0])).shape == (0, 3)


def test_every_engine_has_a_bound_and_that_of_float32_is_the_narrowest() -> None:
    assert set(ROUNDING) == {TORCH_FP32, TORCH_BF16, *OPENVINO_ENGINES}
    assert all(ROUNDING[TORCH_FP32].largest < ROUNDING[engine].largest < 0.5 for engine in set(ROUNDING) - {TORCH_FP32})


def test_a_head_is_equal_where_every_byte_is() -> None:
    assert Head(HEAD.weight.copy(), HEAD.bias.copy()) == HEAD
    other = Head(np.nextafter(HEAD.weight, np.float32(1)), HEAD.bias)
    assert other != HEAD
    assert 0 < HEAD.distance(other) < 1e-6
