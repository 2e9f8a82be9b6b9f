"""What if: a text -> its variants, and what a version says of each. Nothing is kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from modeling.ml.masking import mask
from modeling.ml.swap_rules import Rules
from modeling.ml.what_if import Variant, VariantKind, ablations, swap_count, swaps
from modeling.models import ModelVersion
from modeling.pipeline.score_texts import score_texts

LONGEST_TEXT = 5_000
"""More than any encoder here reads of a text; the terms of much longer ones take seconds to find."""
TIMEOUT_SECONDS = 15.0

Probabilities = tuple[float, float, float]


@dataclass(frozen=True)
class Scored:
    """What a version says: probabilities of low, mild and high of the text, and of each of its variants. `known_count`: of swaps, how many
    there are with those beyond the limit, and those that are left out."""

    text: str
    p: Probabilities
    variants: Sequence[tuple[Variant, Probabilities]]
    masked_count: int
    known_count: int = 0


def what_if(*, version: ModelVersion, text: str, kind: VariantKind, edited: str = "", word: str = "", rejected: Rules = ()) -> Scored:
    """All in one batch. `edited`: the text in somebody's own wording, for `VariantKind.EDIT`; `word`: the only one to leave out. Both texts
    are masked before anything else.

    Raises:
        NotScoredError: the model server is away, too slow, or refused.
    """
    masked, count = masked_text(text)
    other, other_count = masked_text(edited) if kind == VariantKind.EDIT else ("", 0)
    variants = variants_of(masked, kind, other, word, rejected)
    probabilities = score_texts(version=version, texts=[masked, *(variant.text for variant in variants)], timeout=TIMEOUT_SECONDS)
    own, *others = ((low, mild, high) for low, mild, high in probabilities)
    known_count = swap_count(masked) if kind == VariantKind.SWAP else 0
    return Scored(masked, own, list(zip(variants, others, strict=True)), count + other_count, known_count)


def variants_of(text: str, kind: VariantKind, edited: str = "", word: str = "", rejected: Rules = ()) -> list[Variant]:
    """Of a masked text."""
    if kind == VariantKind.SWAP:
        return swaps(text, rejected)
    if kind == VariantKind.ABLATION:
        return ablations(text, word=word)
    return [Variant(edited, VariantKind.EDIT)] if edited and edited != text else []


def masked_text(text: str) -> tuple[str, int]:
    """Its beginning, where it is too long; masks may be longer than what they cover."""
    masked, count = mask(text.replace("\r\n", "\n").strip())
    return masked[:LONGEST_TEXT], count
