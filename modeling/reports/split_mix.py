"""How many comments of each level a split holds: why a value on one split is no measure of a value on another."""

from dataclasses import dataclass

from modeling.labels import Split
from modeling.models import CurveSummary, ModelVersion


@dataclass(frozen=True)
class SplitMix:
    """Shares of the comments that have a level, `n` of them."""

    split: str
    n: int
    low: float
    mild: float
    high: float


def split_mixes(version: ModelVersion) -> tuple[SplitMix, ...]:
    """As the splits were when the version was last measured on them; those without a comment that has a level are left out."""
    found = CurveSummary.objects.filter(version=version, subgroup="", month="").values_list("split", "levels")
    counts = {split: [sum(row) for row in levels] for split, levels in found}
    ordered = [(split.value, counts[split.value]) for split in Split if sum(counts.get(split.value, []))]
    return tuple(SplitMix(split, sum(of), *(count / sum(of) for count in of)) for split, of in ordered)
