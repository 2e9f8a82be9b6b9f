"""One arm of the ablation under one seed: trained on the middle lane from the published encoder, and what it says about every probe."""

import fcntl
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch

from benchmarks.ablation_corpus import Corpus, load_corpus
from benchmarks.madlibs import Madlibs, load_madlibs
from modeling.config import TrainingConfig
from modeling.labels import Lane, Split
from modeling.ml.classifier import BiasBert, Classifier, new_classifier
from modeling.ml.data import FeedbackData, TrainingData, build_feedback_data, build_training_data
from modeling.ml.encoder import autocast, top_of
from modeling.ml.inference import TOKEN_BUDGET, uses_bf16
from modeling.ml.loop import seeded
from modeling.ml.probes import probe_groups
from modeling.ml.states import TOP_LAYERS, StateCache
from modeling.ml.targets import soft_levels
from modeling.ml.thresholds import scores_of
from modeling.ml.tokens import scoring_batches
from modeling.ml.training import train_middle

FEEDBACK_LABELS = 600
"""Pool comments that the feedback arms get labels of: what three rounds of 200 bring."""

MOST_TRAIN_OF_A_SOURCE = 1_600
"""As many as Civil has: no source drowns the others, and a run takes a minute or two."""

SCHEDULE: dict[str, Any] = {"epochs": 2, "learning_rate": 7e-4}
"""From the published encoder; the middle lane's own schedule is for a base that has been trained."""

PLAIN: dict[str, Any] = {"pairing_weight": 0.0, "statements": 0}
PAIRING: dict[str, Any] = {"pairing_weight": 0.25, "statements": 0}
"""Of train comments alone; the default's weight counts on statements, which weigh more in it."""

ARMS: dict[str, dict[str, Any]] = {
    "cross_entropy": PLAIN,
    "printed_kl": PLAIN | {"kl_weight": 0.5},
    "default": {},
    "logit_pairing": PAIRING,
    "pairing_all_levels": PAIRING | {"pairing_levels": "all"},
    "statements": {"pairing_weight": 0.0},
    "pairing_doubled": {"pairing_weight": 2 * TrainingConfig().pairing_weight},
    "augmentation": PLAIN | {"augmentation_weight": 1.0},
    "mindiff": PLAIN | {"mindiff_weight": 1.0},
    "group_kl": PLAIN | {"group_kl_weight": 1.0},
    "identity_masking": PLAIN | {"mask_identities": True},
    "multipliers": {"multiplier_rate": 1.0},
    "paper_preprocessing": PLAIN | {"preprocessing": "paper"},
    "feedback_cross_entropy": {"feedback_weight": 0.0},
    "feedback_reported_pairing": {},
    "feedback_unlikelihood": {"feedback_weight": 0.0, "feedback_form": "unlikelihood"},
    "feedback_jsd": {"feedback_weight": 0.0, "feedback_form": "jsd"},
}


@dataclass(frozen=True)
class SwapPair:
    """Two texts of one frame that differ in whom they are about."""

    frame: str
    text: str
    swapped: str


@dataclass(frozen=True)
class World:
    """All that every run sees, and where runs are kept."""

    corpus: Corpus
    madlibs: Madlibs
    pairs: list[SwapPair]
    work: Path

    @cached_property
    def train_rows(self) -> np.ndarray:
        """(n,) at most MOST_TRAIN_OF_A_SOURCE of each source, those with the lowest hashes."""
        chosen = np.zeros(len(self.corpus), dtype=bool)
        for source in np.unique(self.corpus.source):
            rows = np.flatnonzero(self.corpus.rows(Split.TRAIN) & (self.corpus.source == source))
            # Salted: the split itself was drawn from the same hash.
            rows = sorted(rows, key=lambda i: self.corpus.hashes[i][::-1])
            chosen[rows[:MOST_TRAIN_OF_A_SOURCE]] = True
        return chosen

    @cached_property
    def mentioning_pool(self) -> np.ndarray:
        """(n,) pool comments that mention a subgroup: where feedback on bias comes from."""
        return self.corpus.rows(Split.POOL) & self.corpus.mentions.any(axis=1)

    @cached_property
    def probes(self) -> dict[str, list[str]]:
        """{name: texts}: what every run predicts."""
        return {
            "gate": self.corpus.take(self.corpus.rows(Split.GATE)),
            "test": self.corpus.take(self.corpus.rows(Split.TEST)),
            "madlibs": self.madlibs.texts,
            "pair": [pair.text for pair in self.pairs],
            "twin": [pair.swapped for pair in self.pairs],
        }

    def path(self, arm: str, seed: int) -> Path:
        return self.work / f"{arm}-{seed}.npz"

    def claim(self, arm: str, seed: int) -> bool:
        """Whether this process is to make the run: it is not there, and no other process makes it. A dead process holds no lock."""
        if self.path(arm, seed).exists():
            return False
        lock = (self.work / f"{arm}-{seed}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        _LOCKS.append(lock)
        return not self.path(arm, seed).exists()


_LOCKS: list[IO[str]] = []
"""Held as long as the process lives."""


def load_world(data: Path, work: Path) -> World:
    pairs = [SwapPair(group.frame, *texts) for group in probe_groups() for texts in combinations(group.texts, 2)]
    return World(load_corpus(data), load_madlibs(data), pairs, work)


def data_of(corpus: Corpus, rows: np.ndarray, config: TrainingConfig) -> TrainingData:
    places = np.flatnonzero(rows)
    return build_training_data(
        texts=[corpus.texts[i] for i in places],
        targets=corpus.target[places],
        votes=corpus.votes[places],
        binary=corpus.binary[places],
        keys=[corpus.hashes[i] for i in places],
        mentions=[[corpus.subgroups[g] for g in np.flatnonzero(corpus.mentions[i])] for i in places],
        config=config,
    )


def feedback_of(world: World, config: TrainingConfig) -> FeedbackData:
    """What people would say about pool comments that mention a subgroup, were they the source's own raters.

    Half of them are those that plain CE over-rates most (harmless by the raters, flagged), as bias-seeking sampling would find them;
    bias is reported on these. The others are drawn at random.
    """
    corpus, rows = world.corpus, np.flatnonzero(world.mentioning_pool)
    plain = np.load(world.path("cross_entropy", config.seed))
    scores = scores_of(plain["pool"])
    over_rated = (corpus.target[rows] < 0.3) & (scores >= plain["threshold"])
    worst = np.flatnonzero(over_rated)[np.argsort(-scores[over_rated])][: FEEDBACK_LABELS // 2]
    others = np.random.default_rng(config.seed).permutation(np.setdiff1d(np.arange(len(rows)), worst))[: FEEDBACK_LABELS - len(worst)]
    chosen = np.concatenate([worst, others])
    places = rows[chosen]
    return build_feedback_data(
        texts=[corpus.texts[i] for i in places],
        q=soft_levels(corpus.target[places], corpus.votes[places]),
        weights=np.ones(len(places)),
        bias_weights=over_rated[chosen].astype(float),
        config=config,
    )


class Runner:
    """Trains and predicts over one cache of layer-4 states; a text that an arm's encoder reads differently is another text there."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._states = StateCache(new_classifier(TrainingConfig()))

    def run(self, arm: str, seed: int, changes: dict[str, Any]) -> None:
        started = time.monotonic()
        config = TrainingConfig.for_lane(Lane.MIDDLE, seed=seed, **SCHEDULE, **changes)
        with seeded(config):
            base = new_classifier(config)
        data = data_of(self.world.corpus, self.world.train_rows, config)
        feedback = feedback_of(self.world, config) if arm.startswith("feedback_") else None
        training = train_middle(base, data, feedback, config, self._states)
        trained = time.monotonic()
        predicted = self._predict(training.classifier, arm)
        print(f"{arm} {seed}: trained in {trained - started:.0f} s, predicted in {time.monotonic() - trained:.0f} s", flush=True)
        part = self.world.work / f"part-{os.getpid()}.npz"
        np.savez(part, **predicted, threshold=training.threshold, seconds=trained - started, n=len(data))
        part.replace(self.world.path(arm, seed))

    def _predict(self, classifier: Classifier, arm: str) -> dict[str, np.ndarray]:
        module = classifier.module
        top = BiasBert(top_of(module.encoder, TOP_LAYERS), classifier.config.pooling)
        top.head.load_state_dict(module.head.state_dict())
        probes = self.world.probes
        if arm == "cross_entropy":
            probes = probes | {"pool": self.world.corpus.take(self.world.mentioning_pool)}
        return {name: predict(top.eval(), self._states, classifier.as_read(texts)) for name, texts in probes.items()}


@torch.inference_mode()
def predict(top: BiasBert, states: StateCache, texts: Sequence[str]) -> np.ndarray:
    """(n, 3) probabilities, float32. A text that stands several times (the probe's pairs share theirs) is computed once."""
    place = {text: i for i, text in enumerate(dict.fromkeys(texts))}
    unique = list(place)
    states.add(unique)
    p = np.empty((len(unique), 3), dtype=np.float32)
    for batch in scoring_batches([states.length(text) for text in unique], TOKEN_BUDGET):
        with autocast(uses_bf16("auto")):
            logits = top(**states.batch([unique[i] for i in batch]))
        p[batch] = torch.softmax(logits.float(), dim=1).numpy()
    return p[[place[text] for text in texts]]
