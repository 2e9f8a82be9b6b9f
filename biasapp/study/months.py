"""Comments by month: by their dates where they have them, else dealt by a seed. Each part is a file as any import takes it."""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

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


@dataclass(frozen=True)
class Part:
    """`month`: `2026-05`, or `before`. `dealt`: its dates were dealt by a seed."""

    month: str
    rows: list[Row]
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
    rows = list(_read(files)) if files else [{name: as_text(row[name]) for name in HEADER} for row in make_rows(spec.data_seed)]
    if len(rows) <= spec.months:
        raise ValueError(f"There are {len(rows)} labelled comments, too few for {spec.months} months.")
    found = Counter(month for row in rows if (month := month_of(row)))
    is_dated = found.total() == len(rows) and len(found) > spec.months
    months = sorted(found)[-spec.months :] if is_dated else [f"{DEALT_YEAR + i // 12}-{i % 12 + 1:02d}" for i in range(spec.months)]
    by_month: dict[str, list[Row]] = {name: [] for name in (BASELINE, *months)}
    for row in rows:
        month = (month_of(row) if is_dated else _dealt(row, months, spec.data_seed)) or BASELINE
        by_month[month if month in by_month else BASELINE].append(row if is_dated else _with_date(row, month, spec.data_seed))
    limits = {BASELINE: spec.baseline}
    return [Part(month, _some(rows, limits.get(month, spec.comments_per_month), spec.data_seed), not is_dated) for month, rows in by_month.items()]


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


def _some(rows: list[Row], most: int, seed: int) -> list[Row]:
    """At most so many, chosen by the seed, in their order; 0: all."""
    if not most or len(rows) <= most:
        return rows
    chosen = sorted(range(len(rows)), key=lambda place: _lot(rows[place], seed, "chosen"))[:most]
    return [rows[place] for place in sorted(chosen)]
