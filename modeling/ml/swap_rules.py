"""Swaps that people said are none: written in words, so that they mean the same whatever is added to the table later."""

from collections.abc import Collection
from functools import cache

from modeling.ml.swaps import DEPENDENT_FORMS, SWAPS, Place

Rules = tuple[str, ...]
"""Of `rule_of`."""


def family_name(place: Place) -> str:
    """The first term of a family stands for it."""
    return next(iter(SWAPS[place[0]][place[1]].values()))[0]


def rule_of(one: Place, other: Place, forms: Collection[str]) -> str:
    """That these two families of a list are not exchanged where all these forms stand: `religion|christian|muslim|place`.

    In no direction: if a mosque is no church, a church is no mosque. Forms that name nobody (she, wife) say nothing.
    """
    first, second = sorted((family_name(one), family_name(other)))
    return "|".join((one[0], first, second, "+".join(sorted(set(forms) - DEPENDENT_FORMS))))


def is_left_out(one: Place, other: Place, forms: Collection[str], rules: Rules) -> bool:
    """Whether a rule speaks of this exchange: a rule about mosques leaves out whatever has one, one about Muslims at mosques needs both."""
    return bool(rules) and is_covered(rule_of(one, other, forms), rules)


def is_covered(exchange: str, rules: Rules) -> bool:
    """The same of an exchange that is written as `rule_of` writes it."""
    *families, forms = exchange.split("|")
    return any(wanted <= set(forms.split("+")) for wanted in _by_families(rules).get(tuple(families), ()))


@cache
def _by_families(rules: Rules) -> dict[tuple[str, ...], list[set[str]]]:
    found: dict[tuple[str, ...], list[set[str]]] = {}
    for rule in rules:
        *families, forms = rule.split("|")
        found.setdefault(tuple(families), []).append(set(forms.split("+")))
    return found
