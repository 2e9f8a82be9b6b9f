"""The terms of L = CE + lambda * L_bias + mu * L_feedback (model.md 3). Each takes logits (n, 3) and returns a scalar tensor."""

import math

import torch
from torch import Tensor
from torch.nn import functional

_LEVEL_COUNT = 3
_HALF = math.log(0.5)


def soft_cross_entropy(logits: Tensor, q: Tensor, weights: Tensor) -> Tensor:
    """`sum_i w_i CE(q_i, p_i) / sum_i w_i` in nats; q: (n, 3) soft labels, weights: (n,) >= 0. 0 where all weights are 0."""
    entropies = -(q * functional.log_softmax(logits, dim=1)).sum(dim=1)
    return _weighted_mean(entropies, weights)


def binary_margin_loss(logits: Tensor, toxic: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean binary cross-entropy of the score .5 p(mild) + p(high) against toxic: (n,) of 0 and 1.

    For sources that say only toxic or not. In logarithms throughout: 1 - score = p(low) + .5 p(mild).
    """
    log_p = functional.log_softmax(logits, dim=1)
    log_score = torch.logaddexp(log_p[:, 1] + _HALF, log_p[:, 2])
    log_rest = torch.logaddexp(log_p[:, 0], log_p[:, 1] + _HALF)
    return _weighted_mean(-(toxic * log_score + (1 - toxic) * log_rest), weights)


def kl_to_uniform(logits: Tensor) -> Tensor:
    """The paper's printed bias term: mean KL(P || U), U uniform over the three levels, in nats; 0 at P = U, at most ln 3.

    It penalises confidence and knows no group.
    """
    log_p = functional.log_softmax(logits, dim=1)
    return (log_p.exp() * (log_p + math.log(_LEVEL_COUNT))).sum(dim=1).mean()


def logit_pairing(logits: Tensor, twin_logits: Tensor, weights: Tensor) -> Tensor:
    """`sum_i w_i ||z_i - z'_i||^2 / max(n, 1)`: a comment and its identity-swapped twin should get the same logits.

    Counterfactual logit pairing (Garg et al. 2019), squared. logits, twin_logits: (n, 3), weights: (n,); 0 for no pairs.
    """
    distances = (logits - twin_logits).square().sum(dim=1)
    return (weights * distances).sum() / max(len(weights), 1)


def _weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    total = weights.sum()
    return (weights * values).sum() / torch.where(total > 0, total, 1)
