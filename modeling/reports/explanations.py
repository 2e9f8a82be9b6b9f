"""A comment with its words shaded by what each did to the score, and one sentence that says it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

STRONGEST_SHADE = 4
TOO_SMALL = 0.01
"""Below a change of the score by .01 no single word is worth naming."""


@dataclass(frozen=True)
class Piece:
    """A stretch of the comment. `shade` 0 (none) to 4 (strongest); `raises` says in which direction it moved the score."""

    text: str
    shade: int = 0
    raises: bool = False
    change: float = 0.0


@dataclass(frozen=True)
class ShadedComment:
    pieces: tuple[Piece, ...]
    sentence: str


def shade(text: str, spans: Sequence[Sequence[float]]) -> ShadedComment:
    """`spans`: [[start, end, attribution]] in characters; attribution = score with the words minus score without them.

    Shades are relative to the strongest word of this comment. Spans that overlap an earlier one are left out.
    """
    ordered = sorted((int(start), int(end), float(change)) for start, end, change in spans)
    strongest = max((abs(change) for *_, change in ordered), default=0.0)
    pieces: list[Piece] = []
    place = 0
    for start, end, change in ordered:
        if start < place or end > len(text):
            continue
        pieces.append(Piece(text[place:start]))
        pieces.append(Piece(text[start:end], _step(change, strongest), change > 0, change))
        place = end
    pieces.append(Piece(text[place:]))
    return ShadedComment(tuple(piece for piece in pieces if piece.text), _sentence(pieces))


def _step(change: float, strongest: float) -> int:
    if strongest < TOO_SMALL:
        return 0
    return round(STRONGEST_SHADE * abs(change) / strongest)


def _sentence(pieces: Sequence[Piece]) -> str:
    main = max(pieces, key=lambda piece: abs(piece.change), default=None)
    if main is None or abs(main.change) < TOO_SMALL:
        return gettext("No single word decided this.")
    if " " in main.text.strip():
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
