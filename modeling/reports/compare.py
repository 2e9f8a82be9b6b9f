"""Any two versions side by side: every measure with interval and n, and the difference, paired where a cycle has compared the two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modeling.measure_texts import OVERALL_TEXTS, SUBGROUP_TEXTS, MeasureText, text_of
from modeling.models import Difference, Evaluation, ModelVersion, Project, RetrainingCycle, SubgroupScore
from modeling.reports.counted import counted_subgroups
from modeling.reports.dashboard import DashboardChoices, focus_of
from modeling.reports.figures import Figure, direction

Figures = dict[tuple[int, str], Figure]


@dataclass(frozen=True)
class CompareFilter:
    """`a` None: the version in use; `b` None: the newest other one. Both None: the version in use and the one before it, the older one first.
    `subgroup` empty: all comments."""

    a: int | None
    b: int | None
    split: str
    subgroup: str


@dataclass(frozen=True)
class ComparedRow:
    """`difference`: b - a; without limits where the two were never compared on the same comments."""

    measure: MeasureText
    a: Figure | None
    b: Figure | None
    difference: Figure | None
    said: str
    is_paired: bool
    same_n: bool
    """Of both values and of their difference, which a cycle measured when it was decided."""


@dataclass(frozen=True)
class Comparison:
    a: ModelVersion
    b: ModelVersion
    rows: tuple[ComparedRow, ...]
    cycle: RetrainingCycle | None
    """The newest that compared the two on this split."""
    counted: tuple[str, ...]
    """Subgroups that measures over subgroups run over, when `b` was measured on this split."""

    @property
    def other_comments(self) -> bool:
        """The two were measured on different comments: something was imported between."""
        return any(not row.same_n for row in self.rows)


def compared_subgroups(versions: tuple[ModelVersion, ...]) -> tuple[str, ...]:
    found = SubgroupScore.objects.filter(version__in=versions).order_by().values_list("subgroup", flat=True).distinct()
    return tuple(sorted(found))


def comparison(*, project: Project, choices: DashboardChoices, chosen: CompareFilter) -> Comparison | None:
    """None where there are no two versions that were measured."""
    if len(choices.versions) < 2:
        return None
    a, b = _chosen(project, choices.versions, chosen)
    found, (paired, cycle) = _measured((a, b), chosen), _paired(a, b, chosen)
    names = SUBGROUP_TEXTS if chosen.subgroup else OVERALL_TEXTS
    rows = tuple(_row(name, found.get((a.pk, name)), found.get((b.pk, name)), paired) for name in names)
    return Comparison(a, b, tuple(row for row in rows if row.a or row.b), cycle, counted_subgroups(b, chosen.split))


def _chosen(project: Project, versions: Sequence[ModelVersion], chosen: CompareFilter) -> tuple[ModelVersion, ModelVersion]:
    """Left to itself, older and newer: so that the difference says what the newer one brought."""
    a = focus_of(project, versions, chosen.a)
    others = [version for version in versions if version != a]
    if chosen.a is None and chosen.b is None:
        came = project.version_changes.filter(version=a).first()
        b = next((version for version in others if came and version.pk == came.previous_id), others[0])
        return (a, b) if a.number < b.number else (b, a)
    return a, next((version for version in others if version.number == chosen.b), others[0])


def _measured(versions: tuple[ModelVersion, ModelVersion], chosen: CompareFilter) -> Figures:
    if chosen.subgroup:
        scores = SubgroupScore.objects.filter(version__in=versions, split=chosen.split, subgroup=chosen.subgroup)
        return {(row.version_id, row.measure): Figure.of(row) for row in scores}
    evaluations = Evaluation.objects.filter(version__in=versions, split=chosen.split, source="", month="")
    return {(row.version_id, row.measure): Figure.of(row) for row in evaluations}


def _paired(a: ModelVersion, b: ModelVersion, chosen: CompareFilter) -> tuple[dict[str, Figure], RetrainingCycle | None]:
    """b - a, whichever of the two was the candidate; of the newest cycle that compared them."""
    stored = Difference.objects.filter(version__in=(a, b), against__in=(a, b), split=chosen.split)
    newest = stored.order_by("-cycle__number").select_related("cycle").defer("cycle__live_losses", "cycle__decision").first()
    if newest is None:
        return {}, None
    rows = stored.filter(cycle=newest.cycle, subgroup=chosen.subgroup)
    return {row.measure: Figure.of(row) if row.version_id == b.pk else _turned(row) for row in rows}, newest.cycle


def _turned(row: Difference) -> Figure:
    value, low, high = (None if one is None else -one for one in (row.value, row.high, row.low))
    return Figure(value, low, high, row.n)


def _row(name: str, a: Figure | None, b: Figure | None, paired: Mapping[str, Figure]) -> ComparedRow:
    text = text_of(name)
    difference = paired.get(name) or _unpaired(a, b)
    said = direction(difference, higher_is_better=text.higher_is_better) if name in paired else ""
    return ComparedRow(text, a, b, difference, said, name in paired, len({figure.n for figure in (a, b, difference) if figure}) < 2)


def _unpaired(a: Figure | None, b: Figure | None) -> Figure | None:
    """Without an interval: the two values' own would take the versions for independent, though they judged the same comments."""
    if a is None or b is None or a.value is None or b.value is None:
        return None
    return Figure(b.value - a.value, None, None, min(a.n, b.n))
