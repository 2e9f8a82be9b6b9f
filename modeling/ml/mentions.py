"""Where a comment has terms of `swaps.SWAPS`, of which family and in which grammatical form; what `equivalence` leaves alone is left out."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache

from modeling.ml.equivalence import AXES_ONLY_OF_PEOPLE, BETWEEN, NEUTRAL_PHRASES, NOT_EQUIVALENT, ONLY_OF_PEOPLE, PEOPLE_WORDS, SAID_OF_ALL
from modeling.ml.swaps import DEPENDENT_FORMS, SWAPS, THEY, Place, axis_of

_ARTICLES = {"a", "an", "the", "this", "that", "one", "another", "every", "some", "any", "no", "each"}
# After an identity word, a word that cannot be what an adjective or a possessive describes.
_WORDS_AFTER_NOUNS = (
    "a an the and or but nor so yet if then than as at by for from in into of off on onto out over to up with without about after before "
    "who whom whose which that what when where why how is are was were be been being am do does did has have had can could will would shall "
    "should may might must not never ever i you he she it we they me him us them my your his its our their this these those there here "
    "because while though although until since just only also too again today yesterday tomorrow now back down away"
)
_FUNCTION_WORDS = frozenset(_WORDS_AFTER_NOUNS.split())
# "she is blind", "my neighbours are black", "I'm not straight", "a man who is deaf"
_SAID_OF_SOMEBODY = re.compile(
    r"(?:\b(?:i|you|he|she|we|they|who|ze)(?:'m|'s|'re|’m|’s|’re| am| is| are| was| were)|\b(?P<noun>\w+) (?:is|are|was|were)|\bim|\bbe(?:ing)?)"
    r"(?: (?:not|also|both|all|only|very|so|clearly|obviously|openly|proudly|actually|just|either|born))? $",
    re.IGNORECASE,
)
_NEXT_WORDS = re.compile(r"(?:[ -]|, )([A-Za-z-]+(?:'s)?)(?:(?:[ -]|, )([A-Za-z-]+))?")
_END_OF_CLAUSE = re.compile(r"(?: (?:and|or|but|who|in|because|so|too|as|at|on|too|like|now|it|if|when|then|while|though)\b)|[.,;:!?)\"]|\s*$")


@dataclass(frozen=True)
class Term:
    """text[start:end] is a term of the family `place`, in `form`; `variant`: its number among the surfaces of that form."""

    start: int
    end: int
    place: Place
    form: str
    variant: int


Meaning = tuple[Place, str, int]


def _surfaces() -> dict[str, list[Meaning]]:
    found: dict[str, list[Meaning]] = {}
    for swap_list, families in SWAPS.items():
        for number, family in enumerate(families):
            for form, surfaces in family.items():
                for variant, surface in enumerate(surfaces):
                    found.setdefault(surface.lower(), []).append(((swap_list, number), form, variant))
    return found


_SURFACES = _surfaces()


def alternation(words: Iterable[str]) -> str:
    """A pattern that matches the longest of `words`, as a tree of letters: one with hundreds of branches side by side is many times slower."""
    tree: dict[str, dict] = {}
    for word in words:
        node = tree
        for letter in word:
            node = node.setdefault(letter, {})
        node[""] = {}
    return _branch(tree)


def _branch(node: dict[str, dict]) -> str:
    longer = [re.escape(letter) + _branch(below) for letter, below in node.items() if letter]
    if not longer:
        return ""
    inner = longer[0] if len(longer) == 1 else f"(?:{'|'.join(longer)})"
    return f"(?:{inner})?" if "" in node else inner


_TERM = re.compile(rf"(?<!\w)(?:{alternation(_SURFACES)})(?!\w)", re.IGNORECASE)
_NEUTRAL = re.compile(rf"(?<!\w)(?:{'|'.join(NEUTRAL_PHRASES)})(?!\w)", re.IGNORECASE)
_NOT_EQUIVALENT = {axis: re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE) for axis, patterns in NOT_EQUIVALENT.items()}
_LONGEST_PHRASE = 24
_WORD = re.compile(r"[a-z]+")
# A comment without any of these first words has no term: most comments are done with here.
_FIRST_WORDS = frozenset(
    _WORD.findall(surface)[0] for surface, meanings in _SURFACES.items() if any(form not in DEPENDENT_FORMS for _, form, _ in meanings)
)


def may_have_terms(text: str) -> bool:
    """False for a text that certainly has no term that names somebody; quick."""
    return not _FIRST_WORDS.isdisjoint(_WORD.findall(text.lower()))


def find_terms(text: str, without: Collection[str] = ()) -> list[Term]:
    """The terms to exchange, in order. None of an axis in `without`, none of one where the swap would change what is said
    (`equivalence.NOT_EQUIVALENT`), none of a list in which only dependent forms (she, wife, ...) stand."""
    if not may_have_terms(text):
        return []
    terms = [term for match in _TERM.finditer(text) if not _is_neutral(text, match) and (term := _term(text, match)) is not None]
    left_alone = {axis for axis in {axis_of(term.place[0]) for term in terms} if axis in without or _is_not_equivalent(text, axis)}
    terms = [term for term in terms if axis_of(term.place[0]) not in left_alone]
    named = {term.place[0] for term in terms if term.form not in DEPENDENT_FORMS}
    someone = any(term.place == THEY and term.form == "person" for term in terms)  # else "they" are several people
    return [term for term in terms if term.place[0] in named and (someone or term.place != THEY or term.form not in DEPENDENT_FORMS)]


def _is_neutral(text: str, match: re.Match[str]) -> bool:
    start, end = max(0, match.start() - _LONGEST_PHRASE), match.end() + _LONGEST_PHRASE
    return any(match.start() < phrase.end() and phrase.start() < match.end() for phrase in _NEUTRAL.finditer(text, start, end))


def _is_not_equivalent(text: str, axis: str) -> bool:
    return _NOT_EQUIVALENT[axis].search(text) is not None


def _term(text: str, match: re.Match[str]) -> Term | None:
    place, form, variant = _meaning(text, match)
    surface = match.group().lower()
    if form.startswith("name") and not _is_first_name(text, match):
        return None
    only_of_people = form in ("adjective", "short", "comparative") and (surface in ONLY_OF_PEOPLE or axis_of(place[0]) in AXES_ONLY_OF_PEOPLE)
    if only_of_people and not _is_of_people(text, match):
        return None
    return Term(match.start(), match.end(), place, form, variant)


def _meaning(text: str, match: re.Match[str]) -> Meaning:
    """Family and form of a surface; one that has two forms (muslim: noun or adjective; her: object or possessive) is read in context."""
    meanings = _SURFACES[match.group().lower()]
    forms = {meaning[1]: meaning for meaning in meanings}
    for before_noun, otherwise in (("possessive", "object"), ("possessive", "possessive_alone"), ("adjective", "person")):
        if before_noun in forms and otherwise in forms:
            return forms[before_noun if _describes(text, match, before_noun == "adjective") else otherwise]
    return meanings[0]


def _describes(text: str, match: re.Match[str], adjective: bool) -> bool:
    """Whether the word at `match` describes what follows, or (an adjective) stands after a verb: "she is Muslim"."""
    following = re.match(r"[ -]([A-Za-z]+)", text[match.end() :])
    if following and following.group(1).lower() not in _FUNCTION_WORDS:
        return True
    before = re.search(r"([A-Za-z]+) $", text[: match.start()])
    return adjective and not (before and before.group(1).lower() in _ARTICLES)


def _is_of_people(text: str, match: re.Match[str]) -> bool:
    """Whether the adjective at `match` is about people: before a word for them, said of somebody, or "the blind"."""
    following = _NEXT_WORDS.match(text, match.end())
    first, second = (following.group(1).lower(), (following.group(2) or "").lower()) if following else ("", "")
    if first in PEOPLE_WORDS or (first in BETWEEN | {"and", "or"} and second in PEOPLE_WORDS | BETWEEN):
        return True
    if not _END_OF_CLAUSE.match(text, match.end()):
        return False
    before = text[max(0, match.start() - 60) : match.start()]
    said = _SAID_OF_SOMEBODY.search(before)
    if said:
        return said.group("noun") is None or said.group("noun").lower() in PEOPLE_WORDS
    return match.group().lower() in SAID_OF_ALL and before.lower().endswith("the ")


def _is_first_name(text: str, match: re.Match[str]) -> bool:
    """Capitalised and alone: with a surname beside it ("Michael Jackson") it is one known person, whom nobody else can replace."""
    beside = re.search(r"(?:[A-Z@#][\w.]*|[@#-])\s?$", text[max(0, match.start() - 40) : match.start()])
    follows = re.match(r"(?: [A-Z]\w|\d| \d|-\w)", text[match.end() :])
    return match.group()[0].isupper() and not match.group().isupper() and beside is None and follows is None


@cache
def known_surfaces() -> frozenset[str]:
    """Every surface of the table, in lower case."""
    return frozenset(_SURFACES)
