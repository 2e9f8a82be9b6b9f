"""What counts as a word of a comment, in any script: letters with their vowel signs and accents, and each emoji."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import groupby

from modeling.ml.masking import MASKS

_PICTURE = "[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
_CHANGED = "[\ufe0f\u20e3\U0001f3fb-\U0001f3ff]"
"""Skin colour, and whether a sign is drawn as a picture: they belong to the picture before them."""


def _ranges(characters: Iterable[int]) -> Iterator[str]:
    for _, run in groupby(enumerate(characters), key=lambda pair: pair[1] - pair[0]):
        places = [place for _, place in run]
        yield f"{chr(places[0])}-{chr(places[-1])}"


# Python's \w takes vowel signs (Hindi, Thai, vowelled Arabic) and combining accents for ends of words.
_MARKS = "".join(_ranges(place for place in range(0x300, 0x20000) if unicodedata.category(chr(place)) in ("Mn", "Mc", "Me")))
_LETTERS = rf"\w[\w{_MARKS}\u200c\u200d]*"
_MASKED = "|".join(map(re.escape, MASKS))

WORD = re.compile(rf"(?P<mask>{_MASKED})|{_LETTERS}(?:['’-]{_LETTERS})*|{_PICTURE}{_CHANGED}*(?:\u200d{_PICTURE}{_CHANGED}*)*")
"""A word, or what was masked for privacy, which is in the group `mask`."""
