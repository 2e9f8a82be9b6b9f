"""Identity-swapped twins of a comment: the same sentence about somebody else (`swaps.SWAPS` lists the terms)."""

import re
from collections.abc import Collection

import numpy as np

from modeling.ml.agreement import agree
from modeling.ml.mentions import Term, find_terms
from modeling.ml.swap_rules import Rules, is_left_out
from modeling.ml.swaps import SELDOM_WRITTEN, SWAPS, THEY, Place

_TRIES_PER_TWIN = 8
_SELDOM_SHARE = 0.2
_ACRONYMS = {surface for families in SWAPS.values() for family in families for form in family.values() for surface in form if surface.isupper()}
_SOUNDS_LIKE_YOU = ("eu", "uk", "uni")
Mapping = dict[Place, Place]


def twin(text: str, rng: np.random.Generator, without: Collection[str] = (), rejected: Rules = ()) -> str | None:
    """`text` with every identity term exchanged for one of the same axis and grammatical form; None if it has none to exchange.

    All terms of a subgroup go to the same other one (muslims -> christians and mosque -> church); case, articles, pronouns and the
    verbs after them follow. `without`: axes (`swaps.SWAP_AXES`) whose terms stay as they are. `rejected`: swaps that people said are none.
    """
    return next(iter(twins(text, 1, rng, without, rejected)), None)


def twins(text: str, limit: int, rng: np.random.Generator, without: Collection[str] = (), rejected: Rules = ()) -> list[str]:
    """Up to `limit` distinct twins of `text`, fewer where the table has fewer."""
    terms = find_terms(text, without)
    options = {place: options_of(text, terms, place, rejected) for place in dict.fromkeys(term.place for term in terms)}
    found: dict[str, None] = {}
    for _ in range(limit * _TRIES_PER_TWIN if any(options.values()) else 0):
        swapped = rewrite(text, terms, _draw_mapping(options, rng))
        if swapped != text:
            found[swapped] = None
        if len(found) == limit:
            break
    return list(found)


def options_of(text: str, terms: list[Term], place: Place, rejected: Rules = ()) -> list[Place]:
    """The other families of the list that have all forms that `place` has here, whose verbs can be made to fit, and that nobody rejected."""
    axis, number = place
    own = [term for term in terms if term.place == place]
    needed = {term.form for term in own}
    others = [(axis, other) for other, family in enumerate(SWAPS[axis]) if other != number and needed <= family.keys()]
    others = [other for other in others if not is_left_out(place, other, needed, rejected)]
    subjects = [term for term in own if term.form == "subject"]
    return [other for other in others if (other == THEY) == (place == THEY) or all(agree(text, term, other == THEY) for term in subjects)]


def _draw_mapping(options: dict[Place, list[Place]], rng: np.random.Generator) -> Mapping:
    """To each family in the text another one; two families never become one."""
    mapping: Mapping = {}
    for place, others in options.items():
        free = [other for other in others if other not in mapping.values()]
        frequent = [other for other in free if other not in SELDOM_WRITTEN]
        if frequent and len(frequent) < len(free) and rng.random() >= _SELDOM_SHARE:
            free = frequent
        if free:
            mapping[place] = free[int(rng.integers(len(free)))]
    return mapping


def rewrite(text: str, terms: list[Term], mapping: Mapping) -> str:
    """`text` with the terms of each family in `mapping` exchanged for those of the other."""
    result, position = "", 0
    for term in terms:
        if term.place not in mapping:
            continue
        place = mapping[term.place]
        replacement = replacement_of(term, place)
        result = _with_article(result + text[position : term.start], replacement)
        result += with_case(replacement, text[term.start : term.end])
        position = term.end
        if term.form == "subject" and (place == THEY) != (term.place == THEY):
            verb = agree(text, term, place == THEY)
            if verb is not None:
                result, position = result + verb.written, verb.end
    return result + text[position:]


def replacement_of(term: Term, place: Place) -> str:
    """The form's first surface; of names the one in the same place of the row, so that two people stay two."""
    surfaces = SWAPS[place[0]][place[1]][term.form]
    return surfaces[term.variant].capitalize() if term.form.startswith("name") else surfaces[0]


def with_case(replacement: str, original: str) -> str:
    if replacement.isupper() or original in _ACRONYMS:
        return replacement
    if len(original) > 1 and original.isupper():
        return replacement.upper()
    return re.sub(r"(?:^|(?<=[ -]))\w", lambda match: match.group().upper(), replacement) if original[0].isupper() else replacement


def _with_article(before: str, word: str) -> str:
    """`before` with a closing "a" or "an" made to fit `word`."""
    article = re.search(r"(?<!\w)(an?)(?= $)", before, re.IGNORECASE)
    if article is None:
        return before
    an = word[0].lower() in "aeiou" and not word.lower().startswith(_SOUNDS_LIKE_YOU)
    return before[: article.start()] + article.group(1)[0] + ("n" if an else "") + before[article.end() :]
