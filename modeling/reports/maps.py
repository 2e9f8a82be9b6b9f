"""One map of a prediction as its page shows it: words with their figures, and what the map is worth against chance."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from modeling.map_engines import SHARES, MapEngine, MapKey
from modeling.measures.faithfulness import FEWEST_WORDS
from modeling.models import Explanation
from modeling.names import MAP_MEANINGS, MAP_NAMES
from modeling.numerals import number, signed
from modeling.reports.explanations import ShadedComment, shade


@dataclass(frozen=True)
class WorthRow:
    """One measure of a map against orders of the words by chance. `limit`: what 95 % of these stay within."""

    name: str
    meaning: str
    value: float
    chance: float
    limit: float
    passes: bool | None


@dataclass(frozen=True)
class MapReport:
    """`worth` is empty, and `verdict` says why, while nothing is measured. `missing`: what integrated gradients leave unaccounted for."""

    key: MapKey
    shaded: ShadedComment
    words: list[tuple[str, str]]
    worth: list[WorthRow]
    verdict: str
    missing: str = ""

    @property
    def name(self) -> str:
        return str(MAP_NAMES[self.key.engine])

    @property
    def figures_are(self) -> str:
        if self.key.engine in SHARES:
            return gettext("Share")
        if self.key.engine == MapEngine.GRADIENT_X_INPUT:
            return gettext("Slope of the score")
        return gettext("Change of the score") if self.key.engine == MapEngine.OCCLUSION else gettext("Part of the score")

    @property
    def meaning(self) -> str:
        return str(MAP_MEANINGS[self.key.engine])


def map_report(explanation: Explanation, text: str) -> MapReport:
    key = MapKey.of(explanation.engine)
    shaded = shade(text, explanation.spans, explanation.figures, explanation.engine)
    measured = explanation.figures.get("faithfulness")
    return MapReport(
        key=key,
        shaded=shaded,
        words=[(piece.text, _figure(piece.change, key.engine)) for _, piece in shaded.placed],
        worth=_worth(measured) if measured else [],
        verdict=_verdict(explanation, measured),
        missing=_missing(explanation.figures),
    )


def _figure(change: float, engine: MapEngine) -> str:
    return f"{change * 100:.0f}\N{NO-BREAK SPACE}%" if engine in SHARES else signed(change)


def _worth(measured: dict[str, Any]) -> list[WorthRow]:
    named = {
        "comprehensiveness": (gettext("Comprehensiveness"), gettext("how far the score goes back without the first words; high is good")),
        "sufficiency": (gettext("Sufficiency"), gettext("how far it goes back when only these words are left; low is good")),
        "loo_tau": (gettext("Leave-one-out agreement"), gettext("whether words rank as when each is deleted alone; 1 is the same order")),
    }
    return [WorthRow(*named[name], **measured[name]) for name in named if measured[name]]


def _verdict(explanation: Explanation, measured: dict[str, Any] | None) -> str:
    if not explanation.is_measured:
        return gettext("What this map is worth has not been measured yet.")
    if measured is None:
        return gettext("There are no words to measure it on.")
    counts = {"words": measured["words"], "orders": measured["orders"]}
    if measured["beats_chance"] is None:
        few = gettext("Not enough data: with %(words)s words or stretches of words, a map cannot be told from chance.")
        same = gettext("Not enough data: the score hardly depends on which of the %(words)s words are left out, so no map can be told from chance.")
        return (few if measured["words"] < FEWEST_WORDS else same) % counts
    if measured["beats_chance"]:
        return gettext("Beyond what 95 %% of %(orders)s orders of the same %(words)s words or stretches of words reach by chance.") % counts
    return gettext("Not beyond what %(orders)s orders of the same %(words)s words or stretches of words reach by chance: the map is greyed.") % counts


def _missing(figures: dict[str, Any]) -> str:
    if "convergence_delta" not in figures:
        return ""
    said = gettext("The words should add up to %(difference)s, the score against that of the comment with all words hidden; %(delta)s is missing.")
    return said % {"difference": signed(figures["difference"]), "delta": number(abs(figures["convergence_delta"]), 4)}
