"""Which of our exchanges two texts differ by, where nobody noted it: two at once, or a wording of somebody's own."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import product

from modeling.ml.mentions import Term, find_terms
from modeling.ml.swap_rules import rule_of
from modeling.ml.swaps import DEPENDENT_FORMS, Place


def exchanges_between(text: str, twin: str) -> list[str]:
    """Each as the rule that would leave out it alone (`swap_rules.rule_of`); the same for the two texts in the other order.

    Terms are taken in turn where both texts have as many; otherwise whoever has gone for whoever has come.
    """
    forms: dict[tuple[Place, Place], set[str]] = defaultdict(set)
    for one, other in _side_by_side(_named(text), _named(twin)):
        if one.place != other.place and one.place[0] == other.place[0]:
            first, second = sorted((one.place, other.place))
            forms[first, second] |= {one.form, other.form}
    return sorted(rule_of(*places, which) for places, which in forms.items())


def _named(text: str) -> list[Term]:
    return [term for term in find_terms(text) if term.form not in DEPENDENT_FORMS]


def _side_by_side(terms: list[Term], others: list[Term]) -> Iterable[tuple[Term, Term]]:
    if len(terms) == len(others):
        return zip(terms, others, strict=True)
    return product(_gone(terms, others), _gone(others, terms))


def _gone(terms: list[Term], others: list[Term]) -> list[Term]:
    there = {other.place for other in others}
    return [term for term in terms if term.place not in there]
