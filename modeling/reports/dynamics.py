"""Social dynamics as a page shows them: shares by version, subject, month, thread and data set, from the summary rows alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from modeling.labels import WATCHED_PREFIX
from modeling.lifecycle import read_versions
from modeling.map_engines import LOOKS, MapEngine
from modeling.models import Dataset, DynamicsRun, ModelVersion, Project, ShareChange, ShareSummary, VersionChange, WorkState
from modeling.names import subject_name
from modeling.reports.charts import Chart
from modeling.reports.co_mentions import Network, network
from modeling.reports.dynamics_charts import months_chart, versions_chart
from modeling.reports.dynamics_words import change_sentence, state_sentence
from modeling.reports.figures import Figure
from modeling.reports.versions import HEAVY_OF_VERSIONS

ALL = ""
MOST_SERIES = 6
"""More points beside each other cannot be told apart; the table has all."""

Cut = ShareSummary.Cut


@dataclass(frozen=True)
class DynamicsChoices:
    """What the filters can be set to: only what was read."""

    versions: tuple[ModelVersion, ...]
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class DynamicsFilter:
    engine: str
    subject: str
    version: int | None


@dataclass(frozen=True)
class Share:
    """A mean share, and where means by chance lie."""

    figure: Figure
    chance: Figure
    families: int

    @classmethod
    def of(cls, row: ShareSummary) -> "Share":
        return cls(Figure(row.share, row.low, row.high, row.n), Figure(row.chance, row.chance_low, row.chance_high, row.n), row.families)

    @property
    def is_above_chance(self) -> bool:
        return self.figure.low is not None and self.chance.high is not None and self.figure.low > self.chance.high


@dataclass(frozen=True)
class SubjectRow:
    """`change`: what the last change of the version in use did; `cells`: of each version that is shown, oldest first."""

    subject: str
    share: Share | None
    change: Figure | None
    cells: tuple[Share | None, ...]

    @property
    def name(self) -> str:
        return subject_name(self.subject)

    @property
    def is_watched(self) -> bool:
        return self.subject.startswith(WATCHED_PREFIX)


@dataclass(frozen=True)
class PlaceRow:
    """A month, thread or data set. `place` as it stands in the summary, `name` as people read it."""

    place: str
    name: str
    share: Share

    @property
    def is_known(self) -> bool:
        return self.share.figure.value is not None


@dataclass(frozen=True)
class Dynamics:
    focus: ModelVersion
    chosen: DynamicsFilter
    sentence: str
    versions: tuple[ModelVersion, ...]
    subjects: tuple[SubjectRow, ...]
    by_version: Chart
    by_month: Chart
    months: tuple[PlaceRow, ...]
    threads: tuple[PlaceRow, ...]
    datasets: tuple[PlaceRow, ...]
    network: Network

    @property
    def looks(self) -> bool:
        """The figures are of where the model looked, not of why it decided."""
        return MapEngine(self.chosen.engine) in LOOKS

    @property
    def subject_name(self) -> str:
        return subject_name(self.chosen.subject)


def dynamics_choices(project: Project) -> DynamicsChoices:
    is_read = Exists(ShareSummary.objects.filter(version=OuterRef("pk")))
    versions = tuple(version for version in read_versions(project).annotate(is_read=is_read) if version.is_read)  # type: ignore[attr-defined]  # annotated
    subjects = ShareSummary.objects.filter(version__in=[v.pk for v in versions], cut=Cut.ALL).order_by().values_list("subject", flat=True).distinct()
    return DynamicsChoices(versions, tuple(sorted(subjects, key=lambda subject: (subject.startswith(WATCHED_PREFIX), subject))))


def dynamics_runs(project: Project) -> list[DynamicsRun]:
    """Of each version that is read, its newest run, where that has not come to a good end."""
    newest = DynamicsRun.objects.filter(version=OuterRef("version"), pk__gt=OuterRef("pk"))
    versions = [version.pk for version in read_versions(project)]
    runs = DynamicsRun.objects.filter(~Exists(newest), version__in=versions).exclude(state=WorkState.DONE)
    return list(runs.select_related("version").defer("version__loss_steps", "version__manifest").order_by("pk"))


def dynamics(*, project: Project, choices: DynamicsChoices, chosen: DynamicsFilter) -> Dynamics:
    """`choices.versions` must not be empty."""
    focus = _focus(project, choices, chosen.version)
    versions = tuple(sorted(choices.versions, key=lambda version: version.number))
    change = _changes(project).filter(version=focus, previous__isnull=False).first()
    changed = {row.subject: row for row in change.share_changes.filter(engine=chosen.engine)} if change else {}
    rows = _subject_rows(choices, versions, focus, chosen.engine, changed)
    places = _places([focus, *([change.previous] if change and change.previous else [])], chosen)
    drawn = _drawn(rows, chosen.subject)
    names = dict(Dataset.objects.filter(project=project).values_list("pk", "name"))
    own = {cut: tuple(_place_rows(cut, places[focus.pk], names)) for cut in (Cut.MONTH, Cut.THREAD, Cut.DATASET)}
    known = next((row.share for row in rows if row.subject == chosen.subject), None)
    return Dynamics(
        focus=focus,
        chosen=chosen,
        sentence=_sentence(focus, chosen, change, changed.get(chosen.subject), known),
        versions=versions,
        subjects=tuple(rows),
        by_version=versions_chart(versions, drawn, _came(project, versions), chosen.engine, len(rows)),
        by_month=months_chart(_months(choices, places), chosen),
        months=own[Cut.MONTH],
        threads=own[Cut.THREAD],
        datasets=own[Cut.DATASET],
        network=network(focus),
    )


def _focus(project: Project, choices: DynamicsChoices, number: int | None) -> ModelVersion:
    for version in choices.versions:
        if version.number == number or (number is None and version.pk == project.champion_id):
            return version
    return choices.versions[0]


def _subject_rows(
    choices: DynamicsChoices, versions: Sequence[ModelVersion], focus: ModelVersion, engine: str, changed: dict[str, ShareChange]
) -> list[SubjectRow]:
    found = {(row.version_id, row.subject): Share.of(row) for row in ShareSummary.objects.filter(version__in=versions, engine=engine, cut=Cut.ALL)}
    return [
        SubjectRow(
            subject=subject,
            share=found.get((focus.pk, subject)),
            change=_difference(changed[subject]) if subject in changed else None,
            cells=tuple(found.get((version.pk, subject)) for version in versions),
        )
        for subject in choices.subjects
    ]


def _difference(row: ShareChange) -> Figure:
    return Figure(row.difference, row.low, row.high, row.n)


def _drawn(rows: Sequence[SubjectRow], subject: str) -> list[SubjectRow]:
    """The one that was chosen; or all together, and those with the most comments."""
    if subject:
        return [row for row in rows if row.subject in (ALL, subject)]
    known = [row for row in rows if row.share and row.share.figure.value is not None and row.subject]
    most = sorted(known, key=lambda row: (not row.is_watched, -row.share.figure.n if row.share else 0, row.subject))[: MOST_SERIES - 1]
    return [row for row in rows if row.subject == ALL or row in most]


def _places(versions: Sequence[ModelVersion], chosen: DynamicsFilter) -> dict[int, list[ShareSummary]]:
    found: dict[int, list[ShareSummary]] = {version.pk: [] for version in versions}
    for row in ShareSummary.objects.filter(version__in=versions, engine=chosen.engine, subject=chosen.subject).exclude(cut=Cut.ALL):
        found[row.version_id].append(row)
    return found


def _place_rows(cut: str, rows: Iterable[ShareSummary], names: dict[int, str]) -> Iterable[PlaceRow]:
    """Months in their order; of threads and data sets first those with enough comments, the most first."""
    own = sorted((row for row in rows if row.cut == cut), key=lambda row: row.place)
    for row in own if cut == Cut.MONTH else sorted(own, key=lambda row: (row.share is None, -row.n)):
        dataset, _, thread = row.place.partition(":")
        name = row.place if cut == Cut.MONTH else names.get(int(dataset), dataset)
        yield PlaceRow(row.place, f"{thread} · {name}" if cut == Cut.THREAD else name, Share.of(row))


def _months(choices: DynamicsChoices, places: dict[int, list[ShareSummary]]) -> dict[str, dict[str, Share]]:
    """version -> month -> share, oldest version first."""
    names = {version.pk: str(version) for version in sorted(choices.versions, key=lambda version: version.number)}
    return {name: {row.place: Share.of(row) for row in places[pk] if row.cut == Cut.MONTH} for pk, name in names.items() if pk in places}


def _came(project: Project, versions: Sequence[ModelVersion]) -> dict[int, VersionChange]:
    """How each version came into use, the last time."""
    return {change.version_id: change for change in _changes(project).filter(version__in=versions).order_by("pk")}


def _changes(project: Project) -> "QuerySet[VersionChange]":
    return project.version_changes.select_related("version", "previous").defer(*HEAVY_OF_VERSIONS)


def _sentence(focus: ModelVersion, chosen: DynamicsFilter, change: VersionChange | None, row: ShareChange | None, share: Share | None) -> str:
    if change and row:
        return change_sentence(change, row)
    return state_sentence(str(focus), chosen.engine, chosen.subject, share.figure if share else None, share.chance if share else None)
