"""Train split and frozen feedback -> arrays: the one place where the ORM meets `modeling.ml.data`."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from modeling.config import TrainingConfig
from modeling.errors import NothingToTrainError
from modeling.labels import LEVELS, MEMBER_AT, Arm, Level, LevelKind, Split, mention_key
from modeling.ml.data import FeedbackData, TrainingData, build_feedback_data, build_pairs, build_training_data, no_feedback
from modeling.models import CyclePair, FeedbackLabel, Prediction, Project, RetrainingCycle, SubgroupMention
from modeling.models.data import Comment
from modeling.pipeline.train_digest import train_sha256

if TYPE_CHECKING:
    from django.db.models import QuerySet

SHRINK = 5
"""A subgroup's rate counts n / (n + SHRINK): a handful of reports must not silence its train labels."""

MOST_DISCOUNT = 0.9


@dataclass(frozen=True)
class TrainSplit:
    """All labelled comments of train, each text once. `mentions`: subgroups of each; `described`: what they are, for the manifest."""

    data: TrainingData
    mentions: list[set[str]]
    described: dict[str, Any]


def config_for(project: Project, config: TrainingConfig) -> TrainingConfig:
    """The config as it fits the project's levels: identity statements are toxic or not, and say nothing about sentiment."""
    is_sentiment = project.datasets.filter(level_kind=LevelKind.SENTIMENT).exists()
    return config.but(statements=0) if is_sentiment else config


def train_split(*, project: Project, config: TrainingConfig, only: np.ndarray | None = None) -> TrainSplit:
    """Read the train split, or of it `only` the comments with these ids.

    Raises:
        NothingToTrainError: it holds no labelled comment.
    """
    columns = ("pk", "text", "text_hash", "target", "annotator_count", "dataset__binary_only", "family", "dataset__name")
    labelled = Comment.objects.of(project).in_split(Split.TRAIN).labelled().order_by("text_hash", "pk")
    wanted = None if only is None else set(only.tolist())
    unique = {row[2]: row for row in labelled.values_list(*columns).iterator(5_000) if wanted is None or row[0] in wanted}
    if not unique:
        raise NothingToTrainError("No labelled comment stands in the train split. Import a file with a `target` column first.")
    ids, texts, hashes, targets, votes, binary, families, _ = zip(*unique.values(), strict=True)
    mentioned = _mentions(project, Split.TRAIN)
    mentions = [mentioned.get(pk, set()) for pk in ids]
    data = build_training_data(
        texts=texts,
        targets=targets,
        votes=[count or 0 for count in votes],
        binary=binary,
        keys=[family or text_hash for family, text_hash in zip(families, hashes, strict=True)],
        mentions=mentions,
        config=config,
    )
    return TrainSplit(data, mentions, _describe(list(unique.values())))


def _mentions(project: Project, split: Split) -> dict[int, set[str]]:
    return _by_comment(SubgroupMention.objects.filter(comment__dataset__project=project, comment__split=split))


def _by_comment(mentions: "QuerySet[SubgroupMention]") -> dict[int, set[str]]:
    mentioned: dict[int, set[str]] = defaultdict(set)
    members = mentions.filter(value__gte=MEMBER_AT).values_list("comment_id", "subgroup", "source")
    for comment_id, subgroup, source in members.iterator(5_000):
        mentioned[comment_id].add(mention_key(subgroup, source))
    return mentioned


def _describe(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    sha256 = train_sha256((text_hash, target, count) for _, _, text_hash, target, count, *_ in rows)
    return {"sha256": sha256, "comments": len(rows), "datasets": sorted({row[-1] for row in rows})}


@dataclass(frozen=True)
class ArmLabels:
    """What one arm takes people to have said of each label's comment. q: (n, 3); biased: (n,) share of reports; severity: (n,) 0 to 3."""

    labels: list[FeedbackLabel]
    q: np.ndarray
    biased: np.ndarray
    severity: np.ndarray
    pairs: list[CyclePair] = field(default_factory=list)
    counts_pairs: bool = True

    def trained_on(self, config: TrainingConfig) -> FeedbackData:
        """Labels, and behind them the reported pairs. In a control arm pairs stand in the same places and weigh nothing."""
        if not self.pairs:
            return self.feedback(config)
        weights = [pair.weight if self.counts_pairs else 0.0 for pair in self.pairs]
        built = build_pairs(texts=[pair.text for pair in self.pairs], twins=[pair.twin for pair in self.pairs], weights=weights)
        return self.feedback(config).joined(built)

    def feedback(self, config: TrainingConfig) -> FeedbackData:
        if not self.labels:
            return no_feedback()
        # b_i = reliability x severity (model.md 3), in [0, 1].
        confidence = np.array([label.confidence for label in self.labels])
        mentioned = _by_comment(SubgroupMention.objects.filter(comment__in=[label.comment_id for label in self.labels]))
        data = build_feedback_data(
            texts=[label.comment.text for label in self.labels],
            q=self.q,
            weights=[label.weight for label in self.labels],
            bias_weights=self.biased * confidence * self.severity / 3,
            mentions=[mentioned.get(label.comment_id, set()) for label in self.labels],
            config=config,
        )
        return replace(data, keys=[label.comment.family or label.comment.text_hash for label in self.labels])


def arm_labels(*, cycle: RetrainingCycle, arm: Arm, config: TrainingConfig) -> ArmLabels:
    """The frozen feedback of a cycle, as an arm takes it (model.md 7).

    none: nothing. real: what people said. echo: the same comments and weights with the champion's own levels, no reports.
    placebo: what people said, shuffled among comments of the same predicted level and with or without a mention. Reported pairs count in
    real alone.
    """
    frozen = FeedbackLabel.objects.filter(batch__in=cycle.batches.all()).select_related("comment")
    labels = [] if arm == Arm.NONE else list(frozen.order_by("comment__text_hash", "pk"))
    q = np.array([[label.q_low, label.q_mild, label.q_high] for label in labels]).reshape(-1, 3)
    pairs = [] if arm == Arm.NONE else list(cycle.pairs.all())
    biased, severity = np.array([label.biased_rate for label in labels]), np.array([label.severity for label in labels])
    said = ArmLabels(labels, q, biased, severity, pairs, counts_pairs=arm == Arm.REAL)
    if arm == Arm.ECHO:
        nothing = np.zeros(len(labels))
        return replace(said, q=_champions_levels(cycle, labels), biased=nothing, severity=nothing)
    if arm == Arm.PLACEBO:
        order = _shuffle_within(_strata(cycle, labels), np.random.default_rng(config.seed))
        return replace(said, q=q[order], biased=biased[order], severity=severity[order])
    return said


def discounted(*, split: TrainSplit, said: ArmLabels, cycle: RetrainingCycle, config: TrainingConfig) -> TrainingData:
    """Train labels above low count less where people confirmed that comments about the same subgroup are over-rated.

    "Bias reported often is penalised more", in its first form: what taught the bias is believed less. The rate of a subgroup is the
    share of reports among its over-rated comments (flagged, or predicted above low), weighted by 1 / inclusion probability, shrunk
    and capped; never a raw count. A comment about several subgroups takes the highest rate.

    From the same rates start the multipliers of the bias terms, the second form: labels are believed 1 - rate, terms count
    1 / (1 - rate); a training that has multipliers (`multiplier_rate`) moves on from there.
    """
    rates = over_rating_rates(said, cycle)
    data = replace(split.data, multipliers={subgroup: 1 / (1 - rate) for subgroup, rate in rates.items()})
    if not rates or not config.discount_reported:
        return data
    above_low = split.data.q.argmax(axis=1) > LEVELS.index(Level.LOW)
    rate = np.array([max((rates.get(subgroup, 0.0) for subgroup in mentioned), default=0.0) for mentioned in split.mentions])
    return replace(data, weights=data.weights * np.where(above_low, 1 - config.discount_reported * rate, 1.0))


def over_rating_rates(said: ArmLabels, cycle: RetrainingCycle) -> dict[str, float]:
    """{subgroup: confirmed share of over-rating, in [0, MOST_DISCOUNT]} for the subgroups with at least one report."""
    judged = {(p.version_id, p.comment_id): p for p in Prediction.objects.filter(comment__in=[label.comment_id for label in said.labels])}
    mentioned = _mentions(cycle.project, Split.POOL)
    shown: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for label, biased in zip(said.labels, said.biased, strict=True):
        prediction = judged[label.version_id, label.comment_id]
        if prediction.flagged or prediction.predicted_label != Level.LOW:
            for subgroup in mentioned.get(label.comment_id, ()):
                shown[subgroup].append((1 / label.inclusion_probability, float(biased)))
    return {subgroup: rate for subgroup, rows in shown.items() if (rate := confirmed_rate(np.array(rows))) > 0}


def confirmed_rate(rows: np.ndarray) -> float:
    """Weighted share of reports, shrunk and capped; rows: (n, 2) of weight and share of reports."""
    weights, reports = rows.T
    effective = weights.sum() ** 2 / (weights**2).sum()
    return min(MOST_DISCOUNT, float(np.average(reports, weights=weights) * effective / (effective + SHRINK)))


def _predicted(cycle: RetrainingCycle, labels: list[FeedbackLabel]) -> dict[int, str]:
    rows = Prediction.objects.filter(version=cycle.champion, comment__in=[label.comment_id for label in labels])
    return dict(rows.values_list("comment_id", "predicted_label"))


def _champions_levels(cycle: RetrainingCycle, labels: list[FeedbackLabel]) -> np.ndarray:
    predicted = _predicted(cycle, labels)
    one_hot = np.eye(len(LEVELS))
    return np.array([one_hot[LEVELS.index(Level(predicted[label.comment_id]))] for label in labels]).reshape(-1, 3)


def _strata(cycle: RetrainingCycle, labels: list[FeedbackLabel]) -> list[tuple[str, bool]]:
    predicted, mentioned = _predicted(cycle, labels), _mentions(cycle.project, Split.POOL)
    return [(predicted[label.comment_id], label.comment_id in mentioned) for label in labels]


def _shuffle_within(strata: list[tuple[str, bool]], rng: np.random.Generator) -> np.ndarray:
    order = np.arange(len(strata))
    for stratum in sorted(set(strata)):
        places = np.array([i for i, other in enumerate(strata) if other == stratum])
        order[places] = rng.permutation(places)
    return order
