"""What the versions of a cycle were measured to be at its verdict: they may be measured again since, on a gate that has grown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from modeling.labels import JUDGED_SPLITS
from modeling.models import Evaluation, FrozenSplit, ModelVersion, RetrainingCycle, SubgroupScore
from modeling.reports.figures import Figure

FIGURES = ("measure", "value", "low", "high", "n")
COUNTS = ("n_toxic", "n_non_toxic")

Sides = Mapping[str, ModelVersion]
"""The version of each side: `champion`, and each arm that was trained."""


@dataclass(frozen=True)
class MeasuredRow:
    """`subgroup`: empty for all comments; the counts are a subgroup's."""

    side: str
    split: str
    subgroup: str
    measure: str
    figure: Figure
    n_toxic: int = 0
    n_non_toxic: int = 0


def pk_of(sides: Sides, side: str) -> int:
    """0, which no version has, where there is no such side."""
    return sides[side].pk if side in sides else 0


def measured_rows(cycle: RetrainingCycle, sides: Sides) -> list[MeasuredRow]:
    """As the verdict kept them; of a cycle that was decided before verdicts kept intervals, as they stand now."""
    return _kept(cycle, sides) or _standing(sides)


def _kept(cycle: RetrainingCycle, sides: Sides) -> list[MeasuredRow]:
    side_of = {version.number: side for side, version in sides.items()}
    splits = FrozenSplit.objects.filter(cycle=cycle, split__in=JUDGED_SPLITS).values_list("split", "measures")
    return [_row(side_of[row["version"]], split, row) for split, rows in splits for row in rows if "low" in row and row["version"] in side_of]


def _standing(sides: Sides) -> list[MeasuredRow]:
    side_of = {version.pk: side for side, version in sides.items()}
    wanted = {"version__in": side_of, "split__in": JUDGED_SPLITS}
    overall = Evaluation.objects.filter(**wanted, source="", month="").values("version_id", "split", *FIGURES)
    subgroups = SubgroupScore.objects.filter(**wanted).values("version_id", "split", "subgroup", *FIGURES, *COUNTS)
    rows: Iterable[dict[str, Any]] = (*overall, *subgroups)
    return [_row(side_of[row["version_id"]], row["split"], row) for row in rows]


def _row(side: str, split: str, row: Mapping[str, Any]) -> MeasuredRow:
    figure = Figure(row["value"], row["low"], row["high"], row["n"])
    return MeasuredRow(side, split, row.get("subgroup", ""), row["measure"], figure, *(row.get(name, 0) for name in COUNTS))
