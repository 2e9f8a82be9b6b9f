"""What an import brought in."""

from dataclasses import dataclass

from django.db.models import Count

from modeling.labels import SPLIT_SHARES
from modeling.models import Comment, Dataset

SPLIT_USES: dict[str, str] = {
    "train": "the model learns from it",
    "pool": "annotators may be shown it",
    "gate": "decides on promotions; never trained on",
    "test": "reported; never trained on",
    "audit": "kept aside, frozen per month",
}


@dataclass(frozen=True)
class SplitCount:
    split: str
    use: str
    count: int
    share: float


def split_counts(dataset: Dataset) -> tuple[SplitCount, ...]:
    """Comments per split, in the order of `SPLIT_SHARES`; a split that got none is listed with 0."""
    rows = Comment.objects.filter(dataset=dataset).order_by().values_list("split").annotate(count=Count("pk"))
    found = dict(rows)
    total = sum(found.values()) or 1
    return tuple(SplitCount(split, SPLIT_USES[split], found.get(split, 0), found.get(split, 0) / total) for split in SPLIT_SHARES)
