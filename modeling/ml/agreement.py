"""The verb after a pronoun that a swap turns from he, she or ze into they, or back: she is -> they are."""

import re
from dataclasses import dataclass

from modeling.ml.mentions import Term

_SINGULAR_TO_PLURAL = {
    "is": "are", "was": "were", "has": "have", "does": "do", "isn't": "aren't", "wasn't": "weren't", "hasn't": "haven't", "doesn't": "don't",
}  # fmt: skip
_PLURAL_TO_SINGULAR = {plural: singular for singular, plural in _SINGULAR_TO_PLURAL.items()}
_CONTRACTED_TO_SINGULAR = {"'re": "'s", "'ve": "'s"}
# Verbs that are the same for he, she, ze and they.
_SAME_VERBS = (
    "will would can could shall should may might must won't wouldn't can't cannot couldn't shouldn't might've would've 'll 'd "
    "said went did didn't had hadn't got took drove saw made came knew thought told left gave found felt kept ran began wrote stood lost paid "
    "met sat heard brought bought taught caught sold sent spent built slept ate drank spoke broke chose fell flew forgot grew held led read "
    "rose sang set sold swam threw understood woke won wore"
)
_UNCHANGED = frozenset(_SAME_VERBS.split())
_HAS = frozenset({"been", "got", "had", "done", "gone"})
_IS_OR_HAS = frozenset({"never", "always", "already", "just"})
_VERB = re.compile(r"('\w+)|( +)(\w+(?:'\w+)?)")
_ASKED = re.compile(r"\b(?:is|was|has|does|are|were|have|do|isn't|wasn't|hasn't|doesn't)\s+$", re.IGNORECASE)


@dataclass(frozen=True)
class Verb:
    """What to write after the pronoun, in place of the text up to `end`."""

    written: str
    end: int


def agree(text: str, pronoun: Term, plural: bool) -> Verb | None:
    """The verb after `pronoun` in the other number; None where it is not known how ("she drives", "is she"): no twin then."""
    found = _VERB.match(text, pronoun.end)
    if found is None or _ASKED.search(text[: pronoun.start]):
        return None
    space, word = found.group(2) or "", (found.group(1) or found.group(3)).lower()
    if word == "'s" and plural:
        other = _expand(text[found.end() :])
    elif plural:
        other = _SINGULAR_TO_PLURAL.get(word)
    else:
        other = _PLURAL_TO_SINGULAR.get(word) or _CONTRACTED_TO_SINGULAR.get(word)
    if other is None and (word in _UNCHANGED or (word.endswith("ed") and space)):
        other = text[found.start() + len(space) : found.end()]
    return None if other is None else Verb(space + other, found.end())


def _expand(after: str) -> str | None:
    """What "'s" stands for: has before "been" and the like, else is; unknown before a participle ("she's finished")."""
    following = re.match(r" +(\w+)", after)
    if following is None:
        return None
    word = following.group(1).lower()
    if word in _HAS:
        return "'ve"
    return None if word in _IS_OR_HAS or word.endswith(("ed", "en")) else "'re"
