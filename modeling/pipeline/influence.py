"""What each person's part in a round's labels changed in the fast lane's head: measured when a cycle has trained, whatever its own lane.

Names of persons are opaque here. Gate is never looked at: changes are measured on comments of train that the head was not solved from.
What is held fixed: how far train labels are discounted, and who wrote which comment.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from django.db import transaction

from modeling.config import TrainingConfig
from modeling.labels import Arm, Lane, Split
from modeling.measures.data import FEWEST_CLUSTERS
from modeling.models import Comment, FeedbackLabel, LabelInfluence, LabelSource, RetrainingCycle
from modeling.pipeline.frozen_comments import frozen_train
from modeling.pipeline.training_rows import arm_labels, config_for, discounted, train_split
from modeling.pipeline.versions import load_classifier

if TYPE_CHECKING:
    from modeling.ml.head import FastRows
    from modeling.ml.influence import Floats

MINIMUM_LABELS = 10
"""Nothing is kept about a part in fewer labels: it would tell what single answers did."""

MOST_TRAIN = 10_000
"""Train comments that the head is solved from: the first in the order of their hash, so a random part; they weigh as much as all do."""

ALL = ""
Part = tuple[int, str]
"""A batch, and a source or `ALL`."""


def measure_influence(*, cycle: RetrainingCycle) -> int:
    """Keep what each source's part in each batch of a cycle changed; returns how many rows. Again, it does nothing.

    Nothing is measured where no label has a source, or the comments that train has left to measure on are of too few texts or families.
    """
    from modeling.ml.influence import changes, judges_of, solved

    if cycle.influences.exists() or not LabelSource.objects.filter(label__batch__in=cycle.batches.all()).exists():
        return 0
    fast, labels, clusters = _fast_rows(cycle)
    parts = {part: share for part, share in _parts(cycle, labels) if (share > 0).sum() >= MINIMUM_LABELS}
    if not parts or len(set(clusters)) < FEWEST_CLUSTERS:
        return 0
    head, judges = solved(fast), judges_of(fast, clusters)
    found = changes(fast, head, judges, np.column_stack(list(parts.values())))
    loss = float(np.average(judges.losses(head), weights=judges.weights.numpy()))
    rows = [
        LabelInfluence(
            cycle=cycle,
            batch_id=batch,
            source=source,
            label_count=int((share > 0).sum()),
            effect=change.effect,
            low=change.low,
            high=change.high,
            loss=loss,
            comment_count=len(judges.x),
        )
        for ((batch, source), share), change in zip(parts.items(), found, strict=True)
    ]
    with transaction.atomic():
        LabelInfluence.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _fast_rows(cycle: RetrainingCycle) -> tuple["FastRows", list[FeedbackLabel], list[str]]:
    """Rows of the fast lane; the label of each of its people's rows, in their order; the family of each held-out comment of train.

    Without reported pairs, which are nobody's part in a label.
    """
    from modeling.ml.data import in_slice
    from modeling.ml.head import fast_rows
    from modeling.ml.training import split_slice

    config = _fast_config(cycle)
    frozen = frozen_train(cycle).comment_id
    only = _first_of_train(cycle, frozen)
    split = train_split(project=cycle.project, config=config, only=only)
    said = arm_labels(cycle=cycle, arm=Arm.REAL, config=config)
    data, feedback = discounted(split=split, said=said, cycle=cycle, config=config), said.feedback(config)
    data = replace(data, weights=data.weights * len(frozen) / len(only))
    fast = fast_rows(load_classifier(cycle.base), data, feedback, config)
    labels = [label for label, key in zip(said.labels, feedback.keys, strict=True) if not in_slice(key, config.feedback_threshold_share)]
    return fast, labels, split_slice(data, config)[1].keys


def _fast_config(cycle: RetrainingCycle) -> TrainingConfig:
    """The cycle's own, without what the fast lane does not have."""
    asked = config_for(cycle.project, TrainingConfig.from_dict(cycle.training_config))
    others = {"kl_weight": 0.0, "augmentation_weight": 0.0, "mindiff_weight": 0.0, "group_kl_weight": 0.0, "multiplier_rate": 0.0}
    return asked.but(lane=Lane.FAST, feedback_form="cross_entropy", **others)


def _first_of_train(cycle: RetrainingCycle, frozen: np.ndarray) -> np.ndarray:
    ordered = Comment.objects.of(cycle.project).in_split(Split.TRAIN).labelled().order_by("text_hash", "pk").values_list("pk", flat=True)
    known = set(frozen.tolist())
    return np.array(list(islice((pk for pk in ordered.iterator(5_000) if pk in known), MOST_TRAIN)))


def _parts(cycle: RetrainingCycle, labels: list[FeedbackLabel]) -> Iterator[tuple[Part, "Floats"]]:
    """Each part's share in each label: those on whom a label rests have equal shares."""
    shares: dict[Part, Floats] = defaultdict(lambda: np.zeros(len(labels)))
    sources: dict[int, list[str]] = defaultdict(list)
    named = LabelSource.objects.filter(label__batch__in=cycle.batches.all()).values_list("label_id", "source")
    for label, source in named.iterator(5_000):
        sources[label].append(source)
    for place, label in enumerate(labels):
        if sources[label.pk]:
            shares[label.batch_id, ALL][place] = 1
        for source in sources[label.pk]:
            shares[label.batch_id, source][place] = 1 / len(sources[label.pk])
    yield from shares.items()
