"""Frozen settings of one training, saved with the run and in the version's manifest. No Django."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from modeling.labels import DEFAULT_PRIMARY_MEASURE, HIGH_THRESHOLD, LOW_THRESHOLD, Lane

PAIRING_LEVELS = ("low", "all")
DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "bfloat16", "float32")
PREPROCESSING_PAPER = "paper"
PREPROCESSINGS = ("none", PREPROCESSING_PAPER)
FEEDBACK_FORMS = ("cross_entropy", "unlikelihood", "jsd")


@dataclass(frozen=True)
class TrainingConfig:
    """All that decides a training besides its data.

    `kl_weight` weighs the paper's printed KL(P || uniform); `pairing_weight` counterfactual logit pairing on y = low;
    `feedback_weight` the pairing of comments that were reported as biased (model.md 3: lambda and mu).
    `feedback_label_weight` multiplies the CE weight of each feedback label against a train comment's 1.
    Raises ValueError for words that `pairing_levels`, `preprocessing`, `feedback_form`, `device` and `precision` do not know.
    """

    lane: Lane = Lane.FULL
    seed: int = 0
    epochs: int = 1
    """The most there are. With the full lane's one epoch, early stopping, which looks at the end of each, has nothing to stop."""
    batch_size: int = 32
    learning_rate: float = 1e-4
    head_learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warm_up_share: float = 0.1
    clip_norm: float = 1.0
    dropout: float = 0.1
    encoder_dropout: float = 0.0
    """In the layers that are trained; `dropout` is the head's. None: torch draws its masks on one core, which costs a third of a step."""
    pooling: str = "mean"
    max_tokens: int = 160
    l2: float = 1e-2
    """Of the fast lane's head: with less, it fits what was slandered in train; with more, it tells mild from high less well
    (`benchmarks.head_penalty`)."""
    kl_weight: float = 0.0
    pairing_weight: float = 0.1
    feedback_weight: float = 1.0
    feedback_label_weight: float = 20.0
    pairing_levels: str = "low"
    """Which train comments have twins: `low`, or `all` levels as an arm. Pairing and augmentation see the same twins."""
    augmentation_weight: float = 0.0
    """What the CE of a twin counts, under its comment's own label, against its comment's 1."""
    mindiff_weight: float = 0.0
    group_kl_weight: float = 0.0
    group_kl_beta: float = 0.9
    """How much of the group KL's running means is kept from step to step."""
    feedback_form: str = "cross_entropy"
    """How people's labels enter: `cross_entropy`, or as arms `unlikelihood` (1 - p(q)) and `jsd`."""
    mask_identities: bool = False
    """Words that name a subgroup become the mask token, in training and in every prediction after."""
    preprocessing: str = "none"
    """`paper`: lower-case, specials and digits out, stop words out, lemmas, before the tokeniser; an arm, as it deletes "not"."""
    multiplier_rate: float = 0.0
    """eta of the per-subgroup multipliers of the bias terms; 0 leaves them all at 1."""
    multiplier_cap: float = 4.0
    """Multipliers stay within [1 / cap, cap]."""
    multiplier_updates: int = 8
    """In the whole training, at equal distances: by epochs, a training of one epoch would never update."""
    statements: int = 200
    """Identity statements of ours added to the train comments (`ml.statements`); only where levels are of toxicity."""
    statement_pairing: float = 40.0
    """What the pairing of a statement counts against that of a train comment."""
    axes_left_out: tuple[str, ...] = ()
    """Axes (`swaps.SWAP_AXES`) whose terms the identity swaps leave as they are, to measure what listing an axis gives."""
    swaps_left_out: tuple[str, ...] = ()
    """Swaps that people said are none (`ml.swap_rules`), as they stood when the training was asked for: no twin is made by them."""
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
    device: str = "auto"
    """Where it is trained: `cpu`, `cuda`, or `auto`: CUDA where there is one."""

    def __post_init__(self) -> None:
        if self.pairing_levels not in PAIRING_LEVELS:
            raise ValueError(f"pairing_levels must be one of {', '.join(PAIRING_LEVELS)}, not {self.pairing_levels!r}")
        if self.preprocessing not in PREPROCESSINGS:
            raise ValueError(f"preprocessing must be one of {', '.join(PREPROCESSINGS)}, not {self.preprocessing!r}")
        if self.feedback_form not in FEEDBACK_FORMS:
            raise ValueError(f"feedback_form must be one of {', '.join(FEEDBACK_FORMS)}, not {self.feedback_form!r}")
        if self.device not in DEVICES:
            raise ValueError(f"device must be one of {', '.join(DEVICES)}, not {self.device!r}")
        if self.precision not in PRECISIONS:  # "bf16" would be float32 without a word
            raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}, not {self.precision!r}")

    @property
    def asks_for_subgroups(self) -> bool:
        """Whether a term needs to know who is mentioned in each train comment."""
        return any((self.mindiff_weight, self.group_kl_weight, self.multiplier_rate))

    @classmethod
    def for_lane(cls, lane: Lane, **changes: Any) -> Self:
        """The defaults of a lane. The middle lane starts from trained layers and sees people's few labels twice, at a faster rate."""
        defaults = {Lane.MIDDLE: {"epochs": 2, "learning_rate": 2e-4}}.get(lane, {})
        return cls(lane=lane, **{**defaults, **changes})

    def as_dict(self) -> dict[str, Any]:
        """As JSON gives it back. Without `swaps_left_out` where there are none: such a training reads as it did before there were any."""
        values = {**asdict(self), "axes_left_out": list(self.axes_left_out), "swaps_left_out": list(self.swaps_left_out)}
        return values if self.swaps_left_out else {name: value for name, value in values.items() if name != "swaps_left_out"}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        # JSON has no tuples; a list would make the config unhashable and unequal to itself.
        tuples = {name: tuple(values.get(name, ())) for name in ("axes_left_out", "swaps_left_out")}
        return cls(**{**values, "lane": Lane(values["lane"]), **tuples})

    def but(self, **changes: Any) -> Self:
        return replace(self, **changes)


@dataclass(frozen=True)
class GateConfig:
    """Model.md 7. `primary_alpha` is .05 spent over twelve looks at gate a year; margins are absolute.

    `look` of `looks` in `year`: which share this test spends. Beyond the last one nothing is left to test with, so nothing is eligible.
    """

    primary_measure: str = DEFAULT_PRIMARY_MEASURE
    primary_alpha: float = 0.05 / 12
    primary_resamples: int = 10_000
    alpha: float = 0.05
    margins: dict[str, float] = field(default_factory=lambda: {"accuracy": 0.01, "macro_f1": 0.02, "ece": 0.02, "mean_subgroup_fpr": 0.05})
    subgroup_margins: dict[str, float] = field(default_factory=lambda: {"fpr": 0.05, "tpr": 0.05, "bpsn_auc": 0.03, "bnsp_auc": 0.03})
    subgroup_minimum: int = 50
    jigsaw_minimum: int = 30
    look: int = 1
    looks: int = 12
    year: int = 0
    seed: int = 0

    @property
    def is_spent(self) -> bool:
        return self.look > self.looks

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        return cls(**values)
