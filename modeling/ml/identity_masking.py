"""Identity words out of a text, as an arm: a model that never sees who is meant cannot prefer anybody, nor see who is attacked."""

from collections.abc import Iterable, Sequence

from modeling.ml.mentions import find_terms
from modeling.ml.subgroups import mention_spans
from modeling.ml.swaps import DEPENDENT_FORMS

Span = tuple[int, int]


def mask_identities(texts: Sequence[str], mask: str) -> list[str]:
    """Each text with every word that names a subgroup replaced by `mask`, the tokeniser's mask token; masking again changes nothing.

    Words of our term list (`subgroups.TERMS`) and of the swap table. Words that only go along with a swap (she, wife, ...) stay:
    alone they name no subgroup.
    """
    return [_replace(text, [*listed, *_swappable(text)], mask) for text, listed in zip(texts, _listed(texts), strict=True)]


def _listed(texts: Sequence[str]) -> Iterable[list[Span]]:
    return ([(start, end) for _, start, end in spans] for spans in mention_spans(texts))


def _swappable(text: str) -> list[Span]:
    return [(term.start, term.end) for term in find_terms(text) if term.form not in DEPENDENT_FORMS]


def _replace(text: str, spans: list[Span], mask: str) -> str:
    result, position = "", 0
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start >= position:
            result += text[position:start] + mask
        position = max(position, end)
    return result + text[position:]
