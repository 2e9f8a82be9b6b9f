"""What a text could have said instead: about others, or without a word. Systematic, not drawn: the same text has the same variants."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import chain, zip_longest

from modeling.ml.counterfactuals import Mapping, options_of, replacement_of, rewrite, with_case
from modeling.ml.masking import text_hash
from modeling.ml.mentions import Term, find_terms
from modeling.ml.swap_rules import Rules, rule_of
from modeling.ml.swaps import DEPENDENT_FORMS, Place
from modeling.ml.words import WORD

MOST_SWAPS = 20
FEWEST_SWAPS = 12
"""Below that, two families are exchanged at once, where the text has two."""
MOST_ABLATIONS = 24
LEAST_KEPT = 0.5


class VariantKind(StrEnum):
    SWAP = "swap"
    ABLATION = "ablation"
    EDIT = "edit"


@dataclass(frozen=True)
class Variant:
    """`before` and `after`: the words that were exchanged, or left out. `rule`: of a swap, by which people can say that it is none."""

    text: str
    kind: VariantKind
    before: str = ""
    after: str = ""
    rule: str = ""


def swaps(text: str, rejected: Rules = (), limit: int = MOST_SWAPS) -> list[Variant]:
    """Up to `limit` variants of `text`, each about somebody else of the same axis; where several families stand in it, they take turns.

    All terms of a family go together, with articles, pronouns and verbs. Two families of one list also change places.
    """
    terms = find_terms(text)
    by_one, together = _mappings(text, terms, rejected)
    found: dict[str, Variant] = {}
    for mappings, enough in ((by_one, limit), (together, FEWEST_SWAPS)):
        for mapping in mappings:
            if len(found) >= min(enough, limit):
                break
            variant = _swapped(text, terms, mapping)
            if variant.text != text and variant.before:
                found.setdefault(variant.text, variant)
    return list(found.values())


def swap_count(text: str) -> int:
    """How many there would be without a limit, and if nobody had rejected any."""
    terms = find_terms(text)
    named = {term.place for term in terms if term.form not in DEPENDENT_FORMS}
    return sum(not named.isdisjoint(mapping) for mapping in chain(*_mappings(text, terms, ())))


def _mappings(text: str, terms: list[Term], rejected: Rules) -> tuple[Iterator[Mapping], Iterator[Mapping]]:
    """One family becomes another, or two change places; and two become others together."""
    places = list(dict.fromkeys(term.place for term in terms))
    single = [[{place: other} for other in options_of(text, terms, place, rejected) if other not in places] for place in places]
    return chain(_in_turns(single), _exchanged(text, terms, places, rejected)), _together(single)


def _in_turns(lists: list[list[Mapping]]) -> Iterator[Mapping]:
    return (mapping for turn in zip_longest(*lists) for mapping in turn if mapping)


def _exchanged(text: str, terms: list[Term], places: list[Place], rejected: Rules) -> Iterator[Mapping]:
    """Both families change places: Muslims and Christians -> Christians and Muslims."""
    for number, one in enumerate(places):
        for other in places[number + 1 :]:
            if other in options_of(text, terms, one, rejected) and one in options_of(text, terms, other, rejected):
                yield {one: other, other: one}


def _together(single: list[list[Mapping]]) -> Iterator[Mapping]:
    """The first two families both become others: a Muslim woman -> a Christian man."""
    for one, other in ((one, other) for one in next(iter(single), []) for options in single[1:2] for other in options):
        if not set(one.values()) & set(other.values()):
            yield {**one, **other}


def _swapped(text: str, terms: list[Term], mapping: Mapping) -> Variant:
    named = [term for term in terms if term.place in mapping and term.form not in DEPENDENT_FORMS]
    written = {text[term.start : term.end]: with_case(replacement_of(term, mapping[term.place]), text[term.start : term.end]) for term in named}
    before, after = ", ".join(written), ", ".join(written.values())
    return Variant(rewrite(text, terms, mapping), VariantKind.SWAP, before, after, _rule(named, mapping))


def _rule(named: list[Term], mapping: Mapping) -> str:
    """Only of an exchange between two families: of two exchanges at once nobody could tell which was meant."""
    pairs = {frozenset((term.place, mapping[term.place])) for term in named}
    if len(pairs) != 1:
        return ""
    one, other = sorted(next(iter(pairs)))
    return rule_of(one, other, {term.form for term in named})


def ablations(text: str, word: str = "", limit: int = MOST_ABLATIONS) -> list[Variant]:
    """`text` without each of its words, or without one `word` wherever it stands; where there are more than `limit`, neighbours go together.
    What was masked stays."""
    words = [match.span() for match in WORD.finditer(text) if not match["mask"]]
    if word:
        wanted = [(start, end) for start, end in words if text[start:end].casefold() == word.casefold()]
        return [_without(text, wanted)] if wanted and len(words) > len(wanted) else []
    size = -(-len(words) // limit) or 1
    groups = [words[start : start + size] for start in range(0, len(words), size)]
    return [_without(text, group) for group in groups] if len(words) > 1 else []


def _without(text: str, words: list[tuple[int, int]]) -> Variant:
    """Each word goes with the space before it, so that none stands double."""
    left, position = "", 0
    for start, end in words:
        kept = text[position:start]
        left += kept[:-1] if kept.endswith(" ") else kept
        position = end
    return Variant((left + text[position:]).strip(), VariantKind.ABLATION, " ".join(text[start:end] for start, end in words))


def is_about_others(text: str, edited: str) -> bool:
    """Whether somebody's own wording exchanges the people whom a text names, and leaves `LEAST_KEPT` of its other words: what says something
    else altogether is no counterfactual of anything."""
    (whom, said), (others, instead) = _whom_and_what(text), _whom_and_what(edited)
    return whom != others and (said & instead).total() >= LEAST_KEPT * max(said.total(), instead.total())


def _whom_and_what(text: str) -> tuple[list[Place], Counter[str]]:
    """The families in their order, each once, and all words that are none of their terms."""
    terms = find_terms(text)
    inside = {place for term in terms for place in range(term.start, term.end)}
    words = Counter(match.group().casefold() for match in WORD.finditer(text) if match.start() not in inside)
    return list(dict.fromkeys(term.place for term in terms)), words


def pair_key(text: str, twin: str) -> str:
    """The same for a pair in either order, and for copies that differ in case and spaces alone."""
    return sha256("".join(sorted((text_hash(text), text_hash(twin)))).encode()).hexdigest()
