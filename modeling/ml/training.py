"""The full lane (all layers) and the middle lane (top two layers and head, from cached states). The fast lane: `head.train_fast`."""

import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from modeling.config import PREPROCESSING_PAPER, TrainingConfig
from modeling.ml.checkpoint import Checkpoint
from modeling.ml.classifier import BiasBert, Classifier, new_classifier
from modeling.ml.data import STATEMENT_KEY, FeedbackData, TrainingData, as_trained_on, in_slice
from modeling.ml.encoder import layers_of, top_of
from modeling.ml.loop import Loop, OnStep, ShouldStop, ignore_step, never_stop, seeded, tells_reading
from modeling.ml.processes import Alone
from modeling.ml.rows import Rows
from modeling.ml.states import TOP_LAYERS, StateCache
from modeling.ml.thresholds import equal_error_threshold, scores_of
from modeling.ml.tokens import TokenFeeder


@dataclass(frozen=True)
class Training:
    """What a training gives: the classifier (with its threshold set), and the loss step by step."""

    classifier: Classifier
    loss_steps: list[dict[str, Any]]
    threshold: float


def train_full(
    data: TrainingData,
    config: TrainingConfig,
    encoder_source: str = "",
    feedback: FeedbackData | None = None,
    on_step: OnStep = ignore_step,
    should_stop: ShouldStop = never_stop,
    checkpoint: Checkpoint | None = None,
    processes: Alone | None = None,
) -> Training:
    """Train all layers from the published encoder. Same config, data and machine: same weights.

    With a `checkpoint` a killed training goes on where it stopped and ends with the weights it would have had; the caller removes it.
    With several `processes` all of them call this alike and get the same; only the first writes checkpoints, and should write the version.
    Raises NothingToTrainError without comments, CancelledError when `should_stop()` says so (asked before each step).
    """
    with seeded(config):
        fresh = new_classifier(config, encoder_source)
        data, people = as_trained_on(data, feedback, config, fresh.tokenizer.mask_token)
        feeder = TokenFeeder(fresh.tokenizer, [*data.all_texts(), *people.all_texts()], config.max_tokens)
        loop = Loop(fresh.module, feeder, *split_rows(data, people, config), config, on_step, should_stop, checkpoint, processes or Alone())
        steps = loop.run()
        threshold = _threshold(loop)
    return Training(replace(fresh, threshold=threshold), steps, threshold)


def train_middle(
    base: Classifier,
    data: TrainingData,
    feedback: FeedbackData | None,
    config: TrainingConfig,
    states: StateCache,
    on_step: OnStep = ignore_step,
    should_stop: ShouldStop = never_stop,
    checkpoint: Checkpoint | None = None,
) -> Training:
    """Train the top two layers and the head, starting from `base` (the last full-lane version), which stays as it is.

    `states` must be made from the same base; texts it does not hold yet are added. Hand the same one to every arm of a cycle.
    `checkpoint` as for the full lane; the states are not in it and are computed again.
    """
    config = on_base(config, base.config)
    data, people = as_trained_on(data, feedback, config, base.tokenizer.mask_token)
    states.add([*data.all_texts(), *people.all_texts()], tells_reading(on_step, should_stop))
    with seeded(config):
        top = BiasBert(top_of(base.module.encoder, TOP_LAYERS), config.pooling, config.dropout)
        top.head.load_state_dict(base.module.head.state_dict())
        loop = Loop(top, states, *split_rows(data, people, config), config, on_step, should_stop, checkpoint)
        steps = loop.run()
        threshold = _threshold(loop)
    return Training(Classifier(base.tokenizer, with_top(base.module, top), threshold, config), steps, threshold)


def on_base(config: TrainingConfig, base: TrainingConfig) -> TrainingConfig:
    """The config with what the base has settled; words that the base never read are not read above it either."""
    masked = config.mask_identities or base.mask_identities
    preprocessing = PREPROCESSING_PAPER if PREPROCESSING_PAPER in (config.preprocessing, base.preprocessing) else config.preprocessing
    return config.but(pooling=base.pooling, max_tokens=base.max_tokens, mask_identities=masked, preprocessing=preprocessing)


def split_slice(data: TrainingData, config: TrainingConfig) -> tuple[TrainingData, TrainingData]:
    """(what is trained on, what threshold and early stopping are decided on)."""
    held = np.array([in_slice(key, config.threshold_share) for key in data.keys], dtype=bool)
    ours = np.array([key == STATEMENT_KEY for key in data.keys], dtype=bool)
    if (held | ours).all():  # a handful of comments: better a threshold of .5 than no training, or one on our statements alone
        held[:] = False
    return data.take(~held), data.take(held)


def split_people(feedback: FeedbackData, config: TrainingConfig) -> tuple[FeedbackData, FeedbackData]:
    """(labels that are trained on, labels that only the threshold and early stopping see).

    Without the second part, people would have no say in the threshold: where train is biased, its slice is biased in the same way,
    and an equal-error threshold on it would lower itself until the mended comments were flagged again.
    """
    held = np.array([in_slice(key, config.feedback_threshold_share) for key in feedback.keys], dtype=bool)
    return feedback.take(~held), feedback.take(held)


def split_rows(data: TrainingData, feedback: FeedbackData, config: TrainingConfig) -> tuple[Rows, Rows]:
    """(rows of the loss, rows held out for threshold and early stopping), labels of train and of people in each, weighted alike."""
    trained, held_out = split_slice(data, config)
    people, people_held_out = split_people(feedback, config)
    rows = Rows.join(trained, people, config)
    return rows, Rows.join(held_out, people_held_out, config, rows.subgroups)


def _threshold(loop: Loop) -> float:
    """And the module is brought back from the device that it was trained on."""
    held_out = loop.held_out
    scores = scores_of(loop.held_out_probabilities())
    loop.module.cpu()
    return equal_error_threshold(scores, held_out.toxic, held_out.weights)


def with_top(base: BiasBert, top: BiasBert) -> BiasBert:
    """A copy of `base` with the trained layers and head of `top` in their place."""
    module = copy.deepcopy(base)
    for mine, trained in zip(layers_of(module.encoder)[-TOP_LAYERS:], layers_of(top.encoder), strict=True):
        mine.load_state_dict(trained.state_dict())
    module.head.load_state_dict(top.head.state_dict())
    return module.eval()
