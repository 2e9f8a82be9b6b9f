"""The versions by the months: down a column the model differs, along a row the data, and what each comes to stands beside the row."""

from collections.abc import Sequence
from dataclasses import dataclass

from modeling.labels import Split
from modeling.models import BeforeAfter, Evaluation, ModelVersion, Project, Trend
from modeling.reports.figures import Figure

MOST_VERSIONS = 8
"""More lines than that cannot be told apart; the newest ones are drawn."""
VALUES = ("value", "low", "high", "n")


@dataclass(frozen=True)
class MatrixRow:
    """`effect`: against the version that was in use before it (`before`), on the same comments. `drift`: its own slope a month, over its months.

    Both None where nothing was made: they are of the split audit, and of some measures only.
    """

    version: ModelVersion
    is_champion: bool
    overall: Figure | None
    cells: tuple[Figure | None, ...]
    before: str = ""
    effect: Figure | None = None
    drift: Figure | None = None


def matrix_rows(project: Project, versions: Sequence[ModelVersion], months: Sequence[str], *, measure: str, split: str) -> tuple[MatrixRow, ...]:
    """Of the versions that were measured on this split: only those that were in use read the audit comments."""
    rows = Evaluation.objects.filter(version__in=versions, split=split, source="", measure=measure)
    figures: dict[int, dict[str, Figure]] = {}
    for version_id, month, *values in rows.values_list("version_id", "month", *VALUES):
        figures.setdefault(version_id, {})[month] = Figure(*values)
    effects, drifts = (_effects(project, measure), _drifts(project, measure)) if split == Split.AUDIT else ({}, {})
    return tuple(
        MatrixRow(
            version,
            version.pk == project.champion_id,
            figures[version.pk].get(""),
            tuple(figures[version.pk].get(month) for month in months),
            *effects.get(version.pk, ("", None)),
            drifts.get(version.pk),
        )
        for version in versions
        if version.pk in figures
    )


def _effects(project: Project, measure: str) -> dict[int, tuple[str, Figure]]:
    """By version; of one that came into use more than once, what the last time changed."""
    rows = BeforeAfter.objects.filter(change__project=project, measure=measure).order_by("change_id")
    fields = ("change__version_id", "change__previous__number", "difference", "low", "high", "n")
    return {version: (f"v{before}", Figure(*values)) for version, before, *values in rows.values_list(*fields)}


def _drifts(project: Project, measure: str) -> dict[int, Figure]:
    rows = Trend.objects.filter(project=project, version__isnull=False, measure=measure)
    return {version: Figure(*values) for version, *values in rows.values_list("version_id", "slope", "low", "high", "n")}


def drawn(rows: tuple[MatrixRow, ...], focus: ModelVersion) -> tuple[MatrixRow, ...]:
    """The newest ones, and the one in focus: its control limits are drawn."""
    newest = rows[:MOST_VERSIONS]
    own = tuple(row for row in rows[MOST_VERSIONS:] if row.version == focus)
    return newest[: MOST_VERSIONS - len(own)] + own
