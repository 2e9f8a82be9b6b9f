"""How often honest people lose weight, how often planted attackers are found, and what panels of either kind are trusted after six rounds.

On simulated rounds only (`feedback.crowd.attackers`): 600 comments, three answers each; a panel under test has five accounts beside a
crowd of six and three experts. Signs and trust alone are worked out, so that hundreds of rounds take minutes.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.result_file import RESULTS, ROOT, ResultFile
from feedback.crowd.attackers import Account, Dissenting, always, brigade, contrary, dissenting, guessing, honest, simulate_round
from feedback.crowd.brigading import find_signals, merge_voices
from feedback.crowd.judgement import Judgement
from feedback.crowd.panel_trust import PanelTrust, weigh_panels
from feedback.crowd.simulation import Case, Scripted
from modeling.labels import LEVELS, Level

CROWD, EXPERTS, TESTED = 1, 2, 3
TARGET = "muslim"
ITEMS, OVERLAP, ROUNDS_IN_A_ROW = 600, 3, 6
NOTE = "This is plainly an attack on our neighbours."
Crowd = Callable[[np.random.Generator], list[Account]]


def crowd(accuracy: float = 0.85) -> list[Account]:
    return [Account(CROWD, honest(accuracy)) for _ in range(6)]


def mixed(rng: np.random.Generator) -> list[Account]:
    return [Account(CROWD, honest(a), seconds=s) for a, s in zip(rng.uniform(0.6, 0.97, 9), rng.uniform(6, 40, 9), strict=True)]


HONEST: dict[str, Crowd] = {
    "mixed_quality_and_pace": mixed,
    "experts_among_careless": lambda rng: [*crowd(0.7), *[Account(CROWD, honest(0.97, 0.97, 0.0)) for _ in range(2)]],
    "minority_in_the_crowd": lambda rng: [*crowd(), *[Account(CROWD, Dissenting(TARGET, honest(0.95, 0.95, 0.0))) for _ in range(3)]],
    "dissenting_panel": lambda rng: [*crowd(), *[Account(TESTED, dissenting(TARGET)) for _ in range(5)]],
}
ATTACKS: dict[str, Crowd] = {
    "three_copies": lambda rng: [*crowd(), *[Account(CROWD, honest(), source="one")] * 3],
    "three_shared_notes": lambda rng: [*crowd(), *[Account(CROWD, honest(), note=NOTE)] * 3],
    "burst_of_reports": lambda rng: [*crowd(), Account(CROWD, brigade(TARGET, reports=True), seconds=0.3)],
}
PANELS: dict[str, tuple[Scripted, float]] = {
    "honest": (honest(), 0.0),
    "dissenting": (dissenting(TARGET), 0.0),
    "guessing": (guessing(), 0.0),
    "always_low": (always(), 0.0),
    "brigade_that_reports": (brigade(TARGET, reports=True), 0.0),
    "brigade_by_level": (brigade(TARGET), 0.0),
    "brigade_by_level_fifth_known": (brigade(TARGET), 0.2),
    "contrary": (contrary(), 0.0),
    "contrary_fifth_known": (contrary(), 0.2),
}


def make_cases(rng: np.random.Generator) -> list[Case]:
    """The model errs on three of ten, and rates half of the harmless comments that mention the target as high."""
    cases = []
    for truth in rng.choice(3, ITEMS, p=[0.6, 0.25, 0.15]):
        level, mentions = LEVELS[truth], (TARGET,) if rng.random() < 0.3 else ()
        predicted = level if rng.random() < 0.7 else LEVELS[rng.integers(3)]
        if mentions and level == Level.LOW and rng.random() < 0.5:
            predicted = Level.HIGH
        cases.append(Case(level, predicted, predicted != Level.LOW, mentions))
    return cases


def weigh(
    cases: Sequence[Case], judgements: Sequence[Judgement], known_share: float, earlier: Mapping[int, float]
) -> tuple[bool, dict[int, PanelTrust]]:
    """Whether any account lost weight, and what the panels are trusted."""
    signals = find_signals(judgements)
    accounts = {panel: len({j.annotator for j in judgements if j.panel == panel}) for panel in {j.panel for j in judgements}}
    known = {item: LEVELS.index(cases[item].true_level) for item in range(round(known_share * len(cases)))}
    mentions = {item: cases[item].mentions for item in known}
    voices = merge_voices(judgements, signals.voice_of)
    return bool(signals.voice_of or signals.report_factor), weigh_panels(voices, accounts=accounts, known=known, earlier=earlier, mentions=mentions)


def lost_weight(people: Crowd, seed: int) -> bool:
    rng = np.random.default_rng(seed)
    cases = make_cases(rng)
    found, trust = weigh(cases, simulate_round(cases, people(rng), overlap=OVERLAP, rng=rng), 0.0, {})
    return found or any(panel.trust < 1 for panel in trust.values())


def course(script: Scripted, known_share: float, seed: int) -> list[float]:
    """The tested panel's trust after each round."""
    rng = np.random.default_rng(seed)
    accounts = [*crowd(), *[Account(EXPERTS, honest(0.92)) for _ in range(3)], *[Account(TESTED, script) for _ in range(5)]]
    earlier: dict[int, float] = {}
    found = []
    for _ in range(ROUNDS_IN_A_ROW):
        cases = make_cases(rng)
        _, trust = weigh(cases, simulate_round(cases, accounts, overlap=OVERLAP, rng=rng), known_share, earlier)
        earlier = {panel: weighed.trust for panel, weighed in trust.items()}
        found.append(earlier[TESTED])
    return found


def add_rate(results: ResultFile, arm: str, metric: str, hits: int, n: int) -> None:
    from scipy.stats import binomtest

    interval = binomtest(hits, n).proportion_ci(method="wilson")
    results.add(arm=arm, metric=metric, value=hits / n, low=float(interval.low), high=float(interval.high), data="simulated", n=n)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300, help="simulated rounds per crowd")
    parser.add_argument("--seeds", type=int, default=20, help="courses of six rounds per panel")
    parser.add_argument("--quick", action="store_true", help="a trial of four rounds, written to var/trial")
    options = parser.parse_args()
    rounds, seeds = (4, 2) if options.quick else (options.rounds, options.seeds)
    directory: Path = ROOT / "var" / "trial" if options.quick else RESULTS
    results = ResultFile("crowd_trust", notes="Simulated rounds: no figure here is about people.", directory=directory)
    for metric, crowds in (("false_alarm_rate", HONEST), ("found_rate", ATTACKS)):
        for arm, people in crowds.items():
            if ("simulated", arm, metric) not in results.rows:
                add_rate(results, arm, metric, sum(lost_weight(people, seed) for seed in range(rounds)), rounds)
                print(arm, results.rows["simulated", arm, metric]["value"], flush=True)
    for arm, (script, known_share) in PANELS.items():
        if ("simulated", arm, f"trust_after_{ROUNDS_IN_A_ROW}") not in results.rows:
            courses = np.array([course(script, known_share, seed) for seed in range(seeds)])
            for after in range(ROUNDS_IN_A_ROW):
                low, high = np.percentile(courses[:, after], [2.5, 97.5])
                figures = {"value": float(courses[:, after].mean()), "low": float(low), "high": float(high)}
                results.add(arm=arm, metric=f"trust_after_{after + 1}", data="simulated", n=ITEMS * OVERLAP, seeds=seeds, **figures)
            print(arm, courses.mean(axis=0).round(2).tolist(), flush=True)


if __name__ == "__main__":
    main()
