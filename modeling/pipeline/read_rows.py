"""Read the rows of a file (CSV, JSON Lines, Parquet) as a stream of cells with line numbers.

A row that cannot be read carries its `problem`; a file that cannot be read raises ImportRefusedError. At no time is more than a
chunk of rows in memory.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.conf import settings

from modeling.errors import ImportRefusedError
from modeling.pipeline.open_file import FileKind, Unpacked, check_content, refusal, too_large

CHUNK = 2_000
LONGEST_CELL = 16 * 2**20
"""Characters. csv's own limit (131,072) would break a row in two; this one lets the row be read, and then rejected whole."""
LONGEST_LINE = 64 * 2**20
"""Bytes. A file without line breaks must not be read into memory as one line."""

NOT_UTF8 = "is not UTF-8"
SAVE_AS_UTF8 = "save the file as UTF-8 and import it again"
NUL = "holds a NUL character"


@dataclass(slots=True)
class RawRow:
    """`line` is the physical line where the row begins (of a Parquet file: the row's number). Cells are in the header's order."""

    line: int
    cells: Sequence[Any]
    problem: str = ""

    @property
    def is_utf8(self) -> bool:
        return not self.problem.startswith(NOT_UTF8)


@dataclass(frozen=True)
class Table:
    header: list[str]
    rows: Iterator[RawRow]
    share_read: Callable[[], float]
    """How much of the file has been read, in [0, 1]."""


@contextmanager
def open_table(path: Path, file_name: str) -> Iterator[Table]:
    """The rows of a file; its kind follows from `file_name`.

    Raises:
        ImportRefusedError: unknown kind, content that is not what the name says, damage, a zip bomb, no rows.
    """
    kind = check_content(path, file_name)
    if kind == FileKind.PARQUET:
        yield _parquet_table(path, file_name)
        return
    with Unpacked(path, file_name) as content:
        stream = io.BufferedReader(content, 2**20)
        table = _csv_table if kind == FileKind.CSV else _json_table
        with _long_cells():
            yield table(stream, file_name, content.share_read)


@contextmanager
def _long_cells() -> Iterator[None]:
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


class _Lines:
    """Physical lines as text. Remembers what was wrong with them until `take_problem` is called, once per row."""

    def __init__(self, stream: io.BufferedReader, file_name: str) -> None:
        self._read = partial(stream.readline, LONGEST_LINE)
        self._file_name = file_name
        self._problem = ""

    def __iter__(self) -> Iterator[str]:
        for line in iter(self._read, b""):
            if len(line) == LONGEST_LINE:
                what = f"has a line of more than {LONGEST_LINE // 2**20} MB, so it is no table of comments"
                raise refusal(self._file_name, what, "Choose another file.")
            try:
                text = line.decode()
            except UnicodeDecodeError as error:
                self._problem = self._problem or f"{NOT_UTF8} (byte 0x{line[error.start]:02X}): {SAVE_AS_UTF8}"
                text = line.decode("latin-1")  # keeps commas, quotes and line breaks where they are
            if "\0" in text:
                self._problem = self._problem or NUL
            yield text

    def take_problem(self) -> str:
        problem, self._problem = self._problem, ""
        return problem


def _csv_table(stream: io.BufferedReader, file_name: str, share_read: Callable[[], float]) -> Table:
    lines = _Lines(stream, file_name)
    # Strict: else a quotation mark left open would merge two rows into one comment, in silence.
    reader = csv.reader(lines, strict=True)
    try:
        header = next((row for row in reader if row), None)
    except csv.Error as error:
        raise refusal(file_name, f"has no header: its first line {_csv_problem(error)}", "Its first line must name the columns.") from error
    if header is None:
        raise refusal(file_name, "is empty", "Choose another file.")
    if lines.take_problem():
        raise refusal(file_name, "is no UTF-8 text: its header holds other bytes", "Save it as UTF-8 and import it again.")
    header[0] = header[0].removeprefix("\ufeff")
    rows = _csv_rows(reader, lines, len(header))
    return Table(header, _at_least_one(rows, file_name), share_read)


def _csv_rows(reader: Any, lines: _Lines, width: int) -> Iterator[RawRow]:
    while True:
        line = reader.line_num + 1
        problem, cells = "", []
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # The reader has thrown the line away and goes on with the next one.
            problem = _csv_problem(error)
        problem = lines.take_problem() or problem
        if cells and len(cells) != width:
            problem = problem or f"has {len(cells)} cells where the header has {width}: look for a comma or a quotation mark too many or too few"
        if cells or problem:
            yield RawRow(line, cells, problem)


def _csv_problem(error: csv.Error) -> str:
    message = str(error)
    if "field limit" in message:
        return f"has a cell of more than {LONGEST_CELL:,} characters"
    if "expected after" in message:
        return 'has a quotation mark that is neither doubled ("") nor at the end of its cell'
    if "unexpected end" in message:
        return "has a quoted cell that never ends"
    if "new-line character" in message:
        return "holds a carriage return outside quotation marks"
    return f"is not CSV ({message})"


def _json_table(stream: io.BufferedReader, file_name: str, share_read: Callable[[], float]) -> Table:
    """The columns are the keys of the first chunk of objects: one that first appears later would be lost, so its row is rejected."""
    found = _json_objects(_Lines(stream, file_name))
    first = list(islice(found, CHUNK))
    keys = list(dict.fromkeys(key for row in first for key in row.values))
    if not first:
        raise _no_rows(file_name)
    if not keys:
        raise refusal(file_name, f"holds no JSON object: line {first[0].line} {first[0].problem}", "Each line must be one object.")
    rows = (_json_row(row, keys, set(keys)) for row in chain(first, found))
    return Table(keys, rows, share_read)


@dataclass(slots=True)
class _JsonObject:
    line: int
    values: dict[str, Any]
    problem: str


def _json_objects(lines: _Lines) -> Iterator[_JsonObject]:
    for number, line in enumerate(lines, start=1):
        problem = lines.take_problem()
        if line.strip():
            yield _json_object(number, line.removeprefix("\ufeff"), problem)


def _json_object(number: int, line: str, problem: str) -> _JsonObject:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        return _JsonObject(number, {}, problem or f"is not a JSON object ({error})")
    if not isinstance(value, dict):
        return _JsonObject(number, {}, problem or "is not a JSON object")
    return _JsonObject(number, value, problem or _unstorable(value))


def _json_row(row: _JsonObject, keys: list[str], known: set[str]) -> RawRow:
    new = [key for key in row.values if key not in known]
    problem = row.problem or (f"has a column that the first {CHUNK:,} rows lack: {new[0][:60]}" if new else "")
    return RawRow(row.line, [row.values.get(key) for key in keys], problem)


def _unstorable(values: dict[str, Any]) -> str:
    """JSON can spell characters that no database stores: NUL, and halves of surrogate pairs."""
    for value in values.values():
        if isinstance(value, str):
            if "\0" in value:
                return NUL
            if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
                return "holds half of a surrogate pair, which is no character"
    return ""


def _parquet_table(path: Path, file_name: str) -> Table:
    # Imported here: pyarrow takes half a second, and most processes never read Parquet.
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Plain ones too: a column name that is not UTF-8, a dictionary that lacks a word.
    damages = (pa.ArrowException, OSError, ValueError, IndexError)
    try:
        schema = pq.read_schema(path)
        strings = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)]
        # As dictionaries, so that a long text repeated a million times stays one text in memory.
        file = pq.ParquetFile(path, read_dictionary=strings)
    except damages as error:
        raise _damaged(file_name, error) from error
    if sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups)) > settings.IMPORT_MAX_BYTES:
        raise too_large(file_name)
    read = 0

    def rows() -> Iterator[RawRow]:
        nonlocal read
        try:
            for batch in file.iter_batches(batch_size=CHUNK):
                for cells in zip(*(_values(column) for column in batch.columns), strict=True):
                    read += 1
                    yield RawRow(read, cells)
        except damages as error:
            raise _damaged(file_name, error) from error

    return Table(schema.names, _at_least_one(rows(), file_name), lambda: read / max(file.metadata.num_rows, 1))


def _damaged(file_name: str, error: Exception) -> ImportRefusedError:
    return refusal(file_name, f"is damaged ({(str(error).splitlines() or ['unreadable'])[0]})", "Write it again, and import it again.")


def _values(column: Any) -> list[Any]:
    """Text as bytes: each value is decoded when it is used, so that one that is not UTF-8 rejects its own row only."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        return column.to_pylist()
    words = column.dictionary.cast(pa.large_binary()).to_pylist()
    return [None if place is None else words[place] for place in column.indices.to_pylist()]


def _no_rows(file_name: str) -> ImportRefusedError:
    return refusal(file_name, "has no rows", "Choose another file.")


def _at_least_one(rows: Iterator[RawRow], file_name: str) -> Iterator[RawRow]:
    first = next(rows, None)
    if first is None:
        raise _no_rows(file_name)
    yield first
    yield from rows
