"""The terms of L = CE + lambda * L_bias + mu * L_feedback (model.md 3).

Each takes logits (n, 3). What belongs to a label comes row by row, (n,), for `weighted_share`; everything else as a scalar.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

_LEVEL_COUNT = 3
_HALF = math.log(0.5)
KERNEL_LENGTH = 0.1
"""Of the Gaussian kernel between scores in [0, 1], as in TensorFlow Model Remediation's MinDiff."""


def soft_cross_entropy(logits: Tensor, q: Tensor) -> Tensor:
    """`CE(q_i, p_i)` in nats, (n,); q: (n, 3) soft labels."""
    return -(q * functional.log_softmax(logits, dim=1)).sum(dim=1)


def binary_margin_loss(logits: Tensor, toxic: Tensor) -> Tensor:
    """Binary cross-entropy of the score .5 p(mild) + p(high), (n,), against toxic: (n,) of 0 and 1.

    For sources that say only toxic or not. In logarithms throughout: 1 - score = p(low) + .5 p(mild).
    """
    log_p = functional.log_softmax(logits, dim=1)
    log_score = torch.logaddexp(log_p[:, 1] + _HALF, log_p[:, 2])
    log_rest = torch.logaddexp(log_p[:, 0], log_p[:, 1] + _HALF)
    return -(toxic * log_score + (1 - toxic) * log_rest)


def weighted_share(values: Tensor, weights: Tensor, total: Tensor) -> Tensor:
    """`sum_i w_i value_i / total`: the weighted mean, or a part's share in it; 0 where the total is 0. values, weights: (n,), total: ()."""
    return (weights * values).sum() / torch.where(total > 0, total, 1)


def unlikelihood(logits: Tensor, q: Tensor) -> Tensor:
    """`1 - p(q_i)`, (n,): the probability that is not on the levels people named, p(q) = sum_k q_k p_k; in [0, 1]. q: (n, 3)."""
    return 1 - (q * functional.softmax(logits, dim=1)).sum(dim=1)


def jensen_shannon(logits: Tensor, q: Tensor) -> Tensor:
    """`JSD(q_i, p_i)` in nats, (n,): 0 where equal, at most ln 2, the same with q and p exchanged. q: (n, 3) soft labels."""
    log_p = functional.log_softmax(logits, dim=1)
    p = log_p.exp()
    middle = (0.5 * (p + q)).clamp_min(torch.finfo(p.dtype).tiny).log()
    # xlogy and not q log q: q may be 0, where the product is 0.
    return 0.5 * (p * (log_p - middle) + torch.xlogy(q, q) - q * middle).sum(dim=1)


def squared_mmd(scores: Tensor, others: Tensor, length: float = KERNEL_LENGTH) -> Tensor:
    """Squared maximum mean discrepancy between two samples of scores, (n,) and (m,), n, m >= 1; 0 for equal samples, never negative.

    `mean k(x, x') - 2 mean k(x, y) + mean k(y, y')`, k(a, b) = exp(-((a - b) / length)^2), pairs of a score with itself included
    (Gretton et al. 2012, the biased estimate). MinDiff (Prost et al. 2019) takes it between the scores of two groups of comments.
    """
    return _mean_kernel(scores, scores, length) - 2 * _mean_kernel(scores, others, length) + _mean_kernel(others, others, length)


def toxicity_scores(logits: Tensor) -> Tensor:
    """`.5 p(mild) + p(high)`, (n,)."""
    p = functional.softmax(logits, dim=1)
    return 0.5 * p[:, 1] + p[:, 2]


def kl_to_uniform(logits: Tensor) -> Tensor:
    """The paper's printed bias term: mean KL(P || U), U uniform over the three levels, in nats; 0 at P = U, at most ln 3.

    It penalises confidence and knows no group.
    """
    log_p = functional.log_softmax(logits, dim=1)
    return (log_p.exp() * (log_p + math.log(_LEVEL_COUNT))).sum(dim=1).mean()


def logit_pairing(logits: Tensor, twin_logits: Tensor, weights: Tensor, count: float | None = None) -> Tensor:
    """`sum_i w_i ||z_i - z'_i||^2 / max(count, 1)`: a comment and its identity-swapped twin should get the same logits. Each counts 1 if no
    `count` is given.

    Counterfactual logit pairing (Garg et al. 2019), squared. logits, twin_logits: (n, 3), weights: (n,); 0 for no pairs.
    """
    distances = (logits - twin_logits).square().sum(dim=1)
    return (weights * distances).sum() / max(len(weights) if count is None else count, 1)


def min_diff(scores: Tensor, memberships: Tensor, multipliers: Tensor) -> Tensor:
    """`sum_g lambda_g n_g MMD^2(members of g, all others) / sum_g n_g` over the subgroups that a batch mentions; 0 without any.

    scores: (n,) of *harmless* comments, memberships: (n, G) bool, multipliers: (G,). Weighted by n_g, because the MMD of one member
    is mostly noise, and a batch holds few.
    """
    counts = memberships.sum(dim=0)
    present = torch.nonzero((counts > 0) & (counts < len(scores))).flatten().tolist()
    if not present:
        return scores.sum() * 0
    distances = [squared_mmd(scores[memberships[:, g]], scores[~memberships[:, g]]) for g in present]
    return (multipliers[present] * counts[present] * torch.stack(distances)).sum() / counts[present].sum()


def _mean_kernel(x: Tensor, y: Tensor, length: float) -> Tensor:
    return torch.exp(-((x[:, None] - y[None, :]) / length).square()).mean()
