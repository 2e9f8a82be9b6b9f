"""ROC curve, confusion matrix and calibration of a version beside another, from the rows that the worker left with its measures."""

from collections.abc import Sequence
from dataclasses import dataclass

from modeling.labels import LEVELS
from modeling.measures.statistics import wilson
from modeling.models import CurveSummary, Evaluation, ModelVersion, Project, SubgroupScore
from modeling.reports.charts import Chart
from modeling.reports.curve_charts import calibration_chart, roc_chart
from modeling.reports.dashboard import DashboardChoices, focus_of
from modeling.reports.figures import Figure

FEWEST = 30
FEWEST_OF_SUBGROUP = 10
"""As the registry has it: below so many of a kind, measures of all comments and of a subgroup are not shown."""
FEWEST_IN_BIN = 10


@dataclass(frozen=True)
class CurvesFilter:
    """`version` None: the one in use. `against` None: nothing beside it. `of`: a subgroup, a month (YYYY-MM), or empty for all comments."""

    version: int | None
    against: int | None
    split: str
    of: str


@dataclass(frozen=True)
class Cell:
    """`share` of the row, with its interval; None where the row has too few."""

    n: int
    share: Figure | None
    is_right: bool


@dataclass(frozen=True)
class ConfusionRow:
    level: str
    n: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Bin:
    """Comments to which the version gave its level with a probability from `start` to `end`."""

    start: float
    end: float
    confidence: float
    right: Figure


@dataclass(frozen=True)
class VersionCurves:
    """`is_stored`: the version was measured since its curves are kept."""

    version: ModelVersion
    is_stored: bool
    n: int
    n_toxic: int
    roc: tuple[tuple[float, float, float], ...]
    """(false-alarm rate, share found, from which score on); empty below the minimum."""
    auc: Figure | None
    confusion: tuple[ConfusionRow, ...]
    bins: tuple[Bin, ...]
    calibration_error: Figure | None

    @property
    def n_non_toxic(self) -> int:
        return self.n - self.n_toxic


@dataclass(frozen=True)
class CurvesReport:
    shown: tuple[VersionCurves, ...]
    """One or two."""
    fewest: int
    roc: Chart
    calibration: Chart

    @property
    def focus(self) -> VersionCurves:
        return self.shown[0]

    @property
    def not_stored(self) -> tuple[ModelVersion, ...]:
        return tuple(one.version for one in self.shown if not one.is_stored)


def curve_subjects(versions: Sequence[ModelVersion]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The subgroups and the months that curves are kept of."""
    found = set(CurveSummary.objects.filter(version__in=versions).order_by().values_list("subgroup", "month").distinct())
    return tuple(sorted({subgroup for subgroup, _ in found} - {""})), tuple(sorted({month for _, month in found} - {""}))


def curves_report(*, project: Project, choices: DashboardChoices, chosen: CurvesFilter, months: Sequence[str]) -> CurvesReport:
    """`choices.versions` must not be empty."""
    focus = focus_of(project, choices.versions, chosen.version)
    against = [version for version in choices.versions if version.number == chosen.against and version != focus]
    versions = [focus, *against]
    is_month = chosen.of in months
    of = {"subgroup": "" if is_month else chosen.of, "month": chosen.of if is_month else ""}
    rows = {row.version_id: row for row in CurveSummary.objects.filter(version__in=versions, split=chosen.split, **of)}
    figures = _figures(versions, chosen.split, of)
    fewest = FEWEST_OF_SUBGROUP if of["subgroup"] else FEWEST
    shown = tuple(_of_version(version, rows.get(version.pk), figures, fewest) for version in versions)
    return CurvesReport(shown, fewest, roc_chart(shown, fewest), calibration_chart(shown, fewest))


Figures = dict[tuple[int, str], Figure]


def _figures(versions: Sequence[ModelVersion], split: str, of: dict[str, str]) -> Figures:
    """The AUC, and of all comments the calibration error, which are measures of their own."""
    if of["subgroup"]:
        scores = SubgroupScore.objects.filter(version__in=versions, split=split, subgroup=of["subgroup"], measure="subgroup_auc")
        return {(row.version_id, "roc_auc"): Figure.of(row) for row in scores}
    measures = Evaluation.objects.filter(version__in=versions, split=split, source="", month=of["month"], measure__in=("roc_auc", "ece"))
    return {(row.version_id, row.measure): Figure.of(row) for row in measures}


def _of_version(version: ModelVersion, row: CurveSummary | None, figures: Figures, fewest: int) -> VersionCurves:
    auc, error = figures.get((version.pk, "roc_auc")), figures.get((version.pk, "ece"))
    if row is None:
        return VersionCurves(version, False, 0, 0, (), auc, (), (), error)
    has_both = min(row.n_toxic, row.n - row.n_toxic) >= fewest
    return VersionCurves(
        version=version,
        is_stored=True,
        n=row.n,
        n_toxic=row.n_toxic,
        roc=tuple((alarms, found, limit) for alarms, found, limit in row.roc) if has_both else (),
        auc=auc,
        confusion=_confusion(row.levels),
        bins=_bins(row.bins) if row.n >= fewest else (),
        calibration_error=error,
    )


def _confusion(levels: list[list[int]]) -> tuple[ConfusionRow, ...]:
    """Empty where no comment has a level."""
    if not any(map(sum, levels)):
        return ()
    return tuple(
        ConfusionRow(str(level), sum(row), tuple(Cell(n, _share(n, sum(row)), place == LEVELS.index(level)) for place, n in enumerate(row)))
        for level, row in zip(LEVELS, levels, strict=True)
    )


def _share(n: int, of: int) -> Figure | None:
    return Figure(n / of, *wilson(n, of), of) if of >= FEWEST_OF_SUBGROUP else None


def _bins(stored: list[list[float]]) -> tuple[Bin, ...]:
    """Those with enough comments. Wilson's intervals: comments count as independent, so with many near-duplicates they are too narrow."""
    width = 1 / len(stored)
    return tuple(
        Bin(place * width, (place + 1) * width, confidence, Figure(right, *wilson(right * n, n), int(n)))
        for place, (n, confidence, right) in enumerate(stored)
        if n >= FEWEST_IN_BIN
    )
