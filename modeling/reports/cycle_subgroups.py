"""The subgroup table of a cycle's verdict, put together from stored rows: before and after, per axis."""

from collections.abc import Mapping
from dataclasses import dataclass

from modeling.labels import AXES, Arm, Split, axis_of
from modeling.measure_texts import MeasureText, text_of
from modeling.models import Difference, RetrainingCycle, SubgroupScore
from modeling.reports.figures import Figure, direction

SUBGROUP_COLUMNS: tuple[str, ...] = ("fpr", "tpr", "bpsn_auc", "bnsp_auc")


@dataclass(frozen=True)
class SubgroupCell:
    """One measure of one subgroup, before and after. `status`: ok, harmed, cannot_tell, or empty (the gate did not look)."""

    measure: MeasureText
    champion: Figure | None
    candidate: Figure | None
    difference: Figure | None
    status: str
    direction: str


@dataclass(frozen=True)
class SubgroupRow:
    subgroup: str
    n_toxic: int
    n_non_toxic: int
    cells: tuple[SubgroupCell, ...]


@dataclass(frozen=True)
class SubgroupAxis:
    axis: str
    rows: tuple[SubgroupRow, ...]


def subgroup_axes(cycle: RetrainingCycle, split: Split, sides: Mapping[str, int], differences: list[Difference]) -> tuple[SubgroupAxis, ...]:
    """Subgroup rows by axis; a data set's own `x_*` columns come last."""
    champion, candidate = sides["champion"], sides.get(Arm.REAL, 0)
    scores = SubgroupScore.objects.filter(version__in=(champion, candidate), split=split, measure__in=SUBGROUP_COLUMNS)
    by_subgroup: dict[str, dict[tuple[int, str], SubgroupScore]] = {}
    for score in scores:
        by_subgroup.setdefault(score.subgroup, {})[score.version_id, score.measure] = score
    changes = {
        (row.subgroup, row.measure): Figure.of(row)
        for row in differences
        if row.subgroup and row.split == split and row.version_id == candidate and row.against_id == champion
    }
    decided = cycle.decision.get("subgroups", ()) if split == Split.GATE else ()
    statuses = {(row["subgroup"], row["measure"]): row["status"] for row in decided}
    by_axis: dict[str, list[SubgroupRow]] = {axis: [] for axis in [*AXES, "extra"]}
    for subgroup, found in sorted(by_subgroup.items()):
        by_axis[axis_of(subgroup)].append(_subgroup_row(subgroup, found, champion, candidate, changes, statuses))
    return tuple(SubgroupAxis(axis, tuple(rows)) for axis, rows in by_axis.items() if rows)


def _subgroup_row(
    subgroup: str,
    found: Mapping[tuple[int, str], SubgroupScore],
    champion: int,
    candidate: int,
    changes: Mapping[tuple[str, str], Figure],
    statuses: Mapping[tuple[str, str], str],
) -> SubgroupRow:
    def cell(measure: str) -> SubgroupCell:
        before, after = found.get((champion, measure)), found.get((candidate, measure))
        change = changes.get((subgroup, measure))
        text = text_of(measure)
        return SubgroupCell(
            measure=text,
            champion=Figure.of(before) if before else None,
            candidate=Figure.of(after) if after else None,
            difference=change,
            status=statuses.get((subgroup, measure), ""),
            direction=direction(change, higher_is_better=text.higher_is_better),
        )

    any_score = next(iter(found.values()))
    return SubgroupRow(subgroup, any_score.n_toxic, any_score.n_non_toxic, tuple(cell(measure) for measure in SUBGROUP_COLUMNS))
