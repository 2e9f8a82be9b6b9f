"""Trends and before/after tables as a page and the monthly report show them, from the worker's rows alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.db.models import Exists, OuterRef, Q

from modeling.labels import Split
from modeling.measure_texts import MeasureText, text_of
from modeling.models import BeforeAfter, Comment, Dataset, ModelVersion, Project, Trend, VersionChange, WorkState
from modeling.reports.being_measured import being_measured
from modeling.reports.figures import Figure
from modeling.reports.trend_words import bare, change_reading, in_units, level_words, p_words, percent_change, step_reading, trend_reading
from modeling.reports.versions import HEAVY

MOST_CHANGES = 12
"""Tables of the newest changes; all are in the API."""


@dataclass(frozen=True)
class TrendRow:
    """`slope`, `low`, `high`: per month, as they are written. `slope_p`, `p`: after Holm over the rows."""

    text: MeasureText
    row: Trend
    slope: str
    low: str
    high: str
    slope_p: str
    p: str
    reading: str
    step: str

    @classmethod
    def of(cls, row: Trend) -> "TrendRow":
        text = text_of(row.measure)
        shown = (in_units(row.slope, text), bare(row.low, text), bare(row.high, text))
        return cls(text, row, *shown, p_words(row.slope_p_holm), p_words(row.p_holm), trend_reading(row, text), step_reading(row))


@dataclass(frozen=True)
class BeforeAfterRow:
    """A row of the paper's Table 6, with what that leaves out."""

    text: MeasureText
    row: BeforeAfter
    before: str
    after: str
    percent: str
    difference: str
    low: str
    high: str
    p: str
    p_holm: str
    reading: str

    @classmethod
    def of(cls, row: BeforeAfter) -> "BeforeAfterRow":
        text = text_of(row.measure)
        levels = (level_words(row.before, text), level_words(row.after, text), percent_change(row.before, row.after))
        shown = (in_units(row.difference, text), bare(row.low, text), bare(row.high, text), p_words(row.p), p_words(row.p_holm))
        return cls(text, row, *levels, *shown, change_reading(row, text))

    @property
    def figure(self) -> Figure:
        return Figure(self.row.difference, self.row.low, self.row.high, self.row.n)


@dataclass(frozen=True)
class BeforeAfterTable:
    change: VersionChange
    rows: tuple[BeforeAfterRow, ...]


@dataclass(frozen=True)
class Trends:
    """`in_use`: each month by the version that was in use at its end. `own`: one version on all months. Empty where nothing was made."""

    versions: tuple[ModelVersion, ...]
    focus: ModelVersion | None
    in_use: tuple[TrendRow, ...]
    own: tuple[TrendRow, ...]
    tables: tuple[BeforeAfterTable, ...]
    measuring: VersionChange | None
    """How the version in use came, where it is being measured."""
    made_up: tuple[str, ...]
    """Names of data sets that were written for the demonstration."""

    @property
    def is_empty(self) -> bool:
        return not (self.in_use or self.own or self.tables)


def trends(*, project: Project, version: int | None = None) -> Trends:
    """`version`: its number; without it, or where it has no trends, the one in use, else the newest that has."""
    has_trends = Exists(Trend.objects.filter(version=OuterRef("pk")))
    versions = tuple(project.versions.filter(has_trends).defer("loss_steps", "manifest").order_by("-number"))
    focus = next((one for one in versions if one.number == version), None)
    focus = focus or next((one for one in versions if one.pk == project.champion_id), versions[0] if versions else None)
    rows = list(Trend.objects.filter(Q(version=None) | Q(version=focus), project=project))
    return Trends(
        versions=versions,
        focus=focus,
        in_use=tuple(TrendRow.of(row) for row in rows if row.version_id is None),
        own=tuple(TrendRow.of(row) for row in rows if row.version_id is not None),
        tables=tuple(before_after_tables(changes_with_tables(project)[:MOST_CHANGES])),
        measuring=being_measured(project),
        made_up=made_up_data(project),
    )


def what_trends_lack(project: Project) -> Literal["comments", "running", "measurement"]:
    """Why there are none of a version in use: no comment that one could rest on, or it waits for a measurement, or that has to be asked for."""
    labelled = Comment.objects.of(project).filter(split=Split.AUDIT, target__isnull=False)
    has_changed = project.version_changes.filter(previous__isnull=False).exists()
    if not (labelled if has_changed else labelled.filter(created_date__isnull=False)).exists():
        return "comments"
    return "running" if being_measured(project) else "measurement"


def changes_with_tables(project: Project) -> list[VersionChange]:
    """Newest first, without what a page of many must not read."""
    has_rows = Exists(BeforeAfter.objects.filter(change=OuterRef("pk")))
    related = project.version_changes.filter(has_rows).select_related("version", "previous", "cycle")
    return list(related.defer(*HEAVY))


def before_after_tables(changes: Iterable[VersionChange]) -> list[BeforeAfterTable]:
    changes = list(changes)
    found: dict[int, list[BeforeAfterRow]] = {change.pk: [] for change in changes}
    for row in BeforeAfter.objects.filter(change__in=changes).order_by("id"):
        found[row.change_id].append(BeforeAfterRow.of(row))
    return [BeforeAfterTable(change, tuple(found[change.pk])) for change in changes]


def made_up_data(project: Project) -> tuple[str, ...]:
    return tuple(Dataset.objects.filter(project=project, made_up=True, state=WorkState.DONE).order_by("name").values_list("name", flat=True))
