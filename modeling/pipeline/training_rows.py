"""Rows -> arrays for training: the one place where the ORM meets `modeling.ml.data`."""

import hashlib
from typing import Any

import numpy as np

from modeling.config import TrainingConfig
from modeling.errors import NothingToTrainError
from modeling.labels import LEVELS, MEMBER_AT, Arm, Level, Split
from modeling.ml.data import FeedbackData, TrainingData, build_feedback_data, build_training_data, no_feedback
from modeling.models import Comment, FeedbackLabel, Prediction, Project, RetrainingCycle


def training_rows(*, project: Project, config: TrainingConfig) -> tuple[TrainingData, dict[str, Any]]:
    """All labelled comments of the train split, each text once, and what they are (for the manifest).

    Raises:
        NothingToTrainError: there are none.
    """
    columns = ("text", "text_hash", "target", "annotator_count", "dataset__binary_only", "family", "dataset__name")
    labelled = Comment.objects.of(project).in_split(Split.TRAIN).labelled().order_by("text_hash", "pk")
    unique = {row[1]: row for row in labelled.values_list(*columns).iterator(5_000)}
    if not unique:
        raise NothingToTrainError("No labelled comment stands in the train split. Import a file with a `target` column first.")
    texts, hashes, targets, votes, binary, families, _ = zip(*unique.values(), strict=True)
    data = build_training_data(
        texts=texts,
        targets=targets,
        votes=[count or 0 for count in votes],
        binary=binary,
        keys=[family or text_hash for family, text_hash in zip(families, hashes, strict=True)],
        config=config,
    )
    return data, _describe(list(unique.values()))


def _describe(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    digest = hashlib.sha256()
    for _, key, target, count, *_ in rows:
        digest.update(f"{key}:{target!r}:{count}\n".encode())
    return {"sha256": digest.hexdigest(), "comments": len(rows), "datasets": sorted({row[-1] for row in rows})}


def feedback_rows(*, cycle: RetrainingCycle, arm: Arm, config: TrainingConfig) -> FeedbackData:
    """What an arm learns from the frozen feedback of a cycle (model.md 7).

    none: nothing. real: what people said. echo: the same comments and weights with the champion's own levels, no reports.
    placebo: what people said, shuffled among comments of the same predicted level and with or without a mention.
    """
    labels = list(
        FeedbackLabel.objects.filter(batch__in=cycle.batches.all()).select_related("comment").order_by("comment__text_hash", "pk")
    )
    if arm == Arm.NONE or not labels:
        return no_feedback()
    q = np.array([[label.q_low, label.q_mild, label.q_high] for label in labels])
    # b_i = reliability x severity (model.md 3), in [0, 1].
    reports = np.array([label.biased_rate * label.confidence * label.severity / 3 for label in labels])
    if arm == Arm.ECHO:
        q, reports = _champions_levels(cycle, labels), np.zeros(len(labels))
    if arm == Arm.PLACEBO:
        order = _shuffle_within(_strata(cycle, labels), np.random.default_rng(config.seed))
        q, reports = q[order], reports[order]
    return build_feedback_data(
        texts=[label.comment.text for label in labels],
        q=q,
        weights=[label.weight for label in labels],
        bias_weights=reports,
        config=config,
    )


def _predicted(cycle: RetrainingCycle, labels: list[FeedbackLabel]) -> dict[int, str]:
    comment_ids = [label.comment_id for label in labels]
    rows = Prediction.objects.filter(version=cycle.champion, comment__in=comment_ids)
    return dict(rows.values_list("comment_id", "predicted_label"))


def _champions_levels(cycle: RetrainingCycle, labels: list[FeedbackLabel]) -> np.ndarray:
    predicted = _predicted(cycle, labels)
    one_hot = np.eye(len(LEVELS))
    return np.array([one_hot[LEVELS.index(Level(predicted[label.comment_id]))] for label in labels])


def _strata(cycle: RetrainingCycle, labels: list[FeedbackLabel]) -> list[tuple[str, bool]]:
    predicted = _predicted(cycle, labels)
    comments = Comment.objects.filter(pk__in=[label.comment_id for label in labels], mentions__value__gte=MEMBER_AT)
    mentioning = set(comments.values_list("pk", flat=True))
    return [(predicted[label.comment_id], label.comment_id in mentioning) for label in labels]


def _shuffle_within(strata: list[tuple[str, bool]], rng: np.random.Generator) -> np.ndarray:
    order = np.arange(len(strata))
    for stratum in sorted(set(strata)):
        places = np.array([i for i, other in enumerate(strata) if other == stratum])
        order[places] = rng.permutation(places)
    return order
