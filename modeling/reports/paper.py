"""The page "Paper and this system": each table and figure as printed, what was measured beside it, and where the paper contradicts itself."""

from collections.abc import Iterator
from dataclasses import dataclass

from modeling.models import Project
from modeling.numerals import number
from modeling.paper.beside import BESIDE, DATA_NAMES, NOTES, Beside, Text
from modeling.paper.claim import Claim
from modeling.paper.claims import claims
from modeling.paper.printed import PrintedTable, printed_tables
from modeling.reports.figures import Figure
from modeling.reports.paper_own import OWN, OwnTable, own_tables
from modeling.reports.results import ResultFile, read_results

FOLDED_FROM = 25
"""So many lines and more are shown on demand."""


PAGES = {"F2": "modeling:dashboard-curves", "F3": "modeling:dashboard-curves"}
"""Where a project has its own form of a figure."""


@dataclass(frozen=True)
class Line:
    label: Text
    cells: tuple[Figure | None, ...]


@dataclass(frozen=True)
class MeasuredTable:
    """From one result file; `groups`: the lines of each data set. None where it has not been measured yet: then `command` would."""

    columns: tuple[Text, ...]
    groups: tuple[tuple[Text, tuple[Line, ...]], ...]
    command: str
    made_at: str = ""

    @property
    def width(self) -> int:
        return 1 + len(self.columns)


@dataclass(frozen=True)
class PaperSection:
    table: PrintedTable
    note: Text
    measured: tuple[MeasuredTable, ...]
    claims: tuple[Claim, ...]
    own: OwnTable | None = None

    @property
    def can_be_own(self) -> bool:
        return self.table.key in OWN

    @property
    def page(self) -> str:
        return PAGES.get(self.table.key, "")

    @property
    def is_long(self) -> bool:
        return len(self.table.rows) >= FOLDED_FROM

    @property
    def width(self) -> int:
        return 1 + len(self.table.columns)

    def printed(self) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
        """Inner heading, and its rows as (label, cells)."""
        for group, rows in self.table.groups():
            yield group, [(row.label, [_shown(value, digits) for value, digits in zip(row.values, self.table.digits, strict=True)]) for row in rows]


@dataclass(frozen=True)
class PaperPage:
    sections: tuple[PaperSection, ...]
    claims: tuple[Claim, ...]


def paper_page(project: Project | None = None) -> PaperPage:
    """With the project's own tables where one is named."""
    found = claims()
    own = own_tables(project) if project else {}
    sections = tuple(
        PaperSection(
            table=table,
            note=NOTES.get(key, ""),
            measured=tuple(_measured(beside) for beside in BESIDE.get(key, ())),
            claims=tuple(claim for claim in found if key in claim.tables),
            own=own.get(key),
        )
        for key, table in printed_tables().items()
    )
    return PaperPage(sections, found)


def _shown(value: float | None, digits: int) -> str:
    if value is None:
        return "–"
    return number(value, digits) if digits else f"{value:,.0f}"


def _measured(beside: Beside) -> MeasuredTable:
    file = read_results(beside.name)
    data = [name for name in beside.data if file and any(file.of(name, arm, metric) for arm in beside.arms for metric in beside.metrics)]
    if file is None or not data:
        return MeasuredTable((), (), beside.how)
    arms = [arm for arm in beside.arms if any(file.of(name, arm, metric) for name in data for metric in beside.metrics)]
    metrics = [metric for metric in beside.metrics if any(file.of(name, arm, metric) for name in data for arm in arms)]
    columns = [beside.arms[arm] for arm in arms] if beside.by_metric else [beside.metrics[metric] for metric in metrics]
    groups = tuple((DATA_NAMES.get(name, name), tuple(_lines(beside, file, name, arms, metrics))) for name in data)
    return MeasuredTable(tuple(columns), groups, file.command, file.made_at)


def _lines(beside: Beside, file: ResultFile, data: str, arms: list[str], metrics: list[str]) -> Iterator[Line]:
    if beside.by_metric:
        for metric in metrics:
            yield Line(beside.metrics[metric], tuple(file.of(data, arm, metric) for arm in arms))
        return
    for arm in arms:
        yield Line(beside.arms[arm], tuple(file.of(data, arm, metric) for metric in metrics))
