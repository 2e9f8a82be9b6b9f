"""Scripted annotators who are careless, mean ill, or honestly see it otherwise; and whole rounds of them as judgements.

`honest`, `guessing`, `always`, `contrary`, `brigade` and `dissenting` make one annotator each; `crowd` a crowd of which a share is wrong;
`Account` puts one on a panel; `simulate_round` lets accounts answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from feedback.crowd.judgement import Judgement
from feedback.crowd.simulation import Case, Script, Scripted, ScriptedAnswer, judged
from modeling.labels import LEVELS, Level, Verdict

PACE_SECONDS = 15.0
SPREAD = 0.5
"""Standard deviation of the logarithm of the seconds between two answers."""


@dataclass(frozen=True)
class Guessing:
    """Any level, whatever the comment; reports a bias about whoever is mentioned with chance `reports`."""

    reports: float = 0.1

    def says(self, case: Case, rng: np.random.Generator) -> ScriptedAnswer:
        subgroup = str(rng.choice(list(case.mentions))) if case.mentions else ""
        return judged(case, LEVELS[rng.integers(3)], subgroup if rng.random() < self.reports else None)


@dataclass(frozen=True)
class Always:
    """One level, without reading; never reports."""

    level: Level

    def says(self, case: Case, rng: np.random.Generator) -> ScriptedAnswer:
        return judged(case, self.level)


@dataclass(frozen=True)
class OneAim:
    """Says `level` of every comment that mentions `subgroup`, and if it `reports`, a bias about that subgroup; `elsewhere` as scripted."""

    subgroup: str
    level: Level
    reports: bool
    elsewhere: Scripted

    def says(self, case: Case, rng: np.random.Generator) -> ScriptedAnswer:
        if self.subgroup not in case.mentions:
            return self.elsewhere.says(case, rng)
        return judged(case, self.level, self.subgroup if self.reports else None)


@dataclass(frozen=True)
class Dissenting:
    """Honest, but finds comments that mention `subgroup` harmless where others find them mild; what others find high stays high. Sees its
    own truth with `script`'s accuracy, and reports what the model over-rates by that truth."""

    subgroup: str
    script: Script

    def says(self, case: Case, rng: np.random.Generator) -> ScriptedAnswer:
        own = Level.LOW if self.subgroup in case.mentions and case.true_level == Level.MILD else case.true_level
        return self.script.says(Case(own, case.predicted, case.flagged, case.mentions), rng)


def honest(accuracy: float = 0.85, bias_recall: float = 0.8, false_report: float = 0.02) -> Script:
    return Script(accuracy, bias_recall, false_report)


def guessing(reports: float = 0.1) -> Guessing:
    return Guessing(reports)


def always(level: Level = Level.LOW) -> Always:
    return Always(level)


def contrary() -> Script:
    """Knows the answer and gives another; reports what is fair and keeps silent on what is not."""
    return Script(accuracy=0.0, bias_recall=0.0, false_report=0.5)


def brigade(subgroup: str, level: Level = Level.HIGH, *, reports: bool = False, elsewhere: Scripted | None = None) -> OneAim:
    """One aim: everything that mentions `subgroup` is `level`; with `reports`, and biased. Honest on all else, so as not to be noticed."""
    return OneAim(subgroup, level, reports, elsewhere or honest())


def dissenting(subgroup: str, accuracy: float = 0.85) -> Dissenting:
    return Dissenting(subgroup, honest(accuracy))


def crowd(count: int, *, wrong_share: float = 0.15, accuracy: float = 0.85) -> list[Scripted]:
    """`count` annotators of whom `wrong_share`, rounded, guess, and come first."""
    wrong = round(count * wrong_share)
    return [*[guessing()] * wrong, *[honest(accuracy)] * (count - wrong)]


KINDS = ("honest", "guessing", "always_low", "contrary", "brigade")


def scripted(kind: str, script: Script, subgroup: str = "") -> Scripted:
    """One of `KINDS` by name; `script` is how the honest one answers, and a brigade where its aim is not concerned.

    Raises:
        ValueError: there is no such kind, or a brigade has no subgroup to aim at.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    if kind == "brigade" and not subgroup:
        raise ValueError("a brigade needs a subgroup to aim at")
    by_kind: dict[str, Scripted] = {"honest": script, "guessing": guessing(), "always_low": always(), "contrary": contrary()}
    return by_kind[kind] if kind in by_kind else brigade(subgroup, reports=True, elsewhere=script)


@dataclass(frozen=True)
class Account:
    """One account on a panel. Accounts with the same `source` give the same answers: one copies the other, but for the share `own` of cases,
    which it answers for itself. `seconds`: its middle time from answer to answer. `note`: what it writes to each report. `starts`: when it
    begins."""

    panel: int
    script: Scripted
    source: str = ""
    own: float = 0.0
    seconds: float = PACE_SECONDS
    note: str = ""
    starts: float = 0.0


@dataclass
class _Desk:
    """Where an account has got to."""

    account: Account
    now: float


def simulate_round(cases: Sequence[Case], accounts: Sequence[Account], *, overlap: int, rng: np.random.Generator) -> list[Judgement]:
    """Each case goes to `overlap` accounts by lot. Items are numbered by case from 0, annotators by account from 1."""
    shared: dict[tuple[str, int], ScriptedAnswer] = {}
    desks = [_Desk(account, account.starts) for account in accounts]
    return [
        _judgement(item, int(place) + 1, desks[place], _said(item, case, desks[place].account, shared, rng), case, rng)
        for item, case in enumerate(cases)
        for place in np.sort(rng.choice(len(accounts), overlap, replace=False))
    ]


def _said(item: int, case: Case, account: Account, shared: dict[tuple[str, int], ScriptedAnswer], rng: np.random.Generator) -> ScriptedAnswer:
    if not account.source or (account.own and rng.random() < account.own):
        return account.script.says(case, rng)
    key = (account.source, item)
    if key not in shared:
        shared[key] = account.script.says(case, rng)
    return shared[key]


def _judgement(item: int, annotator: int, desk: _Desk, said: ScriptedAnswer, case: Case, rng: np.random.Generator) -> Judgement:
    desk.now += desk.account.seconds * float(np.exp(SPREAD * rng.standard_normal()))
    return Judgement(
        item=item,
        annotator=annotator,
        panel=desk.account.panel,
        label=LEVELS.index(Level(said.corrected_label)) if said.corrected_label else LEVELS.index(case.predicted),
        incorrect=said.verdict == Verdict.INCORRECT,
        bias_types=said.bias_types,
        pattern=said.pattern,
        subgroup=said.subgroup,
        severity=said.severity,
        at=desk.now,
        note=desk.account.note if said.bias_types else "",
    )
