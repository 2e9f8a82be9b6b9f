"""One version against the one before it on the same comments, row by row in the form of the paper's Table 6, with unit, n and test stated.

The paper's t-tests name neither. Here the unit is the comment, or the family where variants of one original are among them: those are no
new evidence, and are drawn together. Holm over all rows of the table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from modeling.measures import battery
from modeling.measures.battery import Compared
from modeling.measures.data import Floats, Scored
from modeling.measures.registry import difference_limits, settled
from modeling.measures.significance import mcnemar
from modeling.measures.statistics import holm, p_value, two_sided

RESAMPLES = 1_000
Test = Literal["McNemar (mid-p)", "paired bootstrap", "DeLong", ""]
Unit = Literal["comment", "family"]


@dataclass(frozen=True)
class BeforeAfterRow:
    """`difference`: after - before, with its 95 % interval. `p`: two-sided, of "no difference"; nan where nothing can be told."""

    measure: str
    before: float
    after: float
    difference: float
    low: float
    high: float
    n: int
    unit: Unit
    units: int
    test: Test
    p: float
    p_holm: float


def before_after(before: Scored, after: Scored, measures: Sequence[str], resamples: int = RESAMPLES, seed: int = 0) -> list[BeforeAfterRow]:
    """A row for each overall measure. Accuracy by McNemar where every comment stands for itself, AUCs by DeLong, all else by the bootstrap.

    Raises ValueError unless both hold the same comments in the same order.
    """
    compared = battery.compare(after, before, overall=measures, per_subgroup=(), resamples=resamples, seed=seed)
    draws, limits = settled(compared.battery, compared.difference, compared.draws), difference_limits(compared)
    rows = [_row(compared, i, draws[:, i], (float(limits[0][i]), float(limits[1][i]))) for i in range(len(measures))]
    return [replace(row, p_holm=float(p)) for row, p in zip(rows, holm([row.p for row in rows]), strict=True)]


def _row(compared: Compared, entry: int, draws: Floats, limits: tuple[float, float]) -> BeforeAfterRow:
    name, n, units = compared.battery.overall[entry], int(compared.n[entry]), len(np.unique(compared.versions[0].cluster))
    unit: Unit = "comment" if units == len(compared.versions[0]) else "family"
    test, p = _tested(compared, entry, draws, unit)
    before, after = float(compared.b[entry]), float(compared.a[entry])
    return BeforeAfterRow(name, before, after, after - before, *limits, n, unit, units, test, p, np.nan)


def _tested(compared: Compared, entry: int, draws: Floats, unit: Unit) -> tuple[Test, float]:
    if np.isnan(compared.difference[entry]):
        return "", np.nan
    if compared.battery.overall[entry] == "accuracy" and unit == "comment":
        after, before = compared.versions
        return "McNemar (mid-p)", mcnemar(after.hit, before.hit).mid_p
    if compared.battery.by_influence[entry]:
        return "DeLong", two_sided(compared.p_value(entry, 1), compared.p_value(entry, -1))
    return "paired bootstrap", two_sided(float(p_value(draws)), float(p_value(-draws)))
