"""Group KL: value and gradient by the predictions themselves, worked out by hand."""

import math

import pytest
import torch

from modeling.ml.group_means import GroupMeans

LN2 = math.log(2)
MEMBER, OTHER = [0.5, 0.25, 0.25], [0.25, 0.5, 0.25]
ONE = torch.ones(1, dtype=torch.float64)


def predictions(*rows: list[float]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64, requires_grad=True)


def of_first(count: int, members: int) -> torch.Tensor:
    return (torch.arange(count) < members)[:, None]


def weights(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_the_first_batch_is_compared_as_it_is():
    p = predictions(MEMBER, OTHER)
    loss = GroupMeans(1, beta=0.5).loss(p, weights(1, 1), of_first(2, 1), 3 * ONE)
    # KL = 1/2 ln 2 - 1/4 ln 2; one member counts 1 / (1 + 20); multiplier 3
    assert loss.item() == pytest.approx(3 / 21 * LN2 / 4)
    # By the member: ln(m / b) + 1; by the other: -m / b
    by_member, by_other = torch.autograd.grad(loss, p)[0].tolist()
    assert by_member == pytest.approx([3 / 21 * (LN2 + 1), 3 / 21 * (1 - LN2), 3 / 21])
    assert by_other == pytest.approx([-3 / 21 * 2, -3 / 21 / 2, -3 / 21])


def test_the_gradient_does_not_vanish_in_the_running_mean():
    means = GroupMeans(1, beta=0.5)
    means.loss(predictions(MEMBER, OTHER), weights(1, 1), of_first(2, 1), ONE)
    p = predictions(MEMBER, OTHER)
    loss = means.loss(p, weights(1, 1), of_first(2, 1), ONE)
    # n = .5 + 1; the batch moves the mean by 1 / 1.5 = (1 - .5) / (1 - .25) of its own, and that is divided by
    assert loss.item() == pytest.approx(1.5 / 21.5 * LN2 / 4 * 1.5)
    assert torch.autograd.grad(loss, p)[0][0].tolist() == pytest.approx([1.5 / 21.5 * (LN2 + 1), 1.5 / 21.5 * (1 - LN2), 1.5 / 21.5])


def test_members_count_by_how_surely_they_are_harmless():
    p = predictions([1.0, 0.0, 0.0], [0.25, 0.25, 0.5], OTHER)
    loss = GroupMeans(1, beta=0.9).loss(p, weights(1, 0.5, 1), of_first(3, 2), ONE)
    # ((1, 0, 0) + .5 (1, 1, 2)/4) / 1.5 = (3/4, 1/12, 1/6)
    kl = 3 / 4 * math.log(3) + 1 / 12 * math.log(1 / 6) + 1 / 6 * math.log(2 / 3)
    assert loss.item() == pytest.approx(1.5 / 21.5 * kl)


def test_a_subgroup_keeps_its_mean_through_batches_that_do_not_mention_it():
    means = GroupMeans(1, beta=0.5)
    means.loss(predictions(MEMBER, OTHER), weights(1, 1), of_first(2, 1), ONE)
    p = predictions(OTHER)
    silent = means.loss(p, weights(1), of_first(1, 0), ONE)
    assert silent.item() == 0
    assert torch.autograd.grad(silent, p)[0].abs().sum() == 0
    assert (means.sums[0] / means.weights[0, :, None]).tolist() == [MEMBER]
    assert means.weights[0].tolist() == [0.5]


def test_equal_means_cost_nothing():
    loss = GroupMeans(1, beta=0.9).loss(predictions(MEMBER, OTHER, MEMBER, OTHER), weights(1, 1, 1, 1), of_first(4, 2), ONE)
    assert loss.item() == pytest.approx(0, abs=1e-12)


def test_a_probability_that_rounds_to_nothing_leaves_value_and_gradient_finite():
    logits = torch.tensor([[120.0, 0.0, 0.0], [0.0, 0.0, 0.0]], requires_grad=True)
    loss = GroupMeans(1, beta=0.9).loss(torch.softmax(logits, dim=1), torch.ones(2), of_first(2, 1), torch.ones(1))
    loss.backward()
    assert loss.item() == pytest.approx(math.log(3) / 21)
    assert torch.isfinite(logits.grad).all()


def test_it_goes_on_from_its_state_as_if_it_had_never_stopped():
    first, resumed = GroupMeans(1, beta=0.5), GroupMeans(1, beta=0.5)
    batch = (predictions(MEMBER, OTHER), weights(1, 1), of_first(2, 1), ONE)
    first.loss(*batch)
    resumed.load_state_dict(first.state_dict())
    assert first.loss(*batch).item() == resumed.loss(*batch).item()
