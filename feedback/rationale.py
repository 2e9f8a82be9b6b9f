"""Words of a comment that prove an answer: [start, end) in characters of the comment, as Python counts them."""

import re
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext

MOST_SPANS = 24

Span = tuple[int, int]

_WORD = re.compile(r"\S+")
_SENT = re.compile(r"(\d{1,6})-(\d{1,6})")


def read_spans(sent: Iterable[str]) -> tuple[Span, ...]:
    """What a form sends: "3-9 14-20". Parts that are no span become one that is refused, so that nothing is dropped in silence."""
    parts = (_SENT.fullmatch(part) for text in sent for part in text.split())
    return merge_spans((int(found[1]), int(found[2])) if found else (0, 0) for found in parts)


def written(spans: Iterable[Sequence[int]]) -> str:
    """As a form sends it."""
    return " ".join(f"{start}-{end}" for start, end in spans)


def merge_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sorted; those that overlap, or have one blank between them, become one. Backward and empty ones stay, to be refused."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < end and merged[-1][0] < merged[-1][1] and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def span_error(spans: Sequence[Span], text: str | None = None) -> str:
    """What is wrong with them, in a comment if its `text` is known; empty when they can be stored."""
    if len(spans) > MOST_SPANS:
        return gettext("Mark at most %(most)d stretches of words.") % {"most": MOST_SPANS}
    if any(not 0 <= start < end for start, end in spans) or (text is not None and any(end > len(text) for _, end in spans)):
        return gettext("Some marked words lie outside the comment. Mark them again.")
    return ""


def words_of(text: str) -> list[tuple[Span, str]]:
    return [(found.span(), found[0]) for found in _WORD.finditer(text)]
