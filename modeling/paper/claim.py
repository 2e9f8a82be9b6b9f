"""One place where the paper contradicts itself, with the reckoning that shows it."""

from dataclasses import dataclass

from modeling.numerals import number
from modeling.paper.printed import PrintedTable, printed_tables


@dataclass(frozen=True)
class Step:
    """One line of a reckoning: what is printed, and what it comes to."""

    what: str
    printed: str
    comes_to: str


@dataclass(frozen=True)
class Claim:
    """`tables`: keys of the tables and figures that it concerns. `means`: what follows, and what this system does instead."""

    key: str
    where: str
    title: str
    means: str
    steps: tuple[Step, ...]
    tables: tuple[str, ...] = ()


def table(key: str) -> PrintedTable:
    return printed_tables()[key]


def thirds(value: float) -> str:
    return number(value, 3)


def halves(value: float) -> str:
    return number(value, 2)
