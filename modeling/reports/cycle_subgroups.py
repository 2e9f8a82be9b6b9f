"""The subgroup table of a cycle's verdict, put together from stored rows: before and after, per axis."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from modeling.labels import AXES, Arm, Split, axis_of
from modeling.measure_texts import MeasureText, text_of
from modeling.models import Difference, RetrainingCycle
from modeling.reports.cycle_measures import MeasuredRow, Sides, pk_of
from modeling.reports.figures import Figure, direction

SUBGROUP_COLUMNS: tuple[str, ...] = ("fpr", "tpr", "bpsn_auc", "bnsp_auc")
SHOWN_SIDES = ("champion", Arm.REAL)


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


def subgroup_axes(
    cycle: RetrainingCycle, split: Split, sides: Sides, measured: Iterable[MeasuredRow], differences: list[Difference]
) -> tuple[SubgroupAxis, ...]:
    """Subgroup rows by axis; a data set's own `x_*` columns come last."""
    by_subgroup: dict[str, dict[tuple[str, str], MeasuredRow]] = {}
    for row in measured:
        if row.subgroup and row.split == split and row.side in SHOWN_SIDES and row.measure in SUBGROUP_COLUMNS:
            by_subgroup.setdefault(row.subgroup, {})[row.side, row.measure] = row
    pair = (pk_of(sides, Arm.REAL), pk_of(sides, "champion"))
    changes = {
        (row.subgroup, row.measure): Figure.of(row)
        for row in differences
        if row.subgroup and row.split == split and (row.version_id, row.against_id) == pair
    }
    decided = cycle.decision.get("subgroups", ()) if split == Split.GATE else ()
    statuses = {(row["subgroup"], row["measure"]): row["status"] for row in decided}
    by_axis: dict[str, list[SubgroupRow]] = {axis: [] for axis in [*AXES, "extra"]}
    for subgroup, found in sorted(by_subgroup.items()):
        by_axis[axis_of(subgroup)].append(_subgroup_row(subgroup, found, changes, statuses))
    return tuple(SubgroupAxis(axis, tuple(rows)) for axis, rows in by_axis.items() if rows)


def _subgroup_row(
    subgroup: str,
    found: Mapping[tuple[str, str], MeasuredRow],
    changes: Mapping[tuple[str, str], Figure],
    statuses: Mapping[tuple[str, str], str],
) -> SubgroupRow:
    def cell(measure: str) -> SubgroupCell:
        before, after = (found.get((side, measure)) for side in SHOWN_SIDES)
        change = changes.get((subgroup, measure))
        text = text_of(measure)
        return SubgroupCell(
            measure=text,
            champion=before.figure if before else None,
            candidate=after.figure if after else None,
            difference=change,
            status=statuses.get((subgroup, measure), ""),
            direction=direction(change, higher_is_better=text.higher_is_better),
        )

    any_row = next(iter(found.values()))
    return SubgroupRow(subgroup, any_row.n_toxic, any_row.n_non_toxic, tuple(cell(measure) for measure in SUBGROUP_COLUMNS))
