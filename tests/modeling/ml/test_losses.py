"""Each term: its value and its gradient against numbers worked out by hand."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from modeling.ml.losses import (
    binary_margin_loss,
    jensen_shannon,
    kl_to_uniform,
    logit_pairing,
    min_diff,
    soft_cross_entropy,
    squared_mmd,
    toxicity_scores,
    unlikelihood,
    weighted_share,
)

LN2, LN3 = math.log(2), math.log(3)
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


def test_unlikelihood_is_what_is_not_on_the_levels_that_people_named():
    z = logits(QUARTERS)
    loss = unlikelihood(z, torch.tensor([[0.0, 0.5, 0.5]], dtype=torch.float64))
    # p(q) = .5/4 + .5 * 2/4 = 3/8
    assert loss.tolist() == pytest.approx([5 / 8])
    # -p_k (q_k - p(q))
    assert close(gradient(loss.sum(), z), [[0.25 * 3 / 8, -0.25 * 1 / 8, -0.5 * 1 / 8]])


def test_jensen_shannon_of_a_worked_example():
    z = logits(QUARTERS)
    loss = jensen_shannon(z, torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64))
    # Middle (1/8, 1/8, 3/4): .5 (1/4 ln 2 + 1/4 ln 2 + 1/2 ln 2/3) + .5 ln 4/3 = 1.5 ln 2 - .75 ln 3
    assert loss.tolist() == pytest.approx([1.5 * LN2 - 0.75 * LN3])
    # by p_k: .5 ln(p_k / middle_k); through the softmax: (ln 3 / 16, ln 3 / 16, -ln 3 / 8)
    assert close(gradient(loss.sum(), z), [[LN3 / 16, LN3 / 16, -LN3 / 8]])


distributions = st.lists(st.floats(0.001, 1.0), min_size=3, max_size=3).map(lambda parts: [part / sum(parts) for part in parts])


def between(p: list[float], q: list[float]) -> float:
    return jensen_shannon(torch.tensor([p], dtype=torch.float64).log(), torch.tensor([q], dtype=torch.float64)).item()


@given(distributions, distributions)
def test_jensen_shannon_is_symmetric_and_at_most_ln_2(p: list[float], q: list[float]):
    assert between(p, q) == pytest.approx(between(q, p), abs=1e-12)
    assert -1e-12 <= between(p, q) <= LN2
    assert between(p, p) == pytest.approx(0, abs=1e-12)


def test_jensen_shannon_comes_close_to_ln_2_where_nothing_is_shared():
    assert jensen_shannon(logits([60.0, 0.0, 0.0]), torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64)).item() == pytest.approx(LN2)


def test_squared_mmd_of_a_worked_example():
    x, y = (torch.tensor(values, dtype=torch.float64, requires_grad=True) for values in ([0.0], [0.1, 0.1]))
    # One length apart: 1 - 2 / e + 1
    assert squared_mmd(x, y).item() == pytest.approx(2 - 2 / math.e)
    # d/dx -2 exp(-((x - y)/.1)^2) = 4 (x - y) / .01 / e; each y pulls back with half of it
    assert gradient(squared_mmd(x, y), x).tolist() == pytest.approx([-40 / math.e])
    assert gradient(squared_mmd(x, y), y).tolist() == pytest.approx([20 / math.e, 20 / math.e])
    # (2 + 2/e)/4 - 2 (1 + 1/e)/2 + 1
    assert squared_mmd(torch.tensor([0.0, 0.1]), torch.tensor([0.0])).item() == pytest.approx(0.5 - 0.5 / math.e)


scores = st.lists(st.floats(0, 1), min_size=1, max_size=8)


@given(scores, scores)
def test_squared_mmd_is_never_negative_and_0_for_equal_samples(x: list[float], y: list[float]):
    a, b = torch.tensor(x, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)
    assert squared_mmd(a, b).item() >= -1e-12
    assert squared_mmd(a, b).item() == pytest.approx(squared_mmd(b, a).item(), abs=1e-12)
    assert squared_mmd(a, a.flip(0)).item() == pytest.approx(0, abs=1e-12)


def test_min_diff_weighs_each_subgroup_by_its_members_and_multiplier():
    s = torch.tensor([0.0, 0.1], dtype=torch.float64, requires_grad=True)
    # Subgroups: the first comment; the second; nobody; both (nothing is left to compare with).
    memberships = torch.tensor([[True, False, False, True], [False, True, False, True]])
    loss = min_diff(s, memberships, torch.tensor([1.0, 3.0, 7.0, 7.0], dtype=torch.float64))
    # (1 * 1 * MMD + 3 * 1 * MMD) / 2, MMD = 2 - 2/e as above
    assert loss.item() == pytest.approx(4 - 4 / math.e)
    assert gradient(loss, s).tolist() == pytest.approx([-80 / math.e, 80 / math.e])


def test_min_diff_of_a_batch_that_mentions_nobody_is_zero_and_has_a_gradient():
    s = torch.tensor([0.0, 0.1], requires_grad=True)
    loss = min_diff(s, torch.zeros((2, 1), dtype=torch.bool), torch.ones(1))
    assert loss.item() == 0
    assert gradient(loss, s).tolist() == [0, 0]


def test_the_toxicity_score_is_half_of_mild_and_all_of_high():
    z = logits(QUARTERS)
    assert toxicity_scores(z).tolist() == pytest.approx([5 / 8])
    assert close(gradient(toxicity_scores(z).sum(), z), [[0.25 * -5 / 8, 0.25 * -1 / 8, 0.5 * 3 / 8]])
