"""Signs that accounts are not independent people who read what they judge, what each sign costs, and why, in a sentence. No pandas.

What is looked for is *how* answers came about, never *what* they say: to disagree with everybody is no sign of anything. So weight is lost
- by copies: accounts of one panel whose answers are the same in every detail more often than careful people could manage (`sameness`);
- by shared notes: accounts that wrote the same sentences; both kinds then count as one voice;
- by a burst: reports on one subgroup from one account faster than anybody in the round reads (`bursts`); they then count for as many as
  the round's pace explains.
A rush of reports from several accounts at once, sameness across panels, and accounts that are alike without being the same, are shown to the
lead and cost nothing: a class, or a community that meets for an evening, looks the same.

False alarms: within each kind the tests are corrected by Holm at `FALSE_ALARM`, so that a round of honest people raises any alarm of a kind
with at most that chance, as far as they err and work as the tests suppose. `tests/feedback/crowd/test_brigading.py` counts them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from feedback.crowd.bursts import Burst, Rush, find_bursts, find_rushes
from feedback.crowd.judgement import Judgement, by_item
from feedback.crowd.sameness import Pair, alike_pairs, copying_panels, note_sharing_pairs
from modeling.labels import subgroup_label

FALSE_ALARM = 0.01
RUSH_ALARM = 0.001
"""Comments come up again as others judge them, so that minutes are less alike than the test supposes; in simulation this makes about 1 %."""

TOGETHER_SECONDS = 120
NUMBERS = {2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six", 7: "Seven", 8: "Eight", 9: "Nine", 10: "Ten"}


@dataclass(frozen=True)
class Signal:
    """One sign, in one plain sentence that names nobody. `kind`: copies, likeness, notes, burst or rush. `reduces`: whether it costs weight.
    `p_value`: how likely honest people look like this, the smallest where there were several tests, before correction; None for a rule.
    `accounts`: whom it is about."""

    kind: str
    sentence: str
    reduces: bool
    p_value: float | None
    accounts: tuple[int, ...]


@dataclass(frozen=True)
class Signals:
    """`found`: all there is to tell. `voice_of`: annotator -> the one that they count as one with (only who does). `report_factor`:
    annotator -> what each of their reports counts, in [0, 1) (only who is reduced)."""

    found: list[Signal] = field(default_factory=list)
    voice_of: dict[int, int] = field(default_factory=dict)
    report_factor: dict[int, float] = field(default_factory=dict)

    def voice_factor(self) -> dict[int, float]:
        """Voice -> what its reports count: the least of its accounts'."""
        factors: dict[int, float] = {}
        for who, factor in self.report_factor.items():
            voice = self.voice_of.get(who, who)
            factors[voice] = min(factor, factors.get(voice, 1.0))
        return factors

    def reasons(self, annotator: int) -> list[str]:
        return [signal.sentence for signal in self.found if signal.reduces and annotator in signal.accounts]


def find_signals(judgements: Sequence[Judgement]) -> Signals:
    """All signs in the answers of one round."""
    items = by_item(judgements)
    alike = [*copying_panels(items, FALSE_ALARM / 2), *alike_pairs(items, FALSE_ALARM / 2)]
    copies = {(pair.first, pair.second): pair.p_value for pair in alike if pair.is_copy}
    notes: dict[tuple[int, int], float | None] = dict.fromkeys(note_sharing_pairs(judgements))
    panel_of = {judgement.annotator: judgement.panel for judgement in judgements}
    found = [*_alike("copies", copies, panel_of, items), *_alike("notes", notes, panel_of, items)]
    found += [_of_likeness(pair) for pair in alike if not pair.is_copy]
    inside = [pair for pair in (*copies, *notes) if panel_of[pair[0]] == panel_of[pair[1]]]
    bursts = find_bursts(judgements, FALSE_ALARM)
    factors: dict[int, float] = {}
    for burst in bursts:
        factors[burst.annotator] = min(burst.factor, factors.get(burst.annotator, 1.0))
    found += [_of_burst(burst) for burst in bursts] + [_of_rush(rush) for rush in find_rushes(judgements, RUSH_ALARM)]
    return Signals(found=found, voice_of={who: group[0] for group in _groups(inside) for who in group[1:]}, report_factor=factors)


def merge_voices(judgements: Iterable[Judgement], voice_of: Mapping[int, int]) -> list[Judgement]:
    """One answer per item and voice: the commonest of what its accounts said there (the smallest id's, on a tie), in the voice's name."""
    kept: dict[tuple[int, int], list[Judgement]] = {}
    for judgement in judgements:
        kept.setdefault((judgement.item, voice_of.get(judgement.annotator, judgement.annotator)), []).append(judgement)
    return [_spoken(given, voice) for (_, voice), given in kept.items()]


def _spoken(given: Sequence[Judgement], voice: int) -> Judgement:
    if len(given) == 1 and given[0].annotator == voice:
        return given[0]
    often = Counter(judgement.details for judgement in given)
    return replace(min(given, key=lambda judgement: (-often[judgement.details], judgement.annotator)), annotator=voice)


def _alike(
    kind: str, pairs: Mapping[tuple[int, int], float | None], panel_of: Mapping[int, int], items: Mapping[int, Sequence[Judgement]]
) -> list[Signal]:
    inside = [pair for pair in pairs if panel_of[pair[0]] == panel_of[pair[1]]]
    across = [pair for pair in pairs if panel_of[pair[0]] != panel_of[pair[1]]]
    signals = []
    for group, reduces in [*((group, True) for group in _groups(inside)), *((pair, False) for pair in across)]:
        p_values = [p for pair in combinations(group, 2) if (p := pairs.get(pair)) is not None]
        signals.append(Signal(kind, _sentence(kind, group, items, reduces), reduces, min(p_values, default=None), group))
    return signals


def _of_likeness(pair: Pair) -> Signal:
    sentence = (
        f"Two accounts gave the same answers, in every detail, on {pair.same} of the {pair.items} comments that they share, more often than "
        f"careful people of their quality would: nothing is reduced for that alone, since they also differ."
    )
    return Signal("likeness", sentence, False, pair.p_value, (pair.first, pair.second))


def _groups(pairs: Iterable[tuple[int, int]]) -> list[tuple[int, ...]]:
    """The accounts that pairs connect, each group in order of ids."""
    group_of: dict[int, set[int]] = {}
    for one, other in pairs:
        joined = group_of.get(one, {one}) | group_of.get(other, {other})
        group_of |= dict.fromkeys(joined, joined)
    return sorted({tuple(sorted(group)) for group in group_of.values()})


def _sentence(kind: str, group: tuple[int, ...], items: Mapping[int, Sequence[Judgement]], reduces: bool) -> str:
    who = f"{NUMBERS.get(len(group), str(len(group)))} accounts{'' if reduces else ' of different panels'}"
    so = "together they count as one." if reduces else "nothing is reduced, since panels are weighed apart."
    if kind == "notes":
        return f"{who} wrote the same sentences in their notes, on several comments each: {so}"
    together = [mine for given in items.values() if len(mine := [judgement for judgement in given if judgement.annotator in group]) > 1]
    same = [mine for mine in together if len({judgement.details for judgement in mine}) == 1]
    return f"{who} gave the same answers, in every detail, on {len(same)} of the {len(together)} comments that they share{_when(same)}: {so}"


def _when(same: Sequence[Sequence[Judgement]]) -> str:
    timed = [times for given in same if len(times := [judgement.at for judgement in given if judgement.at is not None]) == len(given)]
    quickly = sum(max(times) - min(times) <= TOGETHER_SECONDS for times in timed)
    return f", {quickly} of them within two minutes of each other" if quickly else ""


def _of_burst(burst: Burst) -> Signal:
    sentence = (
        f"One account reported a bias {_about(burst.subgroup)} {burst.reports} times within two minutes, where the round’s pace allows for "
        f"about {burst.usual:.0f} answers: each of its reports counts for {burst.factor:.2f}."
    )
    return Signal("burst", sentence, True, burst.p_value, (burst.annotator,))


def _of_rush(rush: Rush) -> Signal:
    sentence = (
        f"{len(rush.accounts)} accounts reported a bias {_about(rush.subgroup)} on {rush.reports} comments within ten minutes, where the rest "
        f"of the round suggests about {rush.usual:.0f}: nothing is reduced for that alone, since people may simply have met."
    )
    return Signal("rush", sentence, False, rush.p_value, rush.accounts)


def _about(subgroup: str) -> str:
    return f"about “{subgroup_label(subgroup)}”" if subgroup else "about nobody in particular"
