"""What a version says of a text and of its variants, as the what-if shows it: changed words marked, levels, flips, and one sentence."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from django.utils.translation import gettext, ngettext

from modeling.labels import LEVELS, Level, LevelKind, predicted_level, toxicity_score
from modeling.measures.counterfactual import jensen_shannon
from modeling.ml.what_if import Variant, VariantKind, is_about_others, pair_key
from modeling.models import ModelVersion
from modeling.names import LEVEL_NAMES, TEACHES_NOTHING
from modeling.numerals import number, signed

if TYPE_CHECKING:
    from modeling.pipeline.what_if import Scored

AROUND = 100
"""Characters that are shown beside a change of a long text."""
_TOKEN = re.compile(r"\w+|[^\w\s]")
_PART = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """A stretch of a variant. `is_gone`: of the text that it was made of, and no longer in it."""

    text: str
    is_new: bool = False
    is_gone: bool = False


@dataclass(frozen=True)
class Said:
    """What a version says of one text. `p`: low, mild, high."""

    text: str
    p: tuple[float, float, float]
    threshold: float
    kind: str = LevelKind.TOXICITY

    @property
    def level(self) -> str:
        return predicted_level(self.p).value

    @property
    def score(self) -> float:
        return toxicity_score(self.p[1], self.p[2])

    @property
    def is_flagged(self) -> bool:
        return self.score >= self.threshold

    @property
    def probabilities(self) -> list[tuple[str, str, float]]:
        """(name, level, probability) of the three levels."""
        names = LEVEL_NAMES[LevelKind(self.kind)]
        return [(names[level], level.value, share) for level, share in zip(LEVELS, self.p, strict=True)]


@dataclass(frozen=True)
class Pair:
    """A text and a variant of it. `verdict`: what this person has said of the two."""

    text: str
    variant: Variant
    verdict: str = ""

    @property
    def key(self) -> str:
        return pair_key(self.text, self.variant.text)

    @property
    def change(self) -> str:
        """What was done, in words."""
        if self.variant.kind == VariantKind.SWAP:
            return gettext("“%(before)s” → “%(after)s”") % {"before": self.variant.before, "after": self.variant.after}
        if self.variant.kind == VariantKind.ABLATION:
            return gettext("without “%(word)s”") % {"word": self.variant.before}
        return gettext("your wording")

    @cached_property
    def pieces(self) -> list[Piece]:
        return changed_pieces(self.text, self.variant.text, shows_gone=self.variant.kind != VariantKind.SWAP)

    @cached_property
    def near(self) -> list[Piece]:
        """`pieces`, of a long text the part around each change; the same list where nothing is left out."""
        return around_changes(self.pieces)

    @property
    def is_folded(self) -> bool:
        return self.near != self.pieces

    @property
    def may_be_reported(self) -> bool:
        """A word left out is no counterfactual of anybody, nor is what says something else altogether."""
        return self.variant.kind != VariantKind.ABLATION and not self.why_not

    @cached_property
    def why_not(self) -> str:
        """Why somebody's own wording cannot be reported; empty where it can."""
        is_own = self.variant.kind == VariantKind.EDIT
        return str(TEACHES_NOTHING) if is_own and not is_about_others(self.text, self.variant.text) else ""

    @property
    def may_be_rejected(self) -> bool:
        return bool(self.variant.rule)


@dataclass(frozen=True)
class Compared:
    """A pair, and what a version says of both."""

    pair: Pair
    original: Said
    said: Said

    @property
    def flips(self) -> bool:
        return self.said.level != self.original.level

    @property
    def difference(self) -> float:
        """Of the score: variant minus text."""
        return self.said.score - self.original.score

    @property
    def divergence(self) -> float:
        """Jensen-Shannon, in bits."""
        return float(jensen_shannon(np.array([self.original.p]), np.array([self.said.p]))[0])


@dataclass(frozen=True)
class WhatIf:
    """`rows`: by how far the score moves, the farthest first; words that are left out stay in the order of the text. `known_count`: of swaps,
    how many there are with those that were not made."""

    version: ModelVersion
    kind: VariantKind
    original: Said
    rows: Sequence[Compared]
    masked_count: int = 0
    known_count: int = 0

    @property
    def n(self) -> int:
        return len(self.rows)

    @property
    def flips(self) -> int:
        return sum(row.flips for row in self.rows)

    @property
    def swap_rate(self) -> float | None:
        """Share of this text's swaps whose level is another; None without any."""
        return self.flips / self.n if self.n else None

    @property
    def mean_jsd(self) -> float | None:
        return sum(row.divergence for row in self.rows) / self.n if self.n else None

    @property
    def read_tokens(self) -> int:
        """So many tokens its version reads of a text, where that is certainly less than the whole; 0 where it may be all."""
        most: int = self.version.manifest.get("config", {}).get("max_tokens", 0)
        # Each word and each sign is one token at least; two more stand around them.
        return most if most and len(_TOKEN.findall(self.original.text)) + 2 > most else 0

    @property
    def is_of_swaps(self) -> bool:
        return self.kind == VariantKind.SWAP

    @property
    def sentence(self) -> str:
        if not self.rows:
            return ""
        farthest = max(self.rows, key=lambda row: abs(row.difference))
        moved = gettext("The score moves most, by %(by)s to %(score)s: %(change)s.") % {
            "by": signed(farthest.difference, 2),
            "score": number(farthest.said.score, 2),
            "change": farthest.pair.change,
        }
        return f"{self._flips_in_words()} {moved}" if abs(farthest.difference) >= 0.005 else self._flips_in_words()

    def _flips_in_words(self) -> str:
        counts = {"flips": self.flips, "n": self.n, "level": LEVEL_NAMES[LevelKind(self.original.kind)][Level(self.original.level)]}
        if not self.flips:
            none = ngettext("The level stays %(level)s in the one variant.", "The level stays %(level)s in all %(n)d variants.", self.n)
            return none % counts
        some = ngettext(
            "The level, %(level)s, becomes another in %(flips)d of %(n)d variants.",
            "The level, %(level)s, becomes another in %(flips)d of %(n)d variants.",
            self.flips,
        )
        return some % counts


def what_if_report(
    *, version: ModelVersion, scored: "Scored", kind: VariantKind, level_kind: str, verdicts: Mapping[str, str] = MappingProxyType({})
) -> WhatIf:
    """`verdicts`: pair's key -> what this person has said of it."""
    text = scored.text
    original = Said(text, scored.p, version.threshold, level_kind)
    rows = []
    for variant, p in scored.variants:
        pair = Pair(text, variant, verdicts.get(pair_key(text, variant.text), ""))
        rows.append(Compared(pair, original, Said(variant.text, p, version.threshold, level_kind)))
    if kind == VariantKind.SWAP:
        rows.sort(key=lambda row: -abs(row.difference))
    return WhatIf(version, kind, original, rows, scored.masked_count, scored.known_count)


def changed_pieces(before: str, after: str, shows_gone: bool = True) -> list[Piece]:
    """`after` in pieces, with what is not in `before` marked, and what is only in `before`."""
    old, new = _PART.findall(before), _PART.findall(after)
    pieces: list[Piece] = []
    for what, old_start, old_end, start, end in SequenceMatcher(None, old, new).get_opcodes():
        if what != "equal" and shows_gone:
            pieces.append(Piece("".join(old[old_start:old_end]), is_gone=True))
        pieces.append(Piece("".join(new[start:end]), is_new=what != "equal"))
    return [piece for piece in pieces if piece.text]


def around_changes(pieces: Sequence[Piece]) -> list[Piece]:
    """What did not change is cut to what stands beside a change; what changed stays whole."""
    last = len(pieces) - 1
    return [one if one.is_new or one.is_gone else Piece(_cut(one.text, place > 0, place < last)) for place, one in enumerate(pieces)]


def _cut(text: str, is_after: bool, is_before: bool) -> str:
    """Its beginning where it stands after a change, and its end where it stands before one."""
    if len(text) <= (is_after + is_before) * AROUND + AROUND:
        return text
    return (text[:AROUND] if is_after else "") + " … " + (text[-AROUND:] if is_before else "")
