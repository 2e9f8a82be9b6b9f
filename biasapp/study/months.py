"""Comments by month: by their dates where they have them, else dealt by a seed. Each part is a file as any import takes it."""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from biasapp.study.spec import StudySpec
from modeling.demonstration.recipe import HEADER, make_rows
from modeling.pipeline.parse_rows import as_text
from modeling.pipeline.read_rows import open_table

BASELINE = "before"
DEALT_YEAR = 2026
DATE = "created_date"
SUFFIXES = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".parquet")
_MONTH = re.compile(r"\d{4}-\d{2}(?=-\d{2})")
Row = dict[str, str]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Source:
    """Labelled comments of files, read anew at each pass, since there may be more of them than memory holds; without files those that were
    made up, some thousands."""

    files: Sequence[Path]
    seed: int
    made_up: Sequence[Row]

    def __iter__(self) -> Iterator[Row]:
        return _read(self.files) if self.files else iter(self.made_up)


@dataclass(frozen=True)
class Rows:
    """Those of a source that are `chosen` (n,), as they belong to a month; they keep their dates unless a seed dealt them."""

    source: Source
    chosen: Bools
    month: str
    dealt: bool

    def __iter__(self) -> Iterator[Row]:
        for row in compress(self.source, self.chosen):
            yield _with_date(row, self.month, self.source.seed) if self.dealt else row


@dataclass(frozen=True)
class Part:
    """`month`: `2026-05`, or `before`. `rows`: read anew at each pass. `dealt`: its dates were dealt by a seed."""

    month: str
    rows: Iterable[Row]
    dealt: bool

    def write(self, path: Path) -> None:
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, lineterminator="\n", restval="")
            writer.writeheader()
            writer.writerows(self.rows)


def parts_of(spec: StudySpec, files: Sequence[Path]) -> list[Part]:
    """What was there before, then the months in their order. Without `files`: of the demonstration's generator.

    Raises:
        ValueError: there are no rows, or fewer than the study has months.
    """
    made_up = [] if files else [{name: as_text(row[name]) for name in HEADER} for row in make_rows(spec.data_seed)]
    source = Source(files, spec.data_seed, made_up)
    found = Counter(map(month_of, source))
    count = found.total()
    if count <= spec.months:
        raise ValueError(f"There are {count} labelled comments, too few for {spec.months} months.")
    is_dated = not found.pop("", 0) and len(found) > spec.months
    months = sorted(found)[-spec.months :] if is_dated else [f"{DEALT_YEAR + i // 12}-{i % 12 + 1:02d}" for i in range(spec.months)]
    names = [BASELINE, *months]
    month_of_row = month_of if is_dated else partial(_dealt, months=months, seed=spec.data_seed)
    belongs, lots = _places(source, count, names, month_of_row)
    limits = [spec.baseline, *[spec.comments_per_month] * spec.months]
    chosen = [_some(belongs == number, lots, most) for number, most in enumerate(limits)]
    return [Part(name, Rows(source, rows, name, not is_dated), not is_dated) for name, rows in zip(names, chosen, strict=True)]


def files_of(data: Path | None) -> list[Path]:
    """Raises ValueError: there is nothing of the kinds that an import takes."""
    if data is None:
        return []
    found = sorted(path for path in data.iterdir() if path.name.endswith(SUFFIXES)) if data.is_dir() else [data] if data.is_file() else []
    if not found:
        raise ValueError(f"There is no file of comments at {data} ({', '.join(SUFFIXES)}).")
    return found


def month_of(row: Row) -> str:
    """`2026-05`, or empty."""
    match = _MONTH.match(row.get(DATE, "").replace("/", "-"))
    return match[0] if match else ""


def _read(files: Iterable[Path]) -> Iterator[Row]:
    """Labelled ones alone, since scripted people must know what is true. Ids of several files may be the same: each is told apart by its
    file's name."""
    files = list(files)
    for path in files:
        with open_table(path, path.name) as table:
            names = [name.strip().lower() for name in table.header]
            for raw in table.rows:
                if raw.problem:
                    continue
                row = {name: as_text(cell) for name, cell in zip(names, raw.cells, strict=True)}
                if row.get("target"):
                    yield {**row, "id": f"{path.name.split('.')[0]}-{row.get('id', raw.line)}"} if len(files) > 1 else row


def _lot(row: Row, seed: int, salt: str) -> int:
    """The same for the same comment and seed, on every machine."""
    key = f"{seed}/{salt}/{row.get('id', '')}/{row.get('comment_text', '')}"
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")


def _dealt(row: Row, months: Sequence[str], seed: int) -> str:
    """One part of as many as there are months, and one from before."""
    place = _lot(row, seed, "month") % (len(months) + 1)
    return months[place - 1] if place else ""


def _with_date(row: Row, month: str, seed: int) -> Row:
    """What was there before has no date: nobody knows it, and no month is looked at before the study."""
    return {**row, DATE: "" if month == BASELINE else f"{month}-{_lot(row, seed, 'day') % 28 + 1:02d}"}


def _places(source: Source, count: int, names: list[str], month_of_row: Callable[[Row], str]) -> tuple[NDArray[np.int8], NDArray[np.uint64]]:
    """((n,) place in `names`, the first where the month is none of them; (n,) lot) of each row."""
    belongs, lots = np.zeros(count, np.int8), np.zeros(count, np.uint64)
    number_of = {name: number for number, name in enumerate(names)}
    for place, row in enumerate(source):
        belongs[place] = number_of.get(month_of_row(row), 0)
        lots[place] = _lot(row, source.seed, "chosen")
    return belongs, lots


def _some(own: Bools, lots: NDArray[np.uint64], most: int) -> Bools:
    """(n,) at most so many of a month's own rows, chosen by lot; 0: all."""
    rows = np.flatnonzero(own)
    if not most or len(rows) <= most:
        return own
    kept = np.zeros_like(own)
    kept[rows[np.argsort(lots[rows], kind="stable")[:most]]] = True
    return kept
