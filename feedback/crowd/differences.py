"""How one person's answers differ from others' on the same items, by subgroup. numpy only."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from feedback.crowd.chance import holm
from feedback.crowd.estimates import MINIMUM_ITEMS, Z_95, Estimate
from feedback.crowd.pool import Floats

MINIMUM_PEERS = 5
"""Nothing is said about others where fewer than so many answered: it could be told who said what."""

LEVEL = 0.05
COUNTED_OUT = 12
"""Up to so many items that differ, every way in which chance could have turned them is looked at."""


@dataclass(frozen=True)
class Compared:
    """One item that a person and others answered. `gap`: theirs minus the mean of the others'; `peers`: who the others are."""

    gap: float
    peers: frozenset[int]
    subgroups: frozenset[str]


@dataclass(frozen=True)
class Difference:
    """`found.value`: mean gap over the items about a subgroup. `is_clear`: it is no chance, after Holm over all that were asked."""

    subgroup: str
    found: Estimate
    peers: int
    is_clear: bool


def differences(questions: Mapping[str, Sequence[Compared]]) -> dict[str, list[Difference]]:
    """Question -> its subgroups, most items first; those with fewer than `MINIMUM_ITEMS` items or `MINIMUM_PEERS` others are left out.

    Holm's correction runs over all subgroups of all questions: each is asked of the same person at once.
    """
    asked = [(question, subgroup, rows) for question, every in questions.items() for subgroup, rows in _by_subgroup(every)]
    clear = holm([chance_of([row.gap for row in rows]) for _, _, rows in asked], LEVEL)
    found: dict[str, list[Difference]] = {question: [] for question in questions}
    for (question, subgroup, rows), is_clear in zip(asked, clear, strict=True):
        found[question].append(Difference(subgroup, mean_gap([row.gap for row in rows]), len(_peers(rows)), is_clear))
    return found


def mean_gap(gaps: Sequence[float]) -> Estimate:
    """The mean with its 95 % interval: Wald's after half an item was added to each of (1, 1), (1, 0), (0, 1), (0, 0), so that it does not
    shrink to nothing where all agree. Source: Agresti and Min 2005, for matched pairs; a gap of two levels counts with its square."""
    values = np.asarray(gaps, dtype=np.float64)
    size = len(values) + 2
    centre = values.sum() / size
    half = Z_95 * math.sqrt(((values**2).sum() + 1) / size - centre**2) / math.sqrt(size)
    return Estimate(float(values.mean()), float(centre - half), float(centre + half), len(values))


def chance_of(gaps: Sequence[float]) -> float:
    """p-value, two-sided, of a mean gap as far from 0 if each item's gap were as likely to point the other way.

    Exact for few items; for more by the normal approximation, which for gaps of one is McNemar's test (1947).
    """
    values = np.array([gap for gap in gaps if gap])
    if not len(values):
        return 1.0
    if len(values) <= COUNTED_OUT:
        return _counted_out(values)
    return math.erfc(abs(values.sum()) / math.sqrt(2 * (values**2).sum()))


def _counted_out(values: Floats) -> float:
    turned = np.array(list(product((-1.0, 1.0), repeat=len(values)))) @ values
    return float((np.abs(turned) >= abs(values.sum()) - 1e-9).mean())


def _by_subgroup(rows: Sequence[Compared]) -> list[tuple[str, list[Compared]]]:
    """Those of which something may be said."""
    members: dict[str, list[Compared]] = {}
    for row in rows:
        for subgroup in row.subgroups:
            members.setdefault(subgroup, []).append(row)
    told = [(name, about) for name, about in members.items() if len(about) >= MINIMUM_ITEMS and len(_peers(about)) >= MINIMUM_PEERS]
    return sorted(told, key=lambda one: (-len(one[1]), one[0]))


def _peers(rows: Sequence[Compared]) -> frozenset[int]:
    return frozenset().union(*(row.peers for row in rows))
