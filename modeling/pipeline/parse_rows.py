"""Turn a file's cells into comments: columns by name, masked text, checked numbers and dates; or a reason why not.

Understands the header of Kaggle's "Jigsaw Unintended Bias" (any column but `id` and `comment_text` may be missing), `x_*` columns
as further subgroups, and VADER's tweets (`id, mean, n, ratings, text`) in a sentiment data set.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings

from modeling.labels import EXTRA_SUBGROUP_PREFIX, SUBGROUPS, LevelKind, level_of
from modeling.ml.masking import mask, text_hash
from modeling.models import Comment, Dataset, SubgroupMention
from modeling.pipeline.open_file import refusal
from modeling.pipeline.read_rows import NOT_UTF8, NUL, SAVE_AS_UTF8, RawRow

ATTRIBUTES = ("severe_toxicity", "obscene", "identity_attack", "insult", "threat", "sexual_explicit")
MOST_VOTES = 32_767
LONGEST_SUBGROUP = SubgroupMention._meta.get_field("subgroup").max_length or 0
_FIELDS = {"id": "external_id", "family": "family", "article_id": "article_id", "parent_id": "parent_id"}
LONGEST: dict[str, int] = {name: Comment._meta.get_field(field).max_length or 0 for name, field in _FIELDS.items()}
SHOWN_COLUMNS = 40
SHOWN_CHARACTERS = 40
SENTIMENT_SPAN = 4.0
"""VADER's raters answer from -4 to 4."""

# A date as Kaggle prints it (2017-03-06 15:21:53.675241+00), as ISO 8601, or alone.
_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?")


class RowRejectedError(Exception):
    """One row cannot become a comment. The message completes "line 7: ..."."""


@dataclass(slots=True)
class ParsedRow:
    line: int
    external_id: str
    text: str
    text_hash: str
    family: str
    target: float | None
    annotator_count: int | None
    level: str
    attributes: dict[str, float]
    created_date: str | None
    article_id: str
    parent_id: str
    mentions: list[tuple[str, float]]
    is_masked: bool
    split: str = ""


class RowParser:
    """Knows where a file's columns stand.

    Raises:
        ImportRefusedError: `id` or `comment_text` is missing, or a column is named twice.
    """

    def __init__(self, header: Sequence[str], dataset: Dataset, file_name: str) -> None:
        self._names = [name.strip().lower() for name in header]
        self._low, self._high = dataset.low_threshold, dataset.high_threshold
        self._most_chars = settings.IMPORT_MAX_COMMENT_CHARS
        self._is_vader = dataset.level_kind == LevelKind.SENTIMENT and "comment_text" not in self._names and {"text", "mean"} <= set(self._names)
        self._check_names(header, file_name)
        self._text_name = "text" if self._is_vader else "comment_text"
        self._target_name, self._count_name = ("mean", "n") if self._is_vader else ("target", "toxicity_annotator_count")
        self._place = {name: place for place, name in enumerate(self._names)}
        self._id, self._text = self._place["id"], self._place[self._text_name]
        self._attributes = [(name, self._place[name]) for name in ATTRIBUTES if name in self._place]
        self._subgroups = [(name, self._place[name]) for name in self._names if name in SUBGROUPS or name.startswith(EXTRA_SUBGROUP_PREFIX)]

    @property
    def has_identity_columns(self) -> bool:
        return any(name in SUBGROUPS for name in self._names)

    def parse(self, row: RawRow) -> ParsedRow:
        """
        Raises:
            RowRejectedError: with the reason.
        """
        if row.problem:
            raise RowRejectedError(row.problem)
        cells = row.cells
        external_id = self._short(cells, "id")
        if not external_id:
            raise RowRejectedError("id is empty")
        text, masks = mask(self._comment_text(cells[self._text]))
        target = self._target(cells)
        attributes = {name: value for name, place in self._attributes if (value := _share(cells[place], name)) is not None}
        return ParsedRow(
            line=row.line,
            external_id=external_id,
            text=text,
            text_hash=text_hash(text),
            family=self._short(cells, "family"),
            target=target,
            annotator_count=self._votes(cells),
            level="" if target is None else level_of(target, self._low, self._high).value,
            attributes=attributes,
            created_date=self._date(cells),
            article_id=self._short(cells, "article_id"),
            parent_id=self._short(cells, "parent_id"),
            mentions=[(name, value) for name, place in self._subgroups if (value := _share(cells[place], name))],
            is_masked=masks > 0,
        )

    def excerpt(self, row: RawRow) -> str:
        """What stood in a rejected row, for the report: masked like any other text, and short."""
        is_whole = len(row.cells) == len(self._names)
        value = row.cells[self._text] if is_whole and row.cells[self._text] else " ".join(str(cell)[:500] for cell in row.cells[:20] if cell)
        return shown(value, 120)

    def _comment_text(self, cell: Any) -> str:
        if not isinstance(cell, str | bytes) and cell is not None and cell == cell:
            raise RowRejectedError(f"{self._text_name} is not text")
        text = as_text(cell)
        if not text:
            raise RowRejectedError(f"{self._text_name} is empty")
        if len(text) > self._most_chars:
            raise RowRejectedError(f"{self._text_name} has {len(text):,} characters; at most {self._most_chars:,} are imported")
        return text.replace("\r\n", "\n") if "\r" in text else text

    def _target(self, cells: Sequence[Any]) -> float | None:
        place = self._place.get(self._target_name)
        if place is None:
            return None
        if self._is_vader:
            mean = _number(cells[place], "mean", -SENTIMENT_SPAN, SENTIMENT_SPAN)
            return None if mean is None else (mean + SENTIMENT_SPAN) / (2 * SENTIMENT_SPAN)
        return _share(cells[place], self._target_name)

    def _votes(self, cells: Sequence[Any]) -> int | None:
        place = self._place.get(self._count_name)
        if place is None:
            return None
        count = _number(cells[place], self._count_name, 0, MOST_VOTES)
        if count is not None and not count.is_integer():
            raise RowRejectedError(f"{self._count_name} is {shown(cells[place])!r}, not a whole number")
        return int(count) if count else None

    def _date(self, cells: Sequence[Any]) -> str | None:
        place = self._place.get("created_date")
        written = as_text(cells[place]) if place is not None else ""
        if not written:
            return None
        match = _DATE.fullmatch(written)
        try:
            if match:
                return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
        except ValueError:
            pass  # 2017-02-30
        raise RowRejectedError(f"created_date is {shown(written)!r}, not a date such as 2017-03-06")

    def _short(self, cells: Sequence[Any], name: str) -> str:
        place = self._place.get(name)
        if place is None:
            return ""
        value = as_text(cells[place])
        if len(value) > LONGEST[name]:
            raise RowRejectedError(f"{name} has {len(value):,} characters; at most {LONGEST[name]} are imported")
        # pandas writes whole numbers with gaps among them as 239607.0
        return value.removesuffix(".0") if name.endswith("_id") else value

    def _check_names(self, header: Sequence[str], file_name: str) -> None:
        wanted = ("id", "text") if self._is_vader else ("id", "comment_text")
        missing = [name for name in wanted if name not in self._names]
        if missing:
            raise refusal(file_name, f"lacks the {_columns(missing)}; it has {_found(header)}", self._advice(header))
        used = {*wanted, "target", "mean", "n", "family", "created_date", *ATTRIBUTES, *SUBGROUPS}
        for name in self._names:
            if self._names.count(name) > 1 and (name in used or name.startswith(EXTRA_SUBGROUP_PREFIX)):
                raise refusal(file_name, f"has the column {name} twice", "Rename or remove one of them and import it again.")
            if name.startswith(EXTRA_SUBGROUP_PREFIX) and len(name) > LONGEST_SUBGROUP:
                raise refusal(file_name, f"has a column whose name is longer than {LONGEST_SUBGROUP} characters: {shown(name)}…", "Shorten it.")

    def _advice(self, header: Sequence[str]) -> str:
        if {"id", "text", "mean"} <= set(self._names):
            return "These look like sentiment ratings: import it as sentiment."
        if len(header) == 1 and re.search(r"[;\t]", header[0]):
            return "Its columns seem to be separated by semicolons or tabs: save it with commas and import it again."
        return "Name its columns so and import it again."


def as_text(cell: Any) -> str:
    """A cell of any file as text without spaces around it; an empty one, null or NaN as an empty text."""
    if type(cell) is str:
        return cell.strip()
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, bytes):
        return _decoded(cell).strip()
    if isinstance(cell, dict | list):
        raise RowRejectedError("holds a list or an object where one value should stand")
    if isinstance(cell, bool) or (isinstance(cell, float) and cell.is_integer()):
        return str(int(cell))
    return str(cell)


def shown(value: Any, longest: int = SHOWN_CHARACTERS) -> str:
    """A value as the report may show it: on one line, short, masked."""
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    plain = "".join(character if character.isprintable() else " " for character in text[:1000])
    return mask(" ".join(plain.split()))[0][:longest]


def _decoded(cell: bytes) -> str:
    try:
        text = cell.decode()
    except UnicodeDecodeError as error:
        raise RowRejectedError(f"{NOT_UTF8} (byte 0x{cell[error.start]:02X}): {SAVE_AS_UTF8}") from error
    if "\0" in text:
        raise RowRejectedError(NUL)
    return text


def _share(cell: Any, name: str) -> float | None:
    try:
        return _plain_share(cell) if type(cell) is str else _number(cell, name, 0, 1)
    except ValueError:
        return _number(cell, name, 0, 1)


@lru_cache(maxsize=4_096)
def _plain_share(written: str) -> float | None:
    """Shares of few raters take few values, so most cells of a file were met before."""
    value = float(written) if written else None
    if value is not None and not 0 <= value <= 1:
        raise ValueError
    return value


def _number(cell: Any, name: str, lowest: float, highest: float) -> float | None:
    written = as_text(cell)
    if not written:
        return None
    try:
        value = float(written)
    except ValueError:
        value = float("nan")
    if not lowest <= value <= highest:
        raise RowRejectedError(f"{name} is {shown(written)!r}, not a number from {lowest:g} to {highest:g}")
    return value


def _columns(names: Sequence[str]) -> str:
    return f"column {names[0]}" if len(names) == 1 else f"columns {' and '.join(names)}"


def _found(header: Sequence[str]) -> str:
    names = ", ".join(shown(name) or "(no name)" for name in header[:SHOWN_COLUMNS])
    return names + (f" and {len(header) - SHOWN_COLUMNS} more" if len(header) > SHOWN_COLUMNS else "")
