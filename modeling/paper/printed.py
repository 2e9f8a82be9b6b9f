"""The paper's tables and figures as printed: read once from `printed.json`, in the order of the paper,
keyed "1" to "8", "A1" to "A5" and "F1" to "F4"."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROPOSED = "Proposed method"
FILE = Path(__file__).with_name("printed.json")


@dataclass(frozen=True)
class PrintedRow:
    """`values` in the order of the table's columns; None: the paper's text gives no number."""

    group: str
    label: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class PrintedTable:
    key: str
    title: str
    section: str
    columns: tuple[str, ...]
    digits: tuple[int, ...]
    """After the point, of each column, as printed."""
    rows: tuple[PrintedRow, ...]

    @property
    def name(self) -> str:
        return name_of(self.key)

    def value(self, label: str, column: str, group: str = "") -> float:
        """
        Raises:
            KeyError: the paper prints no such number.
        """
        for row in self.rows:
            if row.label == label and group in ("", row.group):
                value = row.values[self.columns.index(column)]
                if value is not None:
                    return value
        raise KeyError((self.key, group, label, column))

    def column(self, name: str, label: str = "") -> list[float]:
        """A column from top to bottom, of the rows `label` alone where one is named."""
        place = self.columns.index(name)
        return [value for row in self.rows if label in ("", row.label) and (value := row.values[place]) is not None]

    def groups(self) -> Iterator[tuple[str, list[PrintedRow]]]:
        """The rows under each of the table's inner headings, in their order."""
        for name in dict.fromkeys(row.group for row in self.rows):
            yield name, [row for row in self.rows if row.group == name]


def name_of(key: str) -> str:
    """As the paper calls it: `Table 3`, `Table A1`, `Figure 2`."""
    return f"Figure {key[1:]}" if key.startswith("F") else f"Table {key}"


@cache
def printed_tables() -> dict[str, PrintedTable]:
    content = json.loads(FILE.read_text(encoding="utf-8"))
    return {key: _table(key, **table) for key, table in content.items()}


def _table(key: str, title: str, section: str, columns: list[str], digits: list[int], rows: list[list]) -> PrintedTable:
    read = tuple(PrintedRow(group, label, tuple(values)) for group, label, *values in rows)
    return PrintedTable(key, title, section, tuple(columns), tuple(digits), read)
