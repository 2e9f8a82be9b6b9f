"""What a replay finds: one line per thing that was made again, and how far two sets of figures are apart."""

import math
from dataclasses import dataclass
from typing import Any

TOLERANCE = 1e-6
IN_WORDS = ("reasons", "notes")
"""Parts of a decision that are made from its numbers, rounded for people."""


@dataclass(frozen=True)
class Line:
    """One thing that was made again. `difference`: the largest between numbers, None where bytes or words are compared."""

    what: str
    stored: str
    replayed: str
    difference: float | None
    same: bool


def decision_difference(stored: dict[str, Any], found: dict[str, Any]) -> float:
    """The largest difference between the numbers of two decisions; infinite where they differ in anything else but their sentences."""
    return apart(_by_name(stored), _by_name(found))


def _by_name(decision: dict[str, Any]) -> dict[str, Any]:
    """Its tests under their names: a database may give the margins, and so the tests, in another order."""
    checks = {check["measure"]: _without_freedom(check) for check in decision["checks"]}
    subgroups = {f"{test['subgroup']} {test['measure']}": _without_freedom(test) for test in decision["subgroups"]}
    if len(checks) < len(decision["checks"]) or len(subgroups) < len(decision["subgroups"]):
        raise ValueError("a test stands in the decision twice")
    tests = {"primary": _without_freedom(decision["primary"]), "checks": checks, "subgroups": subgroups}
    return {**{name: part for name, part in decision.items() if name not in IN_WORDS}, **tests}


def _without_freedom(test: dict[str, Any]) -> dict[str, Any]:
    """Degrees of freedom may be thousands, to which no tolerance for shares applies, and older bundles have none; p-values and intervals,
    which rest on them, are compared."""
    return {name: value for name, value in test.items() if name != "freedom"}


def apart(stored: Any, found: Any) -> float:
    """The largest difference between numbers in the same places of `stored` and `found`; infinite where one has a place more."""
    if isinstance(stored, dict) and isinstance(found, dict):
        return max((apart(part, found[name]) for name, part in stored.items()), default=0.0) if stored.keys() == found.keys() else math.inf
    if isinstance(stored, list | tuple) and isinstance(found, list | tuple) and len(stored) == len(found):
        return max((apart(one, other) for one, other in zip(stored, found, strict=True)), default=0.0)
    if _undefined(stored) or _undefined(found):
        return 0.0 if _undefined(stored) and _undefined(found) else math.inf
    if isinstance(stored, int | float) and isinstance(found, int | float) and not isinstance(stored, bool) and not isinstance(found, bool):
        return abs(float(stored) - float(found))
    return 0.0 if type(stored) is type(found) and stored == found else math.inf


def _undefined(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def number_line(what: str, stored: float | None, found: float | None) -> Line:
    largest = apart(stored, found)
    return Line(what, _figure(stored), _figure(found), shown(largest), largest <= TOLERANCE)


def _figure(value: float | None) -> str:
    return "not enough data" if value is None or math.isnan(value) else f"{value:+.9f}"


def shown(largest: float) -> float | None:
    return largest if math.isfinite(largest) else None
