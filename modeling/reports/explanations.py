"""A comment with its words shaded by what each did to the score, and one sentence that says it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from django.utils.translation import gettext

from modeling.map_engines import DEFAULT_MAP, LOOKS, SHARES, MapEngine, MapKey
from modeling.ml.masking import MASKS

STRONGEST_SHADE = 4
PRIVATE = re.compile("|".join(map(re.escape, MASKS)))
TOO_SMALL = 0.01
"""Below a change of the score by .01, or a hundredth of the whole, no single word is worth naming."""


@dataclass(frozen=True)
class Piece:
    """A stretch of the comment. `shade` 0 (none) to 4 (strongest); `raises` says in which direction it moved the score."""

    text: str
    shade: int = 0
    raises: bool = False
    change: float = 0.0


@dataclass(frozen=True)
class ShadedComment:
    """`is_greyed`: measured, and no better than words picked by chance. `is_unchecked`: not measured yet. `kind`: changes, shares or looks; what
    shades mean."""

    pieces: tuple[Piece, ...]
    sentence: str
    is_greyed: bool = False
    kind: str = "changes"
    is_unchecked: bool = False

    @property
    def placed(self) -> list[tuple[int, Piece]]:
        """The words that have a figure, each with the character that it begins at."""
        starts = [0, *accumulate(len(piece.text) for piece in self.pieces)]
        return [(start, piece) for start, piece in zip(starts, self.pieces, strict=False) if piece.change]


def shade(text: str, spans: Sequence[Sequence[float]], figures: dict[str, Any] | None = None, engine: str = DEFAULT_MAP.stored_as) -> ShadedComment:
    """`spans`: [[start, end, attribution]] in characters. `figures`, `engine`: as they are stored with the map.

    Shades are relative to the strongest word of this comment. Spans that overlap an earlier one, or what was masked for privacy, are left out.
    """
    made_by = MapKey.of(engine).engine
    pieces = _pieces(text, spans)
    greyed = ((figures or {}).get("faithfulness") or {}).get("beats_chance") is False
    kind = "looks" if made_by in LOOKS else "shares" if made_by in SHARES else "changes"
    said = _chance() if greyed else _sentence(pieces, made_by) if spans else gettext("There are no words by which this could be explained.")
    is_unchecked = bool(spans) and "faithfulness" not in (figures or {})
    return ShadedComment(tuple(piece for piece in pieces if piece.text), said, greyed, kind, is_unchecked)


def _pieces(text: str, spans: Sequence[Sequence[float]]) -> list[Piece]:
    ordered = sorted((int(start), int(end), float(change)) for start, end, change in spans)
    strongest = max((abs(change) for *_, change in ordered), default=0.0)
    pieces: list[Piece] = []
    private = [match.span() for match in PRIVATE.finditer(text)]
    place = 0
    for start, end, change in ordered:
        if start < place or end > len(text) or any(start < until and since < end for since, until in private):
            continue
        pieces.append(Piece(text[place:start]))
        pieces.append(Piece(text[start:end], _step(change, strongest), change > 0, change))
        place = end
    return [*pieces, Piece(text[place:])]


def _step(change: float, strongest: float) -> int:
    if strongest < TOO_SMALL:
        return 0
    return round(STRONGEST_SHADE * abs(change) / strongest)


def _chance() -> str:
    return gettext("This map is checked, and greyed: words picked by chance explain this prediction as well, so do not rely on it.")


def _sentence(pieces: Sequence[Piece], engine: MapEngine) -> str:
    main = max(pieces, key=lambda piece: abs(piece.change), default=None)
    if main is None or abs(main.change) < TOO_SMALL:
        return gettext("No single word decided this.")
    if engine in SHARES:
        return _of_shares(main, engine)
    if engine == MapEngine.OCCLUSION:
        return _of_changes(main)
    return _of_slopes(main) if engine == MapEngine.GRADIENT_X_INPUT else _of_parts(main)


def _of_changes(main: Piece) -> str:
    if _is_several(main):
        raised, lowered = (
            gettext("The words “%(words)s” raised the score most, by %(change)s."),
            gettext("The words “%(words)s” lowered the score most, by %(change)s."),
        )
    else:
        raised, lowered = (
            gettext("The word “%(words)s” raised the score most, by %(change)s."),
            gettext("The word “%(words)s” lowered the score most, by %(change)s."),
        )
    return (raised if main.raises else lowered) % {"words": main.text, "change": f"{abs(main.change):.2f}"}


def _of_parts(main: Piece) -> str:
    """What a method shares out among the words; the score of no comment has moved by it."""
    adds, takes = (
        gettext("By this map “%(words)s” adds most to the score: %(part)s of it."),
        gettext("By this map “%(words)s” takes most from the score: %(part)s."),
    )
    return (adds if main.raises else takes) % {"words": main.text, "part": f"{abs(main.change):.2f}"}


def _of_slopes(main: Piece) -> str:
    """A slope is no change that took place, so no figure is put to it."""
    raised, lowered = gettext("“%(words)s” pushes the score up most."), gettext("“%(words)s” pushes the score down most.")
    return (raised if main.raises else lowered) % {"words": main.text}


def _of_shares(main: Piece, engine: MapEngine) -> str:
    looked = gettext("The model looked most at “%(words)s”: %(share)s of what it gave to words. That is where it looked, not why it decided.")
    weighed = gettext("The model leans most on “%(words)s”: it carries %(share)s of the weight.")
    share = f"{main.change * 100:.0f}\N{NO-BREAK SPACE}%"
    return (looked if engine in LOOKS else weighed) % {"words": main.text, "share": share}


def _is_several(piece: Piece) -> bool:
    return " " in piece.text.strip()
