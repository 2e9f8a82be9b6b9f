"""The members of a bundle that are lines: frozen labels, the comments of each split, and what was measured on them."""

from collections.abc import Iterator
from typing import Any

from modeling.labels import JUDGED_SPLITS, Split
from modeling.models import Comment, Difference, Evaluation, FeedbackLabel, FrozenSplit, ModelVersion, RetrainingCycle, SubgroupScore
from modeling.pipeline.evaluate import VersionMeasures
from modeling.pipeline.frozen_comments import FrozenComments, measure_rows

READ_AT_ONCE = 5_000
REPLAYED = ("subgroup", "measure", "value", "n")
"""Of what a verdict keeps of a version: a replay draws no intervals of single versions, the gate asks about differences."""

Roles = dict[str, ModelVersion]
"""{`champion` or an arm's name: version}."""


def label_lines(cycle: RetrainingCycle) -> Iterator[dict[str, Any]]:
    """The frozen labels in the order in which training reads them."""
    labels = FeedbackLabel.objects.filter(batch__in=cycle.batches.all()).select_related("comment__dataset", "version", "batch")
    for label in labels.order_by("comment__text_hash", "pk").iterator(READ_AT_ONCE):
        yield {
            "batch": label.batch.sha256,
            "dataset": label.comment.dataset.name,
            "id": label.comment.external_id,
            "text_sha256": label.comment.text_hash,
            "judged_version": label.version.number,
            "q": [label.q_low, label.q_mild, label.q_high],
            "weight": label.weight,
            "confidence": label.confidence,
            "incorrect_rate": label.incorrect_rate,
            "biased_rate": label.biased_rate,
            "bias_rates": label.bias_rates,
            "pattern": label.pattern,
            "subgroup": label.subgroup,
            "severity": label.severity,
            "inclusion_probability": label.inclusion_probability,
            "annotations": label.annotation_count,
            "adjudicated": label.adjudicated,
        }


def pair_lines(cycle: RetrainingCycle, texts: bool) -> Iterator[dict[str, Any]]:
    """The reported pairs in the order in which training reads them; by the hash of both texts, unless these are asked for."""
    for pair in cycle.pairs.all():
        said = {"text": pair.text, "twin": pair.twin} if texts else {}
        yield {"pair_sha256": pair.pair_key, "weight": pair.weight, "reporters": pair.reporters, **said}


def comment_lines(cycle: RetrainingCycle, frozen: dict[Split, FrozenComments], texts: bool) -> Iterator[dict[str, Any]]:
    """Who stands in which split: the labelled comments of train that were read, and those of gate and test that were judged, in the order
    of their predictions."""
    columns = ["dataset__name", "external_id", "text_hash", "target", "annotator_count", *(["text"] if texts else [])]
    names = ["dataset", "id", "text_sha256", "target", "votes", "text"]
    for split, comments in frozen.items():
        for row in comments.rows(*columns):
            yield {"split": split, **dict(zip(names, row, strict=False))}
    if texts:
        said = Comment.objects.filter(feedback_labels__batch__in=cycle.batches.all()).distinct().order_by("pk").values_list(*columns)
        for row in said.iterator(READ_AT_ONCE):
            yield {"split": Split.POOL, **dict(zip(names, row, strict=False)), "target": None, "votes": None}


def measure_lines(cycle: RetrainingCycle, roles: Roles) -> Iterator[dict[str, Any]]:
    """Values of each version at the verdict, and paired differences with their intervals."""
    by_number, by_pk = ({getattr(version, key): role for role, version in roles.items()} for key in ("number", "pk"))
    for split in JUDGED_SPLITS:
        for row in _values(cycle, split, roles):
            yield {**{name: row[name] for name in REPLAYED}, "split": split, "version": by_number[row["version"]]}
    compared = Difference.objects.filter(cycle=cycle, split__in=JUDGED_SPLITS).order_by("split", "version_id", "against_id", "subgroup", "measure")
    for pair in compared.iterator(READ_AT_ONCE):
        shown = {"subgroup": pair.subgroup, "measure": pair.measure, "value": pair.value, "low": pair.low, "high": pair.high, "n": pair.n}
        yield {"split": pair.split, "version": by_pk[pair.version_id], "against": by_pk[pair.against_id], **shown}


def _values(cycle: RetrainingCycle, split: Split, roles: Roles) -> list[dict[str, Any]]:
    """A cycle that was decided before cycles kept them has those that stand now; the replay says whether they are the same."""
    if kept := FrozenSplit.objects.filter(cycle=cycle, split=split).values_list("measures", flat=True).first():
        return kept
    stored = {"split": split, "version__in": roles.values()}
    evaluations, subgroups = list(Evaluation.objects.filter(**stored)), list(SubgroupScore.objects.filter(**stored))
    return [
        row
        for version in roles.values()
        for row in measure_rows(
            VersionMeasures(
                version,
                split,
                [one for one in evaluations if one.version_id == version.pk],
                [one for one in subgroups if one.version_id == version.pk],
            )
        )
    ]
