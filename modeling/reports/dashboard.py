"""The dashboard: measures per model version and month, from stored rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from modeling.labels import Arm, Split
from modeling.measure_texts import MeasureText, text_of
from modeling.models import AuditSample, Evaluation, ModelVersion, Project, SubgroupScore, VersionChange
from modeling.reports.being_measured import newest_measured, with_measuring
from modeling.reports.charts import Chart
from modeling.reports.control_limits import ControlLimits, control_limits
from modeling.reports.counted import OF_BOTH_CLASSES, counted_among
from modeling.reports.cycle_subgroups import SUBGROUP_COLUMNS
from modeling.reports.events import Event, month_marks, project_events
from modeling.reports.figures import Figure
from modeling.reports.heat import HeatAxis, heat_map
from modeling.reports.matrix import VALUES, MatrixRow, drawn, matrix_rows
from modeling.reports.month_charts import BIAS, PERFORMANCE, MeasureMonths, Timeline, timeline, two_axes_chart, versions_chart
from modeling.reports.probes import ProbeTable, probe_table
from modeling.reports.split_mix import SplitMix, split_mixes
from modeling.reports.versions import HEAVY

MOST_CHANGES = 20
"""In the table of what was in use."""


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
class Dashboard:
    measure: MeasureText
    focus: ModelVersion
    months: tuple[str, ...]
    matrix: tuple[MatrixRow, ...]
    overview: Chart
    """How well and how fairly the version of each month did."""
    timeline: Timeline
    versions: Chart
    limits: ControlLimits | None
    """Of the version in focus."""
    events: tuple[Event, ...]
    """In the months that are shown."""
    trend: Trend | None
    subgroups: tuple[HeatAxis, ...]
    counted: tuple[str, ...]
    """Subgroups that measures over subgroups run over, of the version in focus and all months."""
    probes: ProbeTable
    history: tuple[VersionChange, ...]
    left_out: int
    """Older versions that were not drawn."""
    mixes: tuple[SplitMix, ...]
    measuring: VersionChange | None
    """How the version in use came, where it is being measured."""
    frozen: tuple[AuditSample, ...]
    """Of the months that are shown, those whose audit comments are fixed; none on other splits."""

    @property
    def has_effects(self) -> bool:
        return any(row.effect or row.drift for row in self.matrix)

    @property
    def uneven(self) -> tuple[str, ...]:
        """Months in which the versions did not read equally many comments, so not the same ones."""
        columns = zip(self.months, *(row.cells for row in self.matrix), strict=True) if self.matrix else ()
        return tuple(month for month, *cells in columns if len({cell.n for cell in cells if cell}) > 1)


def dashboard_choices(project: Project) -> DashboardChoices:
    versions = tuple(measured_versions(project))
    stored = Evaluation.objects.filter(version__in=versions).order_by().values_list("split", "month").distinct()
    pairs = set(stored)
    return DashboardChoices(
        versions=versions,
        splits=tuple(split for split in Split if any(split == found for found, _ in pairs)),
        months=tuple(sorted({month for _, month in pairs} - {""})),
    )


def measured_versions(project: Project) -> QuerySet[ModelVersion]:
    """Newest first: candidates, first versions, and whatever was in use. Control arms stand on their cycle's page only."""
    was_in_use = Exists(VersionChange.objects.filter(version=OuterRef("pk")))
    is_measured = Exists(Evaluation.objects.filter(version=OuterRef("pk")))
    versions = ModelVersion.objects.filter(Q(arm__in=(Arm.INITIAL, Arm.REAL)) | was_in_use, is_measured, project=project)
    return versions.defer("loss_steps", "manifest").order_by("-number")


def dashboard(*, project: Project, choices: DashboardChoices, chosen: DashboardFilter) -> Dashboard:
    """`choices.versions` must not be empty."""
    focus = focus_of(project, choices.versions, chosen.version)
    months = tuple(month for month in choices.months if (chosen.first or month) <= month <= (chosen.last or month))
    changes = list(with_measuring(project.version_changes.select_related("version", "previous", "cycle", "by").defer(*HEAVY)))
    events = tuple(event for event in project_events(project, changes) if event.month in months)
    marks = month_marks(events, months)
    times = timeline(months, focus, changes[::-1], is_chosen=chosen.version is not None)
    wanted = [version for version in choices.versions if chosen.version in (None, version.number)]
    text, rows = text_of(chosen.measure), matrix_rows(project, wanted, months, measure=chosen.measure, split=chosen.split)
    matrix = drawn(rows, focus)
    of_focus = next((row.cells for row in rows if row.version == focus), (None,) * len(months))
    limits = control_limits(text, months, of_focus)
    measuring = newest_measured(changes)
    missing = _missing(measuring)
    scores = list(SubgroupScore.objects.filter(version=focus, split=chosen.split, measure__in=(*SUBGROUP_COLUMNS, OF_BOTH_CLASSES)))
    return Dashboard(
        measure=text,
        focus=focus,
        months=months,
        matrix=matrix,
        overview=two_axes_chart(months, _overview(_measures(months, times, chosen), months), times, marks, missing),
        timeline=times,
        versions=versions_chart(text, months, {str(row.version): row.cells for row in reversed(matrix)}, limits, marks, missing),
        limits=limits,
        events=events,
        trend=_trend(focus, months, of_focus),
        subgroups=heat_map(scores),
        counted=counted_among(scores),
        probes=probe_table({str(focus): focus.pk}),
        history=tuple(changes[:MOST_CHANGES]),
        left_out=len(rows) - len(matrix),
        mixes=split_mixes(focus),
        measuring=measuring,
        frozen=_frozen(project, months) if chosen.split == Split.AUDIT else (),
    )


def focus_of(project: Project, versions: Sequence[ModelVersion], number: int | None) -> ModelVersion:
    """The version chosen; else the one in use; else the newest."""
    for version in versions:
        if version.number == number or (number is None and version.pk == project.champion_id):
            return version
    return versions[0]


def _missing(measuring: VersionChange | None) -> str:
    if measuring is None:
        return _("Not enough data in any month.")
    return _("Nothing of these months has been measured yet: %(version)s is being measured.") % {"version": measuring.version}


def _frozen(project: Project, months: Sequence[str]) -> tuple[AuditSample, ...]:
    return tuple(AuditSample.objects.filter(project=project, month__in=months).defer("comment_ids"))


def _measures(months: Sequence[str], times: Timeline, chosen: DashboardFilter) -> dict[tuple[str, str], Figure]:
    """By measure and month, of the version that measures the month: of all the others no row is read."""
    by_version: dict[int, list[str]] = {}
    for version, month in zip(times.versions, months, strict=True):
        by_version.setdefault(version.pk, []).append(month)
    if not by_version:
        return {}
    cells = reduce(or_, (Q(version=pk, month__in=of_version) for pk, of_version in by_version.items()))
    rows = Evaluation.objects.filter(cells, split=chosen.split, source="", measure__in=(*PERFORMANCE, *BIAS))
    return {(measure, month): Figure(*values) for measure, month, *values in rows.values_list("measure", "month", *VALUES)}


def _overview(found: dict[tuple[str, str], Figure], months: Sequence[str]) -> list[MeasureMonths]:
    return [MeasureMonths(text_of(name), tuple(found.get((name, month)) for month in months)) for name in (*PERFORMANCE, *BIAS)]


def _trend(focus: ModelVersion, months: Sequence[str], figures: Sequence[Figure | None]) -> Trend | None:
    known = [(month, figure) for month, figure in zip(months, figures, strict=True) if figure and figure.value is not None]
    if len(known) < 2:
        return None
    (first_month, first), (last_month, last) = known[0], known[-1]
    bounds = (first.low, first.high, last.low, last.high)
    apart = None not in bounds and (first.high < last.low or last.high < first.low)  # type: ignore[operator]  # None is ruled out just before
    change = last.value - first.value  # type: ignore[operator]  # only months with a value come here
    return Trend(focus, first_month, first, last_month, last, change, may_be_chance=not apart)
