"""Running mean predictions of harmless comments about each subgroup and about all others: what the group KL compares."""

from typing import Any

import torch
from torch import Tensor

SHRINK = 20


class GroupMeans:
    """`S_g <- beta S_g + sum_i q_i(low) p_i`, `W_g <- beta W_g + sum_i q_i(low)` over a batch's harmless members; the mean is S_g / W_g.

    Sums and not a mean of means: a subgroup that a batch does not mention keeps its mean, and W_g says how many comments it rests on.
    """

    def __init__(self, subgroup_count: int, beta: float) -> None:
        self.beta = beta
        self.step = 0
        self.sums = torch.zeros((2, subgroup_count, 3))
        """Members, then all other harmless comments."""
        self.weights = torch.zeros((2, subgroup_count))

    def loss(self, p: Tensor, q_low: Tensor, memberships: Tensor, multipliers: Tensor) -> Tensor:
        """`sum_g lambda_g n_g / (n_g + 20) KL(mean_g || mean_others) / G'`, divided by 1 - beta; and the means move on.

        p: (n, 3) predictions of *harmless* comments, q_low: (n,), memberships: (n, G) bool, multipliers: (G,). n_g = W_g; G': the
        subgroups that this batch mentions (the others have no gradient here). 0 without any.

        A batch moves a running mean by 1 - beta of its own, so the gradient would be that much too small: hence the division. In the
        first steps a batch moves it by more, (1 - beta) / (1 - beta^t) in step t, and that is what is divided by.
        """
        self.step += 1
        sides = torch.stack([memberships, ~memberships]).to(p.dtype) * q_low[:, None]
        sums = self.beta * self.sums.to(p) + sides.transpose(1, 2) @ p
        weights = self.beta * self.weights.to(p) + sides.sum(dim=1)
        self.sums, self.weights = sums.detach(), weights.detach()
        here = (sides[0].sum(dim=0) > 0) & (weights[1] > 0)
        if not here.any():
            return p.sum() * 0
        means = sums[:, here] / weights[:, here, None]
        logs = means.clamp_min(torch.finfo(means.dtype).tiny).log()  # of a probability that rounds to 0, too
        kl = (means[0] * (logs[0] - logs[1])).sum(dim=1)
        count = weights[0, here]
        moved = (1 - self.beta) / (1 - self.beta**self.step)
        return (multipliers[here] * count / (count + SHRINK) * kl).mean() / moved

    def state_dict(self) -> dict[str, Any]:
        return {"step": self.step, "sums": self.sums.cpu().clone(), "weights": self.weights.cpu().clone()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.step, self.sums, self.weights = state["step"], state["sums"].clone(), state["weights"].clone()
