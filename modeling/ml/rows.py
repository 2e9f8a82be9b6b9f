"""Train comments and people's labels in one: what batches are drawn from."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from modeling.config import TrainingConfig
from modeling.ml.data import NO_LEVEL, FeedbackData, TrainingData


@dataclass(frozen=True)
class Rows:
    """weights: (n,) of the CE, feedback labels already multiplied. pairing: (n,) weights of train pairs; reported: (n,) b_i of
    feedback pairs; both 0 where a row has no pair of the kind. people: (n,) whether the label is people's feedback. memberships:
    (n, G) of `subgroups`. harmless: (n,) whether the most probable level is low. multipliers: {subgroup: start}.
    """

    texts: list[str]
    twins: list[str | None]
    q: NDArray[np.float32]
    weights: NDArray[np.float32]
    binary: NDArray[np.bool_]
    toxic: NDArray[np.bool_]
    pairing: NDArray[np.float32]
    reported: NDArray[np.float32]
    people: NDArray[np.bool_]
    harmless: NDArray[np.bool_]
    subgroups: tuple[str, ...]
    memberships: NDArray[np.bool_]
    multipliers: dict[str, float]

    @classmethod
    def join(cls, data: TrainingData, feedback: FeedbackData, config: TrainingConfig, subgroups: tuple[str, ...] | None = None) -> Self:
        """`subgroups` says which columns the memberships get; by default those that either part mentions."""
        nothing, nothing_reported = np.zeros(len(feedback)), np.zeros(len(data))
        q = np.concatenate([data.q, feedback.q]).astype(np.float32)
        columns = tuple(sorted({*data.subgroups, *feedback.subgroups})) if subgroups is None else subgroups
        return cls(
            texts=data.texts + feedback.texts,
            twins=data.twins + feedback.twins,
            q=q,
            weights=np.concatenate([data.weights, config.feedback_label_weight * feedback.weights]).astype(np.float32),
            binary=np.concatenate([data.binary, feedback.binary]),
            toxic=np.concatenate([data.toxic, feedback.toxic]),
            pairing=np.concatenate([data.twin_weights, nothing]).astype(np.float32),
            reported=np.concatenate([nothing_reported, feedback.twin_weights]).astype(np.float32),
            people=np.concatenate([np.zeros(len(data), dtype=bool), np.ones(len(feedback), dtype=bool)]),
            harmless=q.argmax(axis=1) == 0,
            subgroups=columns,
            memberships=np.concatenate([data.in_columns(columns), feedback.in_columns(columns)]),
            multipliers=data.multipliers,
        )

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def is_pair(self) -> NDArray[np.bool_]:
        """(n,) which rows are pairs that people reported, without a label."""
        return self.people & (self.weights == 0) & (self.q == np.float32(NO_LEVEL)).all(axis=1)

    @cached_property
    def reported_counts(self) -> NDArray[np.float64]:
        """(n,) what each row counts in the mean over feedback pairs: a label 1, whatever its b_i, a reported pair its weight. So pairs that
        weigh little take little from the labels, however many there are."""
        return np.where(self.is_pair, self.reported, self.reported > 0).astype(np.float64)

    def paired(self, batch: NDArray[np.int64], config: TrainingConfig) -> NDArray[np.int64]:
        """Places within `batch` whose twin must go through the network: only where a term of the loss asks for it."""
        of_train = config.pairing_weight + config.augmentation_weight
        return np.flatnonzero((of_train * self.pairing[batch] + config.feedback_weight * self.reported[batch]) > 0)

    def texts_of(self, batch: NDArray[np.int64], paired: NDArray[np.int64]) -> list[str]:
        """The texts of a batch, its twins behind them: both go through the network together."""
        twins = [self.twins[i] for i in batch[paired]]
        return [self.texts[i] for i in batch] + [twin for twin in twins if twin is not None]
