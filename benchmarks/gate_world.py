"""The demonstration data without a database: vectors of the published encoder, and cycles of the fast lane on them in a second each.

The same functions as in the product, one after the other: sample, answer, join the answers, train, judge. What differs from it: the
encoder is the published one (in use, it is the last full lane's), and a gate is drawn from the comments that training never saw, so that
it can be larger than the demonstration's own.
"""

from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np

from modeling.config import TrainingConfig
from modeling.demonstration.recipe import make_rows
from modeling.labels import EXTRA_SUBGROUP_PREFIX, LEVELS, MEMBER_AT, SUBGROUPS, TOXIC_TARGET, Lane, Level, Split, level_of, split_of
from modeling.measures.data import Scored
from modeling.ml.classifier import Classifier, new_classifier
from modeling.ml.data import FeedbackData, TrainingData, build_feedback_data, build_training_data
from modeling.ml.head import EmbeddingCache, fast_rows, solve_rows
from modeling.ml.stored_head import Head, probabilities

RATERS = 10
JUDGED = (Split.GATE, Split.TEST, Split.AUDIT)


class KeptVectors(EmbeddingCache):
    """Vectors that are kept on disk: the encoder is run once, and every process after reads them."""

    def __init__(self, config: TrainingConfig, path: Path) -> None:
        super().__init__(new_classifier(config))
        self._path = path
        if path.exists():
            kept = np.load(path)
            self._vectors = dict(zip(kept["texts"].tolist(), kept["vectors"], strict=True))

    def keep(self) -> None:
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part = self._path.with_suffix(".part.npz")
            np.savez(part, texts=np.array(list(self._vectors)), vectors=np.array(list(self._vectors.values())))
            part.replace(self._path)


@dataclass(frozen=True)
class Version:
    """A head with its threshold, and what it says of every comment of the world: p (n, 3)."""

    p: np.ndarray
    threshold: float


class World:
    """n comments of the demonstration data whose train split is slandered by `planted_share`.

    target, unslandered, level, split, family, members: (n,) each; `rows(split)` their places. champion: trained without anybody's labels.
    """

    def __init__(self, planted_share: float, work: Path, most: int | None = None) -> None:
        rows = list(make_rows(seed=0, planted_share=planted_share))
        self.config = TrainingConfig.for_lane(Lane.FAST, threads=1)
        self.texts = [row["comment_text"] for row in rows]
        self.target = np.array([row["target"] for row in rows])
        self.unslandered = np.array([row["target"] for row in make_rows(seed=0, planted_share=0)])
        self.level = np.array([LEVELS.index(level_of(target)) for target in self.target])
        self.family = np.unique([row["family"] for row in rows], return_inverse=True)[1]
        self.keys = [row["family"] for row in rows]
        self.split = np.array([split_of(row["family"]).value for row in rows])
        names = (*SUBGROUPS, *(name for name in rows[0] if name.startswith(EXTRA_SUBGROUP_PREFIX)))
        columns = {name: np.array([row[name] for row in rows]) >= MEMBER_AT for name in names}
        self.members = {name: members for name, members in columns.items() if members.any()}
        if most is not None:
            self._keep(np.random.default_rng(0).permutation(self.family.max() + 1)[:most])
        self.base = new_classifier(self.config)
        self.cache = KeptVectors(self.config, work / f"demonstration-vectors{'' if most is None else f'-{most}'}.npz")
        self.cache.add(self.texts)
        self.champion = self.solve(self.train)
        self.cache.keep()

    def _keep(self, families: np.ndarray) -> None:
        """For a trial: only these families."""
        kept = np.flatnonzero(np.isin(self.family, families))
        self.texts, self.keys = [self.texts[i] for i in kept], [self.keys[i] for i in kept]
        for name in ("target", "unslandered", "level", "family", "split"):
            setattr(self, name, getattr(self, name)[kept])
        self.members = {name: members[kept] for name, members in self.members.items()}

    def rows(self, *splits: Split) -> np.ndarray:
        return np.flatnonzero(np.isin(self.split, [split.value for split in splits]))

    @cached_property
    def train(self) -> TrainingData:
        return self._train_by(self.target)

    @cached_property
    def unslandered_train(self) -> TrainingData:
        """What the raters of train had said before the plant."""
        return self._train_by(self.unslandered)

    @cached_property
    def honest(self) -> Version:
        """Trained on what the raters had said before the plant, and on nobody's labels."""
        return self.solve(self.unslandered_train)

    def over(self, base: Classifier) -> Self:
        """The same comments over another encoder; its own head is the champion."""
        other = copy(self)
        other.base, other.cache = base, EmbeddingCache(base)
        other.cache.add(self.texts)
        other.vectors = other.cache.vectors(self.texts)
        other.__dict__.pop("honest", None)
        other.champion = Version(own_head(base, other.vectors), base.threshold)
        return other

    def _train_by(self, target: np.ndarray) -> TrainingData:
        rows = self.rows(Split.TRAIN)
        texts, keys = [self.texts[i] for i in rows], [self.keys[i] for i in rows]
        return build_training_data(texts=texts, targets=target[rows], votes=np.full(len(rows), RATERS), keys=keys, config=self.config)

    @cached_property
    def vectors(self) -> np.ndarray:
        """(n, d)."""
        return self.cache.vectors(self.texts)

    @property
    def judged(self) -> np.ndarray:
        """Comments that neither training nor people ever see: the population that gates are drawn from."""
        return self.rows(*JUDGED)

    def solve(self, data: TrainingData, feedback: FeedbackData | None = None) -> Version:
        head, threshold = solve_rows(fast_rows(self.base, data, feedback, self.config, self.cache))
        solved = Head.solved(head)
        return Version(probabilities(solved.logits(self.vectors)).astype(np.float32), threshold)

    def scored(self, version: Version, rows: np.ndarray, cluster: np.ndarray) -> Scored:
        members = {name: members[rows] for name, members in self.members.items()}
        return Scored(version.p[rows], self.level[rows], self.target[rows] >= TOXIC_TARGET, version.threshold, members, cluster)

    def draw_gate(self, times: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """(rows, clusters): for each family of the demonstration's own gate, `times` of its kind among the judged, with replacement.

        Each draw is a cluster of its own. By kind, because the demonstration's gate was laid out to hold enough families of each: one that is
        drawn without regard to them has no subgroup to test in a fifth of the cases.
        """
        by_kind: dict[tuple[bool, str], list[np.ndarray]] = {}
        for rows in self._families(self.judged):
            by_kind.setdefault(self._kind(rows), []).append(rows)
        kinds = [self._kind(rows) for rows in self._families(self.rows(Split.GATE))] * times
        drawn = [by_kind[kind][rng.integers(len(by_kind[kind]))] for kind in kinds]
        return np.concatenate(drawn), np.repeat(np.arange(len(drawn)), [len(rows) for rows in drawn])

    def _families(self, rows: np.ndarray) -> list[np.ndarray]:
        return [rows[self.family[rows] == one] for one in np.unique(self.family[rows])]

    def _kind(self, rows: np.ndarray) -> tuple[bool, str]:
        """Of a family: whether most of it is toxic, and the first subgroup that it mentions."""
        mentioned = (name for name, members in self.members.items() if members[rows[0]])
        return bool((self.target[rows] >= TOXIC_TARGET).mean() >= 0.5), next(mentioned, "")

    def mentions(self, row: int) -> list[str]:
        return [name for name, members in self.members.items() if members[row]]

    def bootstrapped(self, rng: np.random.Generator) -> TrainingData:
        """Train with its families drawn anew, with replacement: as another stretch of the same stream would have been."""
        families = self.family[self.rows(Split.TRAIN)]
        counts = np.bincount(rng.choice(np.unique(families), size=len(np.unique(families))), minlength=families.max() + 1)
        kept = counts[families] > 0
        weighted = self.train.take(kept)
        return replace(weighted, weights=weighted.weights * counts[families][kept])


def own_head(classifier: Classifier, vectors: np.ndarray) -> np.ndarray:
    """(n, 3) that its head says of (n, d) of its encoder."""
    head = classifier.module.head
    return probabilities(Head(head.weight.detach().numpy(), head.bias.detach().numpy()).logits(vectors)).astype(np.float32)


def people_say(world: World, champion: Version, items: int, seed: int) -> tuple[TrainingData, FeedbackData]:
    """One round in the product's own steps: bias-seeking draw, six scripted annotators (three each), Dawid-Skene, and what a cycle makes of it.

    Returns train, discounted where people confirmed over-rating, and the labels.
    """
    from feedback.crowd.consensus import reach_consensus
    from feedback.crowd.judgement import Judgement
    from feedback.crowd.pool import Pool
    from feedback.crowd.sampling import draw
    from feedback.crowd.simulation import Script, answer
    from modeling.pipeline.training_rows import confirmed_rate

    rng = np.random.default_rng([seed, 11])
    rows = world.rows(Split.POOL)
    p = champion.p[rows].astype(np.float64)
    flagged = 0.5 * p[:, 1] + p[:, 2] >= champion.threshold
    pool = Pool(p=p, flagged=flagged, family=world.family[rows], mentions={name: members[rows] for name, members in world.members.items()})
    drawn = draw(pool, strategy="bias_seeking", count=items, random_share=0.25, rng=rng)
    judgements = []
    for place in drawn.chosen.tolist():
        row, predicted = int(rows[place]), Level(LEVELS[int(p[place].argmax())])
        true, mentions, is_flagged = Level(LEVELS[world.level[row]]), world.mentions(int(rows[place])), bool(flagged[place])
        for who in rng.choice(6, size=3, replace=False).tolist():
            said = answer(Script(), true_level=true, predicted=predicted, flagged=is_flagged, mentions=mentions, rng=rng)
            level = said.corrected_label or predicted.value
            wrong = said.verdict == "incorrect"
            more = {"bias_types": said.bias_types, "subgroup": said.subgroup, "pattern": said.pattern, "severity": said.severity}
            judgements.append(Judgement(item=row, annotator=who, panel=1, label=LEVELS.index(Level(level)), incorrect=wrong, **more))
    found = reach_consensus(judgements, {1: 1.0}).items
    inclusion = dict(zip(rows[drawn.chosen].tolist(), drawn.inclusion.tolist(), strict=True))
    over_rated = dict(zip(rows.tolist(), (flagged | (p.argmax(axis=1) > 0)).tolist(), strict=True))
    shown: dict[str, list[tuple[float, float]]] = {}
    for item in (item for item in found if over_rated[item.item]):
        for subgroup in world.mentions(item.item):
            shown.setdefault(subgroup, []).append((1 / inclusion[item.item], item.biased_rate))
    rates = {subgroup: confirmed_rate(np.array(of)) for subgroup, of in shown.items()}
    feedback = build_feedback_data(
        texts=[world.texts[item.item] for item in found],
        q=[item.q for item in found],
        weights=[item.weight for item in found],
        bias_weights=[item.biased_rate * item.confidence * item.severity / 3 for item in found],
        config=world.config,
    )
    return _discounted(world, rates), replace(feedback, keys=[world.keys[item.item] for item in found])


def _discounted(world: World, rates: dict[str, float]) -> TrainingData:
    """As `training_rows.discounted` does: labels above low are believed 1 - rate."""
    above_low = world.train.q.argmax(axis=1) > 0
    rate = np.array([max((rates.get(name, 0.0) for name in world.mentions(int(row))), default=0.0) for row in world.rows(Split.TRAIN)])
    weights = world.train.weights * np.where(above_low, 1 - world.config.discount_reported * rate, 1.0)
    return replace(world.train, weights=weights)
