"""Rows -> arrays for training: the one place where the ORM meets `modeling.ml.data`."""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from modeling.config import TrainingConfig
from modeling.errors import NothingToTrainError
from modeling.labels import LEVELS, Arm, Level, Split
from modeling.ml.counterfactuals import twin
from modeling.ml.data import FeedbackData, TrainingData
from modeling.ml.targets import soft_levels
from modeling.models import Comment, FeedbackLabel, Prediction, Project, RetrainingCycle


def training_rows(*, project: Project, config: TrainingConfig) -> tuple[TrainingData, dict[str, Any]]:
    """All labelled comments of the train split, each text once, and what they are (for the manifest).

    Raises:
        NothingToTrainError: there are none.
    """
    columns = ("text", "text_hash", "target", "annotator_count", "dataset__binary_only", "dataset__name")
    labelled = Comment.objects.of(project).in_split(Split.TRAIN).labelled().order_by("text_hash", "pk")
    unique = {row[1]: row for row in labelled.values_list(*columns).iterator(5_000)}
    if not unique:
        raise NothingToTrainError("No labelled comment stands in the train split. Import a file with a `target` column first.")
    rows = list(unique.values())
    texts, keys = [row[0] for row in rows], [row[1] for row in rows]
    targets = np.array([row[2] for row in rows], dtype=float)
    votes = np.array([row[3] or 0 for row in rows], dtype=float)
    q = soft_levels(targets, votes, config.low_threshold, config.high_threshold)
    # Only harmless comments get a twin: toxic pairs are asymmetric (an attack on one subgroup is no attack on another).
    twins = [_twin(text, key, config.seed) if target < config.low_threshold else None for text, key, target in zip(texts, keys, targets, strict=True)]
    data = TrainingData(
        texts=texts,
        q=q,
        weights=np.ones(len(rows)),
        binary=np.array([row[4] for row in rows], dtype=bool),
        keys=keys,
        twins=twins,
        twin_weights=np.array([float(other is not None) for other in twins]),
    )
    return data, _describe(rows)


def _twin(text: str, key: str, seed: int) -> str | None:
    """A twin drawn by the text's own hash: the same whatever else is in the data."""
    return twin(text, np.random.default_rng([seed, int(key[:12], 16)]))


def _describe(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    digest = hashlib.sha256()
    for _, key, target, count, *_ in rows:
        digest.update(f"{key}:{target!r}:{count}\n".encode())
    return {"sha256": digest.hexdigest(), "comments": len(rows), "datasets": sorted({row[5] for row in rows})}


def feedback_rows(*, cycle: RetrainingCycle, arm: Arm, config: TrainingConfig) -> FeedbackData:
    """What an arm learns from the frozen feedback of a cycle (model.md 7).

    none: nothing. real: what people said. echo: the same comments and weights with the champion's own levels, no reports.
    placebo: what people said, shuffled among comments of the same predicted level and with or without a mention.
    """
    labels = (
        []
        if arm == Arm.NONE
        else list(FeedbackLabel.objects.filter(batch__in=cycle.batches.all()).select_related("comment").order_by("comment__text_hash", "pk"))
    )
    q = np.array([[label.q_low, label.q_mild, label.q_high] for label in labels]).reshape(-1, 3)
    weights = np.array([label.weight for label in labels], dtype=float)
    # b_i = reliability x severity (model.md 3), in [0, 1].
    reports = np.array([label.biased_rate * label.confidence * label.severity / 3 for label in labels], dtype=float)
    if arm == Arm.ECHO:
        q, reports = _champions_levels(cycle, labels), np.zeros(len(labels))
    if arm == Arm.PLACEBO:
        order = _shuffle_within(_strata(cycle, labels), np.random.default_rng(config.seed))
        q, reports = q[order], reports[order]
    texts = [label.comment.text for label in labels]
    keys = [label.comment.text_hash for label in labels]
    twins = [_twin(text, key, config.seed) if b > 0 else None for text, key, b in zip(texts, keys, reports, strict=True)]
    has_twin = np.array([other is not None for other in twins], dtype=bool)
    return FeedbackData(
        texts=texts,
        q=q,
        weights=weights,
        binary=np.zeros(len(labels), dtype=bool),
        keys=keys,
        twins=twins,
        twin_weights=np.where(has_twin, reports, 0.0),
    )


def _predicted(cycle: RetrainingCycle, labels: Iterable[FeedbackLabel]) -> dict[int, str]:
    comment_ids = [label.comment_id for label in labels]
    rows = Prediction.objects.filter(version=cycle.champion, comment__in=comment_ids)
    return dict(rows.values_list("comment_id", "predicted_label"))


def _champions_levels(cycle: RetrainingCycle, labels: list[FeedbackLabel]) -> np.ndarray:
    predicted = _predicted(cycle, labels)
    one_hot = np.eye(len(LEVELS))
    return np.array([one_hot[LEVELS.index(Level(predicted[label.comment_id]))] for label in labels]).reshape(-1, 3)


def _strata(cycle: RetrainingCycle, labels: list[FeedbackLabel]) -> list[tuple[str, bool]]:
    predicted = _predicted(cycle, labels)
    comments = Comment.objects.filter(pk__in=[label.comment_id for label in labels], mentions__value__gte=0.5)
    mentioning = set(comments.values_list("pk", flat=True))
    return [(predicted[label.comment_id], label.comment_id in mentioning) for label in labels]


def _shuffle_within(strata: list[tuple[str, bool]], rng: np.random.Generator) -> np.ndarray:
    order = np.arange(len(strata))
    for stratum in sorted(set(strata)):
        places = np.array([i for i, other in enumerate(strata) if other == stratum])
        order[places] = rng.permutation(places)
    return order
