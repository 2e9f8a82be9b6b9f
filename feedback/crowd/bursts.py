"""Many reports on one subgroup within minutes: from one account faster than the round reads (a burst), or from several at once (a rush)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from feedback.crowd.chance import binomial_tail, holm, poisson_tail
from feedback.crowd.judgement import Judgement, by_annotator

BURST_SECONDS = 120
RUSH_SECONDS = 600
RUSH_ACCOUNTS = 3
REPORTS_NEEDED = 10
BREAK_SECONDS = 600
"""A longer gap between two answers is a break and says nothing about pace."""

GAPS_NEEDED, ACCOUNTS_NEEDED = 10, 3
QUICK = 3
"""Some people are up to so many times as quick as the middle one of a round."""


@dataclass(frozen=True)
class Burst:
    """One account reported `subgroup` `reports` times within `BURST_SECONDS`; the round's middle pace would explain `usual`.
    `factor`: usual / reports, what each of its reports counts."""

    annotator: int
    subgroup: str
    reports: int
    usual: float
    p_value: float

    @property
    def factor(self) -> float:
        return min(1.0, self.usual / self.reports)


@dataclass(frozen=True)
class Rush:
    """`accounts` reported `subgroup` on `reports` items within `RUSH_SECONDS`, where the rest of the round would suggest `usual`."""

    subgroup: str
    accounts: tuple[int, ...]
    reports: int
    usual: float
    p_value: float


def find_bursts(judgements: Sequence[Judgement], level: float) -> list[Burst]:
    """Accounts whose reports on one subgroup come faster than `QUICK` times the round's middle pace explains.

    The densest window of each account and subgroup against a Poisson count at that pace, times the number of windows (Bonferroni); Holm
    over accounts and subgroups. A pace that all share, however fast, is nobody's burst. People's gaps are more regular than a Poisson
    process and only some of their answers are reports, so the real rate of false alarms is lower.
    """
    pace = middle_pace(judgements)
    if pace is None:
        return []
    quick = BURST_SECONDS / pace * QUICK
    tried = []
    for (annotator, subgroup), times in _report_times(judgements).items():
        most = int(_within(times, BURST_SECONDS).max())
        if most >= REPORTS_NEEDED:
            # The window begins with a report: the others are what came within it.
            p_value = min(1.0, len(times) * poisson_tail(most - 1, quick))
            tried.append(Burst(annotator, subgroup, most, BURST_SECONDS / pace, p_value))
    return [burst for burst, fell in zip(tried, holm([burst.p_value for burst in tried], level), strict=True) if fell]


def find_rushes(judgements: Sequence[Judgement], level: float) -> list[Rush]:
    """Subgroups reported by several accounts within minutes on more items than the rest of the round suggests, given how many items were
    judged in these minutes. Items are counted, each when it was first judged and first reported, since people who are right report the
    same ones. Bonferroni over windows, Holm over subgroups."""
    timed = sorted((judgement for judgement in judgements if judgement.at is not None), key=lambda judgement: (judgement.at, judgement.annotator))
    begun: dict[int, float] = {}
    reports: dict[str, dict[int, Judgement]] = defaultdict(dict)
    for judgement in timed:
        begun.setdefault(judgement.item, judgement.at or 0.0)
        if judgement.bias_types:
            reports[judgement.subgroup].setdefault(judgement.item, judgement)
    answers = np.sort(list(begun.values()))
    rushes = [rush for subgroup, given in sorted(reports.items()) if (rush := _densest(subgroup, list(given.values()), answers))]
    return [rush for rush, fell in zip(rushes, holm([rush.p_value for rush in rushes], level), strict=True) if fell]


def middle_pace(judgements: Iterable[Judgement]) -> float | None:
    """Seconds from answer to answer of the round's middle account (a median of medians, breaks left out), or None where fewer than
    `ACCOUNTS_NEEDED` accounts have `GAPS_NEEDED` such gaps."""
    paces = []
    for given in by_annotator(judgements).values():
        gaps = np.diff(np.sort([judgement.at for judgement in given if judgement.at is not None]))
        gaps = gaps[gaps < BREAK_SECONDS]
        if len(gaps) >= GAPS_NEEDED:
            paces.append(float(np.median(gaps)))
    middle = float(np.median(paces)) if len(paces) >= ACCOUNTS_NEEDED else 0.0
    return middle if middle > 0 else None


def _report_times(judgements: Iterable[Judgement]) -> dict[tuple[int, str], NDArray[np.float64]]:
    times: dict[tuple[int, str], list[float]] = defaultdict(list)
    for judgement in judgements:
        if judgement.bias_types and judgement.at is not None:
            times[judgement.annotator, judgement.subgroup].append(judgement.at)
    return {key: np.sort(times[key]) for key in sorted(times)}


def _within(times: NDArray[np.float64], seconds: float) -> NDArray[np.int64]:
    """For each of the sorted times, how many lie within so many seconds from it on, itself among them."""
    return np.searchsorted(times, times + seconds, side="right") - np.arange(len(times))


def _densest(subgroup: str, reports: Sequence[Judgement], answers: NDArray[np.float64]) -> Rush | None:
    """`reports` in order of time, one for each item."""
    times = np.array([judgement.at for judgement in reports], dtype=np.float64)
    counts = _within(times, RUSH_SECONDS)
    start = int(counts.argmax())
    inside = int(counts[start])
    accounts = tuple(sorted({judgement.annotator for judgement in reports[start : start + inside]}))
    begin, end = np.searchsorted(answers, [times[start], times[start] + RUSH_SECONDS], side="left")
    answered = max(int(end - begin), inside)
    elsewhere = len(answers) - answered
    if inside < REPORTS_NEEDED or len(accounts) < RUSH_ACCOUNTS or not elsewhere:
        return None
    rate = (len(times) - inside + 0.5) / (elsewhere + 1)
    p_value = min(1.0, len(times) * binomial_tail(inside, answered, min(rate, 1.0)))
    return Rush(subgroup, accounts, inside, answered * rate, p_value)
