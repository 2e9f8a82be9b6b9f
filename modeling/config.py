"""Frozen settings of one training, saved with the run and in the version's manifest. No Django."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from modeling.labels import HIGH_THRESHOLD, LOW_THRESHOLD, Lane


@dataclass(frozen=True)
class TrainingConfig:
    """All that decides a training besides its data.

    `kl_weight` weighs the paper's printed KL(P || uniform); `pairing_weight` counterfactual logit pairing on y = low;
    `feedback_weight` the pairing of comments that were reported as biased (model.md 3: lambda and mu).
    `feedback_label_weight` multiplies the CE weight of each feedback label against a train comment's 1.
    """

    lane: Lane = Lane.FULL
    seed: int = 0
    epochs: int = 1
    batch_size: int = 32
    learning_rate: float = 1e-4
    head_learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warm_up_share: float = 0.1
    clip_norm: float = 1.0
    dropout: float = 0.1
    encoder_dropout: float = 0.1
    """In the layers that are trained; `dropout` is the head's."""
    pooling: str = "mean"
    max_tokens: int = 160
    l2: float = 1e-3
    kl_weight: float = 0.0
    pairing_weight: float = 0.5
    feedback_weight: float = 1.0
    feedback_label_weight: float = 20.0
    low_threshold: float = LOW_THRESHOLD
    high_threshold: float = HIGH_THRESHOLD
    threshold_share: float = 0.1
    """Share of train (by a hash of the text) kept from training, on which threshold and early stopping are decided."""
    precision: str = "auto"
    """`float32`, `bfloat16`, or `auto`: bfloat16 in the matrix products where the processor multiplies it in hardware."""
    feedback_threshold_share: float = 0.2
    """Share of people's labels that is kept from training and has its say in the threshold, weighted as in the loss."""
    discount_reported: float = 1.0
    """How far train labels above low are discounted where people confirmed over-rating of the same subgroup; 0 switches it off."""
    threads: int = 0
    """Threads for torch; 0 leaves torch's own choice."""

    @classmethod
    def for_lane(cls, lane: Lane, **changes: Any) -> Self:
        """The defaults of a lane. The middle lane starts from trained layers and sees people's few labels twice, at a faster rate."""
        defaults = {Lane.MIDDLE: {"epochs": 2, "learning_rate": 2e-4}}.get(lane, {})
        return cls(lane=lane, **{**defaults, **changes})

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        return cls(**{**values, "lane": Lane(values["lane"])})

    def but(self, **changes: Any) -> Self:
        return replace(self, **changes)


@dataclass(frozen=True)
class GateConfig:
    """Model.md 7. `primary_alpha` is .05 spent over twelve cycles a year; margins are absolute."""

    primary_measure: str = "jigsaw_score"
    primary_alpha: float = 0.05 / 12
    primary_resamples: int = 10_000
    alpha: float = 0.05
    margins: dict[str, float] = field(default_factory=lambda: {"accuracy": 0.01, "macro_f1": 0.02, "ece": 0.02, "mean_subgroup_fpr": 0.05})
    subgroup_margins: dict[str, float] = field(default_factory=lambda: {"fpr": 0.05, "tpr": 0.05, "bpsn_auc": 0.03, "bnsp_auc": 0.03})
    subgroup_minimum: int = 50
    jigsaw_minimum: int = 30
    seed: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        return cls(**values)
