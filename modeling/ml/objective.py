"""The loss of one batch: L = CE + lambda * L_bias + mu * L_feedback, term by term (model.md 3), and what it remembers between batches."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from modeling.config import TrainingConfig
from modeling.ml.group_means import GroupMeans
from modeling.ml.losses import (
    binary_margin_loss,
    jensen_shannon,
    kl_to_uniform,
    logit_pairing,
    min_diff,
    soft_cross_entropy,
    toxicity_scores,
    unlikelihood,
    weighted_share,
)
from modeling.ml.multipliers import Multipliers
from modeling.ml.rows import Rows
from modeling.ml.thresholds import equal_error_threshold, scores_of

_FEEDBACK_FORMS = {"unlikelihood": unlikelihood, "jsd": jensen_shannon}


class Objective:
    """The loss over `rows`. `held_out`: the slice of train (and of people's labels) on which the multipliers' rates are taken.

    That slice is the threshold's, because comments that are trained on look fairer than the next ones will be, and a second slice
    would take more of the labels away. The threshold itself is fixed on it only after training, at equal error over all comments.

    All that changes while it is trained with is in `state_dict`; nothing in it is drawn at random.
    """

    def __init__(self, rows: Rows, held_out: Rows, config: TrainingConfig) -> None:
        self.rows, self.held_out, self.config = rows, held_out, config
        start = rows.multipliers if config.multiplier_rate else {}
        self.multipliers = Multipliers(rows.subgroups, start, config.multiplier_rate, config.multiplier_cap)
        self.means = GroupMeans(len(rows.subgroups), config.group_kl_beta)
        self.weights = weights_of(config)

    def paired(self, batch: NDArray[np.int64]) -> NDArray[np.int64]:
        return self.rows.paired(batch, self.config)

    def terms(self, batch: NDArray[np.int64], paired: NDArray[np.int64], logits: Tensor) -> dict[str, Tensor]:
        """The terms of one batch, unweighted: the four that are always told, and those whose weight is not 0.

        logits: (len(batch) + len(paired), 3), in the order of `Rows.texts_of`. Call it once a step: the running means move on.
        """
        rows, own, twins = self.rows, logits[: len(batch)], logits[len(batch) :]
        emphasis = self._emphasis(batch)
        places = torch.from_numpy(paired).to(logits.device)
        terms = {
            "ce": self._labels(own, batch),
            "kl": kl_to_uniform(own),
            "pairing": _pairs(own[places], twins, (rows.pairing[batch] * emphasis)[paired]),
            "feedback": _pairs(own[places], twins, rows.reported[batch[paired]], float(rows.reported_counts[batch[paired]].sum())),
        }
        if "people" in self.weights:
            terms["people"] = self._people(own, batch)
        if "augmentation" in self.weights:
            terms["augmentation"] = self._augmentation(twins, batch, paired, emphasis)
        if {"mindiff", "group_kl"} & self.weights.keys():
            terms |= self._group_terms(own, batch)
        return terms

    def weighted(self, terms: dict[str, Tensor]) -> dict[str, Tensor]:
        return {name: self.weights[name] * term for name, term in terms.items()}

    def step_record(self, terms: dict[str, Tensor], weighted: dict[str, Tensor], total: Tensor, head: nn.Module) -> dict[str, Any]:
        """Every term, its weight and its gradient's norm, and the multipliers where there are any."""
        record: dict[str, Any] = {"total": float(total.detach()), **{name: float(value.detach()) for name, value in terms.items()}}
        record |= gradient_norms(weighted, head) | {"weights": self.weights}
        return record | ({"multipliers": self.multipliers.as_dict()} if self.config.multiplier_rate else {})

    def is_update_due(self, step: int, steps: int) -> bool:
        """Whether the multipliers move after this step (counted from 1)."""
        updates = self.config.multiplier_updates if self.config.multiplier_rate and len(self.held_out) and self.rows.subgroups else 0
        return step * updates // steps > (step - 1) * updates // steps

    def update_multipliers(self, probabilities: NDArray[np.floating]) -> None:
        """probabilities: (n, 3) of `held_out`. Flagged is at their own threshold of equal error: scores drift while a model learns."""
        slice_, scores = self.held_out, scores_of(probabilities)
        flagged = scores >= equal_error_threshold(scores, slice_.toxic, slice_.weights)
        self.multipliers.update(flagged, slice_.toxic, slice_.memberships, slice_.weights)

    def state_dict(self) -> dict[str, Any]:
        return {"means": self.means.state_dict(), "multipliers": torch.from_numpy(self.multipliers.values.copy())}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.means.load_state_dict(state["means"])
        self.multipliers.values = state["multipliers"].numpy().copy()

    def _emphasis(self, batch: NDArray[np.int64]) -> NDArray[np.float32]:
        """(len(batch),) multipliers of the bias terms."""
        if not self.config.multiplier_rate:
            return np.ones(len(batch), dtype=np.float32)
        return self.multipliers.of_rows(self.rows.memberships[batch], self.rows.harmless[batch])

    def _labels(self, own: Tensor, batch: NDArray[np.int64]) -> Tensor:
        """People's labels stand in the CE, unless they have a form of their own; then they keep their share of its weights' sum."""
        if "people" not in self.weights:
            return label_loss(own, self.rows, batch)
        return _share(cross_entropies(own, self.rows, batch), self.rows.weights[batch] * ~self.rows.people[batch], self.rows.weights[batch])

    def _people(self, own: Tensor, batch: NDArray[np.int64]) -> Tensor:
        values = _FEEDBACK_FORMS[self.config.feedback_form](own, _on(own, self.rows.q[batch]))
        return _share(values, self.rows.weights[batch] * self.rows.people[batch], self.rows.weights[batch])

    def _augmentation(self, twins: Tensor, batch: NDArray[np.int64], paired: NDArray[np.int64], emphasis: NDArray[np.float32]) -> Tensor:
        """Twins of train comments in the CE, under their comment's label: with weight 1 a twin counts as much as its comment."""
        places, weights = batch[paired], self.rows.weights[batch]
        return _share(cross_entropies(twins, self.rows, places), (weights * self.rows.pairing[batch] * emphasis)[paired], weights)

    def _group_terms(self, own: Tensor, batch: NDArray[np.int64]) -> dict[str, Tensor]:
        harmless = np.flatnonzero(self.rows.harmless[batch])
        logits, rows = own[torch.from_numpy(harmless).to(own.device)], batch[harmless]
        memberships, multipliers = _on(own, self.rows.memberships[rows]), _on(own, self.multipliers.values.astype(np.float32))
        terms = {}
        if "mindiff" in self.weights:
            terms["mindiff"] = min_diff(toxicity_scores(logits), memberships, multipliers)
        if "group_kl" in self.weights:
            p, q_low = torch.softmax(logits, dim=1), _on(own, self.rows.q[rows, 0])
            terms["group_kl"] = self.means.loss(p, q_low, memberships, multipliers)
        return terms


def weights_of(config: TrainingConfig) -> dict[str, float]:
    """{term: its weight in the loss}: the four that are always told, and those of the config's arms."""
    arms = {"augmentation": config.augmentation_weight, "mindiff": config.mindiff_weight, "group_kl": config.group_kl_weight}
    return {
        "ce": 1.0,
        "kl": config.kl_weight,
        "pairing": config.pairing_weight,
        "feedback": config.feedback_weight,
        **({} if config.feedback_form == "cross_entropy" else {"people": 1.0}),
        **{name: weight for name, weight in arms.items() if weight},
    }


def cross_entropies(logits: Tensor, rows: Rows, batch: NDArray[np.int64]) -> Tensor:
    """(n,): soft CE of rows with levels, binary margin of rows without."""
    soft = soft_cross_entropy(logits, _on(logits, rows.q[batch]))
    if not rows.binary[batch].any():
        return soft
    margin = binary_margin_loss(logits, _on(logits, rows.toxic[batch]).float())
    return torch.where(_on(logits, rows.binary[batch]), margin, soft)


def label_loss(logits: Tensor, rows: Rows, batch: NDArray[np.int64]) -> Tensor:
    """Soft CE of rows with levels and binary margin of rows without, as one weighted mean over all rows."""
    return _share(cross_entropies(logits, rows, batch), rows.weights[batch], rows.weights[batch])


def _share(values: Tensor, weights: NDArray[np.float32], all_weights: NDArray[np.float32]) -> Tensor:
    """The part of `values` in a mean over all weights."""
    return weighted_share(values, _on(values, weights), _on(values, all_weights).sum())


def _pairs(logits: Tensor, twin_logits: Tensor, weights: NDArray[np.float32], count: float | None = None) -> Tensor:
    kind = np.flatnonzero(weights)
    places = torch.from_numpy(kind).to(logits.device)
    return logit_pairing(logits[places], twin_logits[places], _on(logits, weights[kind]), count)


def _on(like: Tensor, array: NDArray[Any]) -> Tensor:
    return torch.from_numpy(array).to(like.device)


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
