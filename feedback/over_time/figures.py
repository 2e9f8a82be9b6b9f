"""Figures of a tally: shares with their intervals, and what labels cost. "Not enough data" is a value of None."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from feedback.crowd.estimates import MINIMUM_ITEMS, Z_95
from feedback.crowd.shares import Share, difference, share_of, standardised
from feedback.following import ENOUGH, Following
from feedback.forms import BIAS_NAMES
from modeling.labels import BiasType
from modeling.reports import Figure, subgroup_name

SUBGROUPS_SHOWN = 12
NAMED_SHOWN = 3
MINUTE = 60

Counts = Mapping[str, float]


@dataclass(frozen=True)
class Reported:
    """Of the judged items: those of which somebody reports the bias, and those of which at least half of the voices do. `named`: (subgroup,
    items), the most often named first."""

    name: str
    reported: Figure
    confirmed: Figure
    named: tuple[tuple[str, int], ...] = ()

    def of(self, what: str) -> Figure:
        return self.confirmed if what == "confirmed" else self.reported


@dataclass(frozen=True)
class Cost:
    """`labels`: items of which somebody names a level. `minutes` of work on answers and on checks; an answer whose time is not known, or is
    longer than anybody reads, counts as the mean. `per_label`, `per_confirmed`: minutes."""

    answers: int
    checks: int
    labels: int
    confirmed: int
    minutes: float | None
    seconds: Figure
    per_label: Figure
    per_confirmed: Figure

    @property
    def hours(self) -> float | None:
        return None if self.minutes is None else self.minutes / MINUTE


def reported_of(tally: Counts, key: str = "", name: str = "") -> Reported:
    """Of one type of bias, or of any (empty)."""
    end = f"/{key}" if key else ""
    judged = int(tally.get("judged", 0))
    return Reported(name, *(_share(int(tally.get(f"{what}{end}", 0)), judged) for what in ("reported", "confirmed")))


def types_of(tally: Counts) -> list[Reported]:
    """Each type that anybody has reported, with whom reports of it name."""
    return [replace(reported_of(tally, kind, type_name(kind)), named=_named(tally, f"named/{kind}/")) for kind in types_in(tally)]


def types_in(tally: Counts) -> list[BiasType]:
    """Those that anybody has reported, in the form's order."""
    return [kind for kind in BiasType if tally.get(f"reported/{kind}")]


def type_name(kind: BiasType) -> str:
    return str(BIAS_NAMES[kind])


def subgroups_in(tally: Counts) -> list[Reported]:
    """Of the items that mention each subgroup; the most judged first."""
    judged = {key.split("/")[1]: int(count) for key, count in tally.items() if key.startswith("mention/") and key.endswith("/judged")}
    largest = sorted(judged, key=lambda key: (-judged[key], key))[:SUBGROUPS_SHOWN]
    return [
        Reported(subgroup_name(key), *(_share(int(tally.get(f"mention/{key}/{what}", 0)), judged[key]) for what in ("reported", "confirmed")))
        for key in largest
    ]


def cost_of(tally: Counts) -> Cost:
    answers, checks, labels, confirmed = (int(tally.get(name, 0)) for name in ("answers", "checks", "labelled", "confirmed"))
    seconds = seconds_of(tally)
    work = (answers + checks) / MINUTE
    minutes = None if seconds.value is None else seconds.value * work
    per_label = _scaled(seconds, work / labels, labels) if labels else Figure(None, None, None, labels)
    return Cost(answers, checks, labels, confirmed, minutes, seconds, per_label, _per_confirmed(tally, minutes))


def seconds_of(tally: Counts) -> Figure:
    """Mean of an answer, with its normal interval."""
    n = int(tally.get("timed", 0))
    if n < MINIMUM_ITEMS:
        return Figure(None, None, None, n)
    mean = tally["seconds"] / n
    half = Z_95 * math.sqrt(max(tally["seconds2"] / n - mean**2, 0.0) / (n - 1))
    return Figure(mean, mean - half, mean + half, n)


def following_of(tally: Counts) -> Following:
    """Over several rounds, each with its weight: see `standardised`."""
    rounds = sorted({key.split("/")[1] for key in tally if key.startswith("round/")})
    of_round = [[_answers(tally, f"round/{number}/{name}", needs=1) for number in rounds] for name in ("shown", "blind")]
    shown, blind = standardised(list(zip(*of_round, strict=True)), needs=ENOUGH)
    moved = _answers(tally, "moved", needs=ENOUGH)
    return Following(moved=moved, kept=int(tally.get("kept", 0)), agree_blind=blind, agree_shown=shown, pull=difference(shown, blind))


def _answers(tally: Counts, name: str, *, needs: int) -> Share:
    return share_of(int(tally.get(name, 0)), int(tally.get(f"{name}/of", 0)), needs=needs)


def _per_confirmed(tally: Counts, minutes: float | None) -> Figure:
    """The interval is that of the share which is confirmed: chance finds now more, now fewer."""
    confirmed, judged = int(tally.get("confirmed", 0)), int(tally.get("judged", 0))
    share = _share(confirmed, judged)
    if minutes is None or not share.value or not share.low or not share.high:
        return Figure(None, None, None, confirmed)
    return Figure(minutes / confirmed, minutes / (judged * share.high), minutes / (judged * share.low), confirmed)


def _share(count: int, n: int) -> Figure:
    found = share_of(count, n, needs=MINIMUM_ITEMS)
    return Figure(found.value, found.low, found.high, n)


def _scaled(figure: Figure, by: float, n: int) -> Figure:
    value, low, high = (None if one is None else one * by for one in (figure.value, figure.low, figure.high))
    return Figure(value, low, high, n)


def _named(tally: Counts, prefix: str) -> tuple[tuple[str, int], ...]:
    found = [(name.removeprefix(prefix), int(count)) for name, count in tally.items() if name.startswith(prefix)]
    return tuple((subgroup_name(name), count) for name, count in sorted(found, key=lambda one: (-one[1], one[0]))[:NAMED_SHOWN])
