"""The loss of one batch: L = CE + lambda * L_bias + mu * L_feedback, term by term (model.md 3)."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from modeling.config import TrainingConfig
from modeling.ml.data import FeedbackData, TrainingData
from modeling.ml.losses import binary_margin_loss, kl_to_uniform, logit_pairing, soft_cross_entropy


@dataclass(frozen=True)
class Rows:
    """Train comments and people's labels in one: what batches are drawn from.

    weights: (n,) of the CE, feedback labels already multiplied. pairing: (n,) weights of train pairs; reported: (n,) b_i of
    feedback pairs; both 0 where a row has no pair of the kind.
    """

    texts: list[str]
    twins: list[str | None]
    q: NDArray[np.float32]
    weights: NDArray[np.float32]
    binary: NDArray[np.bool_]
    toxic: NDArray[np.bool_]
    pairing: NDArray[np.float32]
    reported: NDArray[np.float32]

    @classmethod
    def join(cls, data: TrainingData, feedback: FeedbackData, config: TrainingConfig) -> Self:
        nothing, nothing_reported = np.zeros(len(feedback)), np.zeros(len(data))
        return cls(
            texts=data.texts + feedback.texts,
            twins=data.twins + feedback.twins,
            q=np.concatenate([data.q, feedback.q]).astype(np.float32),
            weights=np.concatenate([data.weights, config.feedback_label_weight * feedback.weights]).astype(np.float32),
            binary=np.concatenate([data.binary, feedback.binary]),
            toxic=np.concatenate([data.toxic, feedback.toxic]),
            pairing=np.concatenate([data.twin_weights, nothing]).astype(np.float32),
            reported=np.concatenate([nothing_reported, feedback.twin_weights]).astype(np.float32),
        )

    def __len__(self) -> int:
        return len(self.texts)

    def paired(self, batch: NDArray[np.int64], config: TrainingConfig) -> NDArray[np.int64]:
        """Places within `batch` whose twin must go through the network: only where a term of the loss asks for it."""
        asked = (config.pairing_weight * self.pairing + config.feedback_weight * self.reported)[batch] > 0
        return np.flatnonzero(asked)

    def texts_of(self, batch: NDArray[np.int64], paired: NDArray[np.int64]) -> list[str]:
        """The texts of a batch, its twins behind them: both go through the network together."""
        twins = [self.twins[i] for i in batch[paired]]
        return [self.texts[i] for i in batch] + [twin for twin in twins if twin is not None]


@dataclass(frozen=True)
class Terms:
    """The terms of one batch, unweighted, as scalar tensors."""

    ce: Tensor
    kl: Tensor
    pairing: Tensor
    feedback: Tensor

    def weighted(self, config: TrainingConfig) -> dict[str, Tensor]:
        return {
            "ce": self.ce,
            "kl": config.kl_weight * self.kl,
            "pairing": config.pairing_weight * self.pairing,
            "feedback": config.feedback_weight * self.feedback,
        }


def terms_of(rows: Rows, batch: NDArray[np.int64], paired: NDArray[np.int64], logits: Tensor) -> Terms:
    """logits: (len(batch) + len(paired), 3), in the order of `Rows.texts_of`."""
    own, twins = logits[: len(batch)], logits[len(batch) :]
    matching = own[torch.from_numpy(paired)]
    return Terms(
        ce=label_loss(own, rows, batch),
        kl=kl_to_uniform(own),
        pairing=_pairs(matching, twins, rows.pairing[batch[paired]]),
        feedback=_pairs(matching, twins, rows.reported[batch[paired]]),
    )


def _pairs(logits: Tensor, twin_logits: Tensor, weights: NDArray[np.float32]) -> Tensor:
    kind = torch.from_numpy(np.flatnonzero(weights))
    return logit_pairing(logits[kind], twin_logits[kind], torch.from_numpy(weights)[kind])


def label_loss(logits: Tensor, rows: Rows, batch: NDArray[np.int64]) -> Tensor:
    """Soft CE of rows with levels and binary margin of rows without, as one weighted mean over all rows."""
    weights, binary = torch.from_numpy(rows.weights[batch]), torch.from_numpy(rows.binary[batch])
    soft = soft_cross_entropy(logits, torch.from_numpy(rows.q[batch]), weights * ~binary)
    margin = binary_margin_loss(logits, torch.from_numpy(rows.toxic[batch]).float(), weights * binary)
    share = (weights * binary).sum() / weights.sum().clamp(min=1e-12)
    return (1 - share) * soft + share * margin


def gradient_norms(weighted: dict[str, Tensor], head: nn.Module) -> dict[str, float]:
    """{term_gradient_norm: L2 norm of the weighted term's gradient by the head's parameters}.

    By the head's and not by all, because that costs nothing; all would cost one backward pass for each term.
    """
    parameters = list(head.parameters())
    norms = {}
    for name, term in weighted.items():
        gradients = torch.autograd.grad(term, parameters, retain_graph=True, allow_unused=True) if term.requires_grad else ()
        norms[f"{name}_gradient_norm"] = float(sum(float(g.square().sum()) for g in gradients if g is not None) ** 0.5)
    return norms


def step_record(terms: Terms, weighted: dict[str, Tensor], total: Tensor, head: nn.Module) -> dict[str, float]:
    values = {name: float(value.detach()) for name, value in vars(terms).items()}
    return {"total": float(total.detach()), **values, **gradient_norms(weighted, head)}
