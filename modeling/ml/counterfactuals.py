"""Identity-swapped twins of a comment: the same sentence about somebody else (`swaps.SWAPS` lists the terms)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from modeling.ml.swaps import DEPENDENT_FORMS, NEUTRAL_PHRASES, STRAIGHT_BEFORE, SWAPS

Place = tuple[str, int]
"""A family: (its list in SWAPS, its number there)."""

_TRIES_PER_TWIN = 8
_ARTICLES = {"a", "an", "the", "this", "that", "one", "another", "every", "some", "any", "no", "each"}
# After an identity word, a word that cannot be what an adjective or a possessive describes.
_WORDS_AFTER_NOUNS = (
    "a an the and or but nor so yet if then than as at by for from in into of off on onto out over to up with without about after before "
    "who whom whose which that what when where why how is are was were be been being am do does did has have had can could will would shall "
    "should may might must not never ever i you he she it we they me him us them my your his its our their this these those there here "
    "because while though although until since just only also too again today yesterday tomorrow now back down away"
)
_FUNCTION_WORDS = frozenset(_WORDS_AFTER_NOUNS.split())


@dataclass(frozen=True)
class _Term:
    start: int
    end: int
    place: Place
    form: str


def _surfaces() -> dict[str, list[tuple[Place, str]]]:
    found: dict[str, list[tuple[Place, str]]] = {}
    for axis, families in SWAPS.items():
        for number, family in enumerate(families):
            for form, surfaces in family.items():
                for surface in surfaces:
                    found.setdefault(surface.lower(), []).append(((axis, number), form))
    return found


_SURFACES = _surfaces()


def _pattern() -> re.Pattern[str]:
    terms = sorted(_SURFACES, key=len, reverse=True)  # the longest first: "hindu temple" before "hindu"
    words = "|".join(rf"straight(?=[ -](?:{STRAIGHT_BEFORE})\b)" if term == "straight" else re.escape(term) for term in terms)
    return re.compile(rf"(?<!\w)(?:(?P<neutral>{'|'.join(NEUTRAL_PHRASES)})|(?P<term>{words}))(?!\w)", re.IGNORECASE)


_PATTERN = _pattern()


def twin(text: str, rng: np.random.Generator) -> str | None:
    """`text` with every identity term exchanged for one of the same axis and grammatical form; None if it has none to exchange.

    All terms of a subgroup go to the same other one (muslims -> christians and mosque -> church); case and articles follow.
    """
    return next(iter(twins(text, 1, rng)), None)


def twins(text: str, limit: int, rng: np.random.Generator) -> list[str]:
    """Up to `limit` distinct twins of `text`, fewer where the table has fewer."""
    terms = list(_find_terms(text))
    found: dict[str, None] = {}
    for _ in range(limit * _TRIES_PER_TWIN if terms else 0):
        swapped = _rewrite(text, terms, _draw_mapping(terms, rng))
        if swapped != text:
            found[swapped] = None
        if len(found) == limit:
            break
    return list(found)


def _find_terms(text: str) -> Iterator[_Term]:
    """The identity terms of a text; none where only dependent forms (she, wife, ...) of an axis stand."""
    terms = [_Term(match.start(), match.end(), *_meaning(text, match)) for match in _PATTERN.finditer(text) if match.group("neutral") is None]
    named = {term.place[0] for term in terms if term.form not in DEPENDENT_FORMS}
    return (term for term in terms if term.place[0] in named)


def _meaning(text: str, match: re.Match[str]) -> tuple[Place, str]:
    """Family and form of a surface; one that has two forms (muslim: noun or adjective; her: object or possessive) is read in context."""
    meanings = _SURFACES[match.group("term").lower()]
    forms = {form: place for place, form in meanings}
    for before_noun, otherwise in (("possessive", "object"), ("possessive", "possessive_alone"), ("adjective", "person")):
        if before_noun in forms and otherwise in forms:
            form = before_noun if _describes(text, match, before_noun == "adjective") else otherwise
            return forms[form], form
    return meanings[0]


def _describes(text: str, match: re.Match[str], adjective: bool) -> bool:
    """Whether the word at `match` describes what follows, or (an adjective) stands after a verb: "she is Muslim"."""
    following = re.match(r"[ -]([A-Za-z]+)", text[match.end() :])
    if following and following.group(1).lower() not in _FUNCTION_WORDS:
        return True
    before = re.search(r"([A-Za-z]+) $", text[: match.start()])
    return adjective and not (before and before.group(1).lower() in _ARTICLES)


def _draw_mapping(terms: list[_Term], rng: np.random.Generator) -> dict[Place, Place]:
    """To each family in the text another of its axis that has all forms needed; two families never become one."""
    mapping: dict[Place, Place] = {}
    for place in dict.fromkeys(term.place for term in terms):
        axis, number = place
        needed = {term.form for term in terms if term.place == place}
        options = [
            (axis, other)
            for other, family in enumerate(SWAPS[axis])
            if other != number and needed <= family.keys() and (axis, other) not in mapping.values()
        ]
        if options:
            mapping[place] = options[int(rng.integers(len(options)))]
    return mapping


def _rewrite(text: str, terms: list[_Term], mapping: dict[Place, Place]) -> str:
    result, position = "", 0
    for term in terms:
        if term.place not in mapping:
            continue
        axis, number = mapping[term.place]
        replacement = SWAPS[axis][number][term.form][0]
        result = _with_article(result + text[position : term.start], replacement)
        result += _with_case(replacement, text[term.start : term.end])
        position = term.end
    return result + text[position:]


def _with_case(replacement: str, original: str) -> str:
    if replacement.isupper() or original in _ACRONYMS:
        return replacement
    if len(original) > 1 and original.isupper():
        return replacement.upper()
    return re.sub(r"(?:^|(?<=[ -]))\w", lambda match: match.group().upper(), replacement) if original[0].isupper() else replacement


_ACRONYMS = {surface for families in SWAPS.values() for family in families for form in family.values() for surface in form if surface.isupper()}


def _with_article(before: str, word: str) -> str:
    """`before` with a closing "a" or "an" made to fit `word`."""
    article = re.search(r"(?<!\w)(an?)(?= $)", before, re.IGNORECASE)
    if article is None:
        return before
    an = word[0].lower() in "aeiou"
    return before[: article.start()] + article.group(1)[0] + ("n" if an else "") + before[article.end() :]
