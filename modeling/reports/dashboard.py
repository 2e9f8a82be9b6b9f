"""The dashboard: measures per model version and month, from stored rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from modeling.labels import AXES, Arm, Split, axis_of
from modeling.measure_texts import MeasureText, text_of
from modeling.models import Evaluation, ModelVersion, Project, SubgroupScore, VersionChange
from modeling.reports.charts import month_chart
from modeling.reports.cycle_subgroups import SUBGROUP_COLUMNS
from modeling.reports.figures import Figure
from modeling.reports.probes import ProbeTable, probe_table
from modeling.reports.versions import champion_history

MOST_VERSIONS = 8
"""More lines than that cannot be told apart; the newest ones are drawn."""

PERFORMANCE: tuple[str, ...] = ("accuracy", "macro_precision", "macro_recall", "macro_f1")
BIAS: tuple[str, ...] = ("mean_subgroup_fpr", "worst_fpr", "fpr_gap")
DISTANCES: tuple[tuple[float, str], ...] = ((0.05, "close"), (0.15, "near"), (0.30, "off"), (float("inf"), "far"))
"""Words for how far a subgroup's value lies from the ideal; each has its shade."""


@dataclass(frozen=True)
class DashboardChoices:
    """What the filters can be set to: only what was measured."""

    versions: tuple[ModelVersion, ...]
    splits: tuple[str, ...]
    months: tuple[str, ...]


@dataclass(frozen=True)
class DashboardFilter:
    """`version` None: all versions that were in use or were candidates. Months are `YYYY-MM`; empty: no bound."""

    version: int | None
    measure: str
    split: str
    first: str
    last: str


@dataclass(frozen=True)
class Chart:
    """`spec` is Vega-Lite; None where no value is known. `label` says what it shows to who cannot see it."""

    key: str
    title: str
    label: str
    spec: dict[str, Any] | None
    rows: tuple["MeasureMonths", ...] = ()

    @property
    def id(self) -> str:
        """Of the element that holds the spec."""
        return f"chart-{self.key}"


@dataclass(frozen=True)
class Trend:
    """First and last known month of a version; `may_be_chance` when the two intervals overlap."""

    version: ModelVersion
    first_month: str
    first: Figure
    last_month: str
    last: Figure
    change: float
    may_be_chance: bool

    @property
    def size(self) -> float:
        return abs(self.change)


@dataclass(frozen=True)
class MatrixRow:
    version: ModelVersion
    is_champion: bool
    overall: Figure | None
    cells: tuple[Figure | None, ...]


@dataclass(frozen=True)
class MeasureMonths:
    measure: MeasureText
    cells: tuple[Figure | None, ...]


@dataclass(frozen=True)
class HeatCell:
    """`shade` 0 (close to the ideal) to 3 (far from it), with its word; -1 where there is not enough data or no interval.

    `unsure`, and no shade, where the interval reaches over several of these words.
    """

    measure: MeasureText
    figure: Figure | None
    shade: int
    word: str


@dataclass(frozen=True)
class HeatRow:
    subgroup: str
    n_toxic: int
    n_non_toxic: int
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True)
class HeatAxis:
    axis: str
    rows: tuple[HeatRow, ...]


@dataclass(frozen=True)
class Dashboard:
    measure: MeasureText
    focus: ModelVersion
    months: tuple[str, ...]
    matrix: tuple[MatrixRow, ...]
    overview: tuple[MeasureMonths, ...]
    charts: tuple[Chart, ...]
    trend: Trend | None
    subgroups: tuple[HeatAxis, ...]
    probes: ProbeTable
    history: tuple[VersionChange, ...]
    left_out: int
    """Older versions that were not drawn."""


def dashboard_choices(project: Project) -> DashboardChoices:
    versions = tuple(_measured_versions(project))
    stored = Evaluation.objects.filter(version__in=versions).order_by().values_list("split", "month").distinct()
    pairs = set(stored)
    return DashboardChoices(
        versions=versions,
        splits=tuple(split for split in Split if any(split == found for found, _ in pairs)),
        months=tuple(sorted({month for _, month in pairs} - {""})),
    )


def _measured_versions(project: Project) -> QuerySet[ModelVersion]:
    """Newest first: candidates, first versions, and whatever was in use. Control arms stand on their cycle's page only."""
    was_in_use = Exists(VersionChange.objects.filter(version=OuterRef("pk")))
    is_measured = Exists(Evaluation.objects.filter(version=OuterRef("pk")))
    versions = ModelVersion.objects.filter(Q(arm__in=(Arm.INITIAL, Arm.REAL)) | was_in_use, is_measured, project=project)
    return versions.defer("loss_steps", "manifest").order_by("-number")


def dashboard(*, project: Project, choices: DashboardChoices, chosen: DashboardFilter) -> Dashboard:
    """`choices.versions` must not be empty."""
    focus = _focus(project, choices.versions, chosen.version)
    wanted = [version for version in choices.versions if chosen.version in (None, version.number)]
    versions = wanted[:MOST_VERSIONS]
    months = tuple(month for month in choices.months if (chosen.first or month) <= month <= (chosen.last or month))
    figures = _figures(versions, chosen)
    of_focus = _focus_figures(focus, chosen)
    history = tuple(champion_history(project))
    text = text_of(chosen.measure)
    matrix = tuple(
        MatrixRow(
            version=version,
            is_champion=version.pk == project.champion_id,
            overall=figures.get((version.pk, "")),
            cells=tuple(figures.get((version.pk, month)) for month in months),
        )
        for version in versions
    )
    overview = tuple(MeasureMonths(text_of(name), tuple(of_focus.get((name, month)) for month in months)) for name in (*PERFORMANCE, *BIAS))
    return Dashboard(
        measure=text,
        focus=focus,
        months=months,
        matrix=matrix,
        overview=overview,
        charts=_charts(text, focus, months, matrix, overview, history),
        trend=_trend(focus, months, [of_focus.get((chosen.measure, month)) for month in months]),
        subgroups=_heat(focus, chosen.split),
        probes=probe_table({str(focus): focus.pk}),
        history=history,
        left_out=len(wanted) - len(versions),
    )


def _focus(project: Project, versions: Sequence[ModelVersion], number: int | None) -> ModelVersion:
    """The version chosen; else the one in use; else the newest."""
    for version in versions:
        if version.number == number or (number is None and version.pk == project.champion_id):
            return version
    return versions[0]


def _figures(versions: Sequence[ModelVersion], chosen: DashboardFilter) -> dict[tuple[int, str], Figure]:
    rows = Evaluation.objects.filter(version__in=versions, split=chosen.split, source="", measure=chosen.measure)
    return {(row.version_id, row.month): Figure.of(row) for row in rows}


def _focus_figures(focus: ModelVersion, chosen: DashboardFilter) -> dict[tuple[str, str], Figure]:
    names = {chosen.measure, *PERFORMANCE, *BIAS}
    rows = Evaluation.objects.filter(version=focus, split=chosen.split, source="", measure__in=names).exclude(month="")
    return {(row.measure, row.month): Figure.of(row) for row in rows}


def _trend(focus: ModelVersion, months: Sequence[str], figures: Sequence[Figure | None]) -> Trend | None:
    known = [(month, figure) for month, figure in zip(months, figures, strict=True) if figure and figure.value is not None]
    if len(known) < 2:
        return None
    (first_month, first), (last_month, last) = known[0], known[-1]
    bounds = (first.low, first.high, last.low, last.high)
    apart = None not in bounds and (first.high < last.low or last.high < first.low)  # type: ignore[operator]  # None is ruled out just before
    change = last.value - first.value  # type: ignore[operator]  # only months with a value come here
    return Trend(focus, first_month, first, last_month, last, change, may_be_chance=not apart)


def _charts(
    text: MeasureText,
    focus: ModelVersion,
    months: Sequence[str],
    matrix: Sequence[MatrixRow],
    overview: Sequence[MeasureMonths],
    history: Sequence[VersionChange],
) -> tuple[Chart, ...]:
    marks = _marks(history, months)
    by_version = {str(row.version): row.cells for row in reversed(matrix)}
    performance = tuple(row for row in overview if row.measure.name in PERFORMANCE)
    bias = tuple(row for row in overview if row.measure.name in BIAS)
    well = _chart("performance", f"How well {focus} does, by month", "share (higher is better)", months, _lines(performance), marks)
    fairly = _chart("bias", f"How fairly {focus} does, by month", "share (lower is better)", months, _lines(bias), marks)
    return (
        _chart("versions", f"{text.label} by version and month", text.label, months, by_version, marks),
        replace(well, rows=performance),
        replace(fairly, rows=bias),
    )


def _lines(rows: Sequence[MeasureMonths]) -> dict[str, tuple[Figure | None, ...]]:
    return {row.measure.label: row.cells for row in rows}


def _chart(
    key: str, title: str, axis: str, months: Sequence[str], lines: Mapping[str, Sequence[Figure | None]], marks: Sequence[dict[str, str]]
) -> Chart:
    rows = [
        {"month": month, "series": name, "value": cell.value, "low": cell.low, "high": cell.high, "n": cell.n}
        for name, cells in lines.items()
        for month, cell in zip(months, cells, strict=True)
        if cell is not None
    ]
    is_known = any(row["value"] is not None for row in rows)
    drawn = [name for name, cells in lines.items() if any(cell for cell in cells)]
    span = f" from {months[0]} to {months[-1]}" if months else ""
    label = f"Line chart: {title}{span}. Lines: {', '.join(drawn)}. The table below it has every value."
    return Chart(key, title, label, month_chart(rows=rows, series=drawn, axis_title=axis, marks=marks) if is_known else None)


def _marks(history: Sequence[VersionChange], months: Sequence[str]) -> list[dict[str, str]]:
    """Changes of the version in use that fall into a month which is shown."""
    changes = [(change.at.strftime("%Y-%m"), f"{change.version} {change.get_kind_display().lower()}") for change in history]
    return [{"month": month, "text": text} for month, text in changes if month in months]


def _heat(version: ModelVersion, split: str) -> tuple[HeatAxis, ...]:
    found: dict[str, dict[str, SubgroupScore]] = {}
    for score in SubgroupScore.objects.filter(version=version, split=split, measure__in=SUBGROUP_COLUMNS):
        found.setdefault(score.subgroup, {})[score.measure] = score
    by_axis: dict[str, list[HeatRow]] = {axis: [] for axis in [*AXES, "extra"]}
    for subgroup, scores in sorted(found.items()):
        any_score = next(iter(scores.values()))
        cells = tuple(_heat_cell(measure, scores.get(measure)) for measure in SUBGROUP_COLUMNS)
        by_axis[axis_of(subgroup)].append(HeatRow(subgroup, any_score.n_toxic, any_score.n_non_toxic, cells))
    return tuple(HeatAxis(axis, tuple(rows)) for axis, rows in by_axis.items() if rows)


def _heat_cell(measure: str, score: SubgroupScore | None) -> HeatCell:
    text = text_of(measure)
    if score is None or score.value is None or score.low is None or score.high is None or text.ideal is None:
        return HeatCell(text, Figure.of(score) if score else None, -1, "")
    far = max(abs(score.low - text.ideal), abs(score.high - text.ideal))
    near = 0.0 if score.low <= text.ideal <= score.high else min(abs(score.low - text.ideal), abs(score.high - text.ideal))
    shade = _shade(near)
    return HeatCell(text, Figure.of(score), shade, DISTANCES[shade][1]) if shade == _shade(far) else HeatCell(text, Figure.of(score), -1, "unsure")


def _shade(distance: float) -> int:
    return next(place for place, (limit, _) in enumerate(DISTANCES) if distance <= limit)
