"""Each term: its value and its gradient against numbers worked out by hand."""

import math

import pytest
import torch

from modeling.ml.losses import binary_margin_loss, kl_to_uniform, logit_pairing, soft_cross_entropy, weighted_share

LN2 = math.log(2)
# softmax(0, 0, ln 2) = (1, 1, 2) / 4
QUARTERS = [0.0, 0.0, LN2]


def logits(*rows: list[float]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64, requires_grad=True)


def gradient(loss: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    return torch.autograd.grad(loss, z)[0]


def close(actual: torch.Tensor, expected: list[list[float]]) -> bool:
    return torch.allclose(actual, torch.tensor(expected, dtype=actual.dtype), atol=1e-12)


def mean(values: torch.Tensor, weights: list[float]) -> torch.Tensor:
    return weighted_share(values, torch.tensor(weights), torch.tensor(weights).sum())


def test_soft_cross_entropy_is_the_weighted_mean_over_weights():
    z = logits(QUARTERS, [0.0, 0.0, 0.0])
    q = torch.tensor([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]], dtype=torch.float64)
    loss = mean(soft_cross_entropy(z, q), [3.0, 1.0])
    # -.5 ln(1/4) - .5 ln(2/4) = 1.5 ln 2; ln 3 for the uniform row; (3 * 1.5 ln 2 + ln 3) / 4
    assert loss.item() == pytest.approx((4.5 * LN2 + math.log(3)) / 4)
    # w (p - q) / sum w
    assert close(gradient(loss, z), [[3 / 4 * 0.25, 3 / 4 * -0.25, 0.0], [(1 / 3 - 1) / 4, 1 / 12, 1 / 12]])


def test_soft_cross_entropy_of_nothing_is_zero_and_has_a_gradient():
    z = logits(QUARTERS)
    loss = mean(soft_cross_entropy(z, torch.tensor([[1.0, 0.0, 0.0]])), [0.0])
    assert loss.item() == 0
    assert close(gradient(loss, z), [[0.0, 0.0, 0.0]])


def test_binary_margin_is_the_cross_entropy_of_the_score():
    z = logits(QUARTERS, QUARTERS)
    loss = mean(binary_margin_loss(z, torch.tensor([1.0, 0.0])), [1.0, 3.0])
    # score = .5 * 1/4 + 1/2 = 5/8: (-ln 5/8 - 3 ln 3/8) / 4
    assert loss.item() == pytest.approx((-math.log(5 / 8) - 3 * math.log(3 / 8)) / 4)
    # d score / d z_k = p_k (v_k - score), v = (0, .5, 1); times -1/score / 4 where toxic, 3/(1 - score) / 4 where not
    slope = [0.25 * -5 / 8, 0.25 * -1 / 8, 0.5 * 3 / 8]
    assert close(gradient(loss, z), [[-8 / 5 / 4 * s for s in slope], [8 / 3 * 3 / 4 * s for s in slope]])


def test_binary_margin_stays_finite_at_extreme_logits():
    z = logits([500.0, 0.0, -500.0])
    loss = mean(binary_margin_loss(z, torch.tensor([1.0])), [1.0])
    assert loss.item() == pytest.approx(500 + LN2)
    assert torch.isfinite(gradient(loss, z)).all()


def test_kl_to_uniform_is_the_papers_term():
    z = logits(QUARTERS, [0.0, 0.0, 0.0])
    loss = kl_to_uniform(z)
    # KL((1, 1, 2)/4 || U) = .5 ln(3/4) + .5 ln(3/2) = ln 3 - 1.5 ln 2; 0 for the uniform row; mean of both
    assert loss.item() == pytest.approx((math.log(3) - 1.5 * LN2) / 2)
    # p_k (ln p_k + H) / n, H = 1.5 ln 2
    assert close(gradient(loss, z), [[0.25 * -0.5 * LN2 / 2, 0.25 * -0.5 * LN2 / 2, 0.5 * 0.5 * LN2 / 2], [0.0, 0.0, 0.0]])


@pytest.mark.parametrize(("p", "nats"), [(0.55, 0.005), (0.75, 0.131), (0.95, 0.495)])
def test_kl_to_uniform_over_two_levels_has_the_values_that_the_papers_table_8_should_have(p: float, nats: float):
    two = p * math.log(2 * p) + (1 - p) * math.log(2 * (1 - p))
    assert two == pytest.approx(nats, abs=5e-4)
    # Against three levels, with the third at next to nothing, it is larger by ln 3/2.
    assert kl_to_uniform(logits([math.log(p), math.log(1 - p), -60.0])).item() == pytest.approx(two + math.log(1.5), abs=1e-9)


def test_logit_pairing_is_the_weighted_mean_of_squared_distances():
    z, twin = logits([1.0, 0.0, 0.0], [0.0, 2.0, 0.0]), logits([0.0, 0.0, 0.0], [0.0, 0.0, 1.0])
    loss = logit_pairing(z, twin, torch.tensor([1.0, 0.5], dtype=torch.float64))
    # (1 * 1 + .5 * (4 + 1)) / 2
    assert loss.item() == pytest.approx(1.75)
    assert close(gradient(loss, z), [[1.0, 0.0, 0.0], [0.0, 1.0, -0.5]])
    loss = logit_pairing(z, twin, torch.tensor([1.0, 0.5], dtype=torch.float64))
    assert close(gradient(loss, twin), [[-1.0, 0.0, 0.0], [0.0, -1.0, 0.5]])


def test_logit_pairing_without_pairs_is_zero():
    assert logit_pairing(torch.zeros((0, 3)), torch.zeros((0, 3)), torch.zeros(0)).item() == 0
