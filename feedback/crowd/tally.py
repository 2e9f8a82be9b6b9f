"""What people did, as counts that add up: over items, months and rounds. A tally is a Counter of names such as `reported/racial`, so that it
is stored and read as it is. No Django."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from feedback.crowd.agreement import Agreement, Measurement, agreement
from feedback.crowd.planning import CONFIRMED_FROM

Tally = Counter[str]
QUESTIONS: dict[str, tuple[Measurement, int]] = {"level": ("ordinal", 3), "verdict": ("nominal", 3), "biased": ("nominal", 2)}
"""How each is measured, and how many values it has. Who is unsure has a verdict, and no level."""

VERDICTS = ("correct", "incorrect", "unsure")
LONGEST_ANSWER = 300.0
"""Seconds. Longer than that, somebody was away from the desk."""

RESAMPLES = 500


@dataclass(frozen=True)
class Said:
    """One answer of the sample. `level`, `own`, `predicted`: 0, 1, 2; `level` is None where somebody was unsure, `own` where they saw the
    prediction at once."""

    panel: int
    month: str
    verdict: str
    level: int | None
    bias_types: tuple[str, ...]
    subgroup: str
    seconds: float
    own: int | None
    predicted: int


@dataclass(frozen=True)
class Rates:
    """How much of an item's voices reports a bias, and each type of it, in [0, 1]."""

    biased: float
    types: Mapping[str, float]


def of_work(seconds: float, *, is_check: bool = False) -> Tally:
    """One answer as work. `is_check`: a known answer or a repeat, which takes people's time and makes no label."""
    tally = Tally({"checks" if is_check else "answers": 1})
    if 0 < seconds < LONGEST_ANSWER:
        tally.update({"timed": 1, "seconds": seconds, "seconds2": seconds**2})  # type: ignore[dict-item]  # a Counter counts seconds too
    return tally


def of_following(said: Said, round: int) -> Tally:
    """Of who names a level: whether it is the model's, before seeing it (`blind`), in sight of it (`shown`), and after (`moved`, `kept`). The
    first two by round: rounds with other shares of blind items are on other comments, which their sum would compare."""
    if said.level is None:
        return Tally()
    own = f"round/{round}"
    if said.own is None:
        return Tally({f"{own}/shown/of": 1, f"{own}/shown": int(said.level == said.predicted)})
    tally = Tally({f"{own}/blind/of": 1, f"{own}/blind": int(said.own == said.predicted)})
    if said.own != said.predicted:
        tally.update({"moved/of": 1, "moved": int(said.level == said.predicted), "kept": int(said.level == said.own)})
    return tally


def of_item(voices: Sequence[Said], joined: Rates | None, mentions: Collection[str]) -> Tally:
    """One judged item. `joined`: what its round made of the voices; without it each voice counts for one. `mentions`: subgroups in it."""
    rates = joined or plain_rates(voices)
    reports = [said for said in voices if said.bias_types]
    tally = Tally({"judged": 1, "labelled": int(any(said.level is not None for said in voices)), "voices": len(voices)})
    tally.update({f"kind/{question}/{','.join(map(str, counts))}": 1 for question, counts in _kinds(voices).items()})
    is_confirmed = rates.biased >= CONFIRMED_FROM
    tally.update({"reported": int(bool(reports) or is_confirmed), "confirmed": int(is_confirmed)})
    for name in {name for said in reports for name in said.bias_types} | {name for name, rate in rates.types.items() if rate >= CONFIRMED_FROM}:
        tally.update({f"reported/{name}": 1, f"confirmed/{name}": int(rates.types.get(name, 0.0) >= CONFIRMED_FROM)})
        tally.update({f"named/{name}/{subgroup}": 1 for subgroup in {said.subgroup for said in reports if name in said.bias_types} - {""}})
    for subgroup in mentions:
        own = {"judged": 1, "reported": tally["reported"], "confirmed": tally["confirmed"]}
        tally.update({f"mention/{subgroup}/{name}": count for name, count in own.items()})
    return +tally


def plain_rates(voices: Sequence[Said]) -> Rates:
    names = Counter(name for said in voices for name in set(said.bias_types))
    return Rates(sum(bool(said.bias_types) for said in voices) / len(voices), {name: count / len(voices) for name, count in names.items()})


def total(tallies: Iterable[Mapping[str, float]]) -> Tally:
    found = Tally()
    for tally in tallies:
        found.update(tally)  # type: ignore[arg-type]  # a Counter counts seconds too
    return found


def agreement_of(tally: Mapping[str, float], question: str) -> Agreement:
    """The same counts give the same interval: the generator is seeded."""
    measurement, values = QUESTIONS[question]
    prefix = f"kind/{question}/"
    kinds = sorted((name.removeprefix(prefix), int(often)) for name, often in tally.items() if name.startswith(prefix))
    rows = np.array([[int(count) for count in kind.split(",")] for kind, _ in kinds], dtype=np.int64).reshape(len(kinds), values)
    counts = np.repeat(rows, [often for _, often in kinds], axis=0) if kinds else rows
    return agreement(counts, measurement=measurement, rng=np.random.default_rng(0), resamples=RESAMPLES)


def _kinds(voices: Sequence[Said]) -> dict[str, list[int]]:
    """How many voices gave each value: items with the same counts are alike, and there are few kinds."""
    levels, verdicts = [said.level for said in voices], [said.verdict for said in voices]
    reports = sum(bool(said.bias_types) for said in voices)
    return {
        "level": [levels.count(level) for level in range(3)],
        "verdict": [verdicts.count(verdict) for verdict in VERDICTS],
        "biased": [len(voices) - reports, reports],
    }
