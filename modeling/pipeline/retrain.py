"""Retrain: frozen feedback + train split -> one version per arm of a cycle."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from modeling.config import TrainingConfig
from modeling.errors import CancelledError
from modeling.labels import CYCLE_ARMS, Arm, Lane
from modeling.models import ModelVersion, RetrainingCycle
from modeling.pipeline.frozen_comments import frozen_train
from modeling.pipeline.training_rows import ArmLabels, arm_labels, config_for, discounted, train_split
from modeling.pipeline.versions import checkpoint_of, keep_version, load_classifier, remove_checkpoints

if TYPE_CHECKING:
    from modeling.ml.checkpoint import Checkpoint
    from modeling.ml.data import FeedbackData, TrainingData
    from modeling.ml.training import Training

    TrainArm = Callable[[TrainingData, FeedbackData, Callable[[dict[str, Any]], None], Checkpoint], Training]

OnStep = Callable[[Arm, dict[str, Any]], None]


def retrain(
    *,
    cycle: RetrainingCycle,
    on_step: OnStep,
    should_stop: Callable[[], bool],
    arms: tuple[Arm, ...] = CYCLE_ARMS,
    checkpoint_every: int = 0,
) -> dict[Arm, ModelVersion]:
    """Train the arms that have no version yet: same start, seed and steps, so that they differ in their labels alone.

    A cycle that was killed goes on in the arm that it was in, from the last checkpoint: every `checkpoint_every` steps, or by time.
    """
    config = config_for(cycle.project, TrainingConfig.from_dict(cycle.training_config))
    versions = {Arm(version.arm): version for version in cycle.versions.all()}
    missing = [arm for arm in in_training_order(arms) if arm not in versions]
    if not missing:
        return versions
    split = train_split(project=cycle.project, config=config, only=frozen_train(cycle).comment_id)
    train = _trainer(cycle, config, should_stop)
    prefix = f"{cycle.project.slug}-cycle-"
    remove_checkpoints(prefix, but=f"{prefix}{cycle.number}-")
    for arm in missing:
        checkpoint = checkpoint_of(f"{prefix}{cycle.number}-{arm}", checkpoint_every)
        said = arm_labels(cycle=cycle, arm=arm, config=config)
        data, feedback = discounted(split=split, said=said, cycle=cycle, config=config), said.trained_on(config)
        try:
            training = train(data, feedback, lambda step, arm=arm: on_step(arm, step), checkpoint)
        except CancelledError:
            checkpoint.remove()
            raise
        versions[arm] = keep_version(
            project=cycle.project,
            training=training,
            config=config,
            arm=arm,
            base=cycle.base,
            cycle=cycle,
            data={**split.described, "feedback": len(said.labels), **_pairs(said), "batches": [batch.sha256 for batch in cycle.batches.all()]},
        )
        checkpoint.remove()
    return versions


def in_training_order(arms: Iterable[Arm]) -> tuple[Arm, ...]:
    """The candidate first: what is sealed of the fast lane is computed again from its texts alone, and what an encoder says of a text may
    differ in the last bits with the texts that were read before it."""
    return tuple(sorted(arms, key=lambda arm: arm != Arm.REAL))


def _pairs(said: ArmLabels) -> dict[str, int]:
    """Said only of versions that were given any, so that a manifest reads as before where there are none."""
    return {"reported_pairs": len(said.pairs)} if said.pairs and said.counts_pairs else {}


def _trainer(cycle: RetrainingCycle, config: TrainingConfig, should_stop: Callable[[], bool]) -> "TrainArm":
    """How an arm is trained on the cycle's lane. What the frozen layers say of a text is computed once for all arms."""
    if config.lane == Lane.FAST:
        from modeling.ml.head import EmbeddingCache, train_fast

        base = load_classifier(cycle.base)
        vectors = EmbeddingCache(base)
        # No checkpoints: it is solved in seconds.
        return lambda data, people, on_step, _: train_fast(base, data, people, config, on_step, should_stop, vectors)
    if config.lane == Lane.MIDDLE:
        from modeling.ml.training import StateCache, train_middle

        base = load_classifier(cycle.base)
        states = StateCache(base)
        return lambda data, people, on_step, checkpoint: train_middle(base, data, people, config, states, on_step, should_stop, checkpoint)
    from django.conf import settings

    from modeling.ml.training import train_full

    source = settings.ENCODER
    return lambda data, people, on_step, checkpoint: train_full(data, config, source, people, on_step, should_stop, checkpoint)
