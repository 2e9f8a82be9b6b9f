"""Over which subgroups power means, worst values and gaps run, told from the rows of a version on a split."""

from collections.abc import Iterable

from modeling.measures.data import COUNTED_MINIMUM
from modeling.models import ModelVersion, SubgroupScore

OF_BOTH_CLASSES = "subgroup_auc"
"""Has no interval where a side is of too few families, which is what keeps a subgroup with enough comments from counting."""


def counted_subgroups(version: ModelVersion, split: str) -> tuple[str, ...]:
    return counted_among(SubgroupScore.objects.filter(version=version, split=split, measure=OF_BOTH_CLASSES))


def counted_among(scores: Iterable[SubgroupScore]) -> tuple[str, ...]:
    """As `measures.data.Scored.subgroups_counted` had them when a version was measured; `scores` of one version on one split."""
    return tuple(sorted(score.subgroup for score in scores if score.measure == OF_BOTH_CLASSES and _is_enough(score)))


def _is_enough(score: SubgroupScore) -> bool:
    return min(score.n_toxic, score.n_non_toxic) >= COUNTED_MINIMUM and score.low is not None
