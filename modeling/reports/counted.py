"""Over which subgroups power means, worst values and gaps run, told from the rows of a version on a split."""

from modeling.measures.data import COUNTED_MINIMUM
from modeling.models import ModelVersion, SubgroupScore

OF_BOTH_CLASSES = "subgroup_auc"
"""Has no interval where a side is of too few families, which is what keeps a subgroup with enough comments from counting."""


def counted_subgroups(version: ModelVersion, split: str) -> tuple[str, ...]:
    """As `measures.data.Scored.subgroups_counted` had them when it was measured."""
    enough = {"n_toxic__gte": COUNTED_MINIMUM, "n_non_toxic__gte": COUNTED_MINIMUM, "low__isnull": False}
    found = SubgroupScore.objects.filter(version=version, split=split, measure=OF_BOTH_CLASSES, **enough)
    return tuple(found.order_by("subgroup").values_list("subgroup", flat=True))
