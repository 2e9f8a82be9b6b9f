"""How often honest people lose weight, how often planted attackers do, and what panels of either kind are trusted after six rounds.

On simulated rounds only (`feedback.crowd.attackers`): 600 comments, three answers each; a panel under test has five accounts beside a
crowd of six and three experts. Attackers are found if every planted account loses weight, and harm honest people if any other does; they
are shown if a sign names every one of them, whatever it costs. Signs and trust alone are worked out, so that hundreds of rounds take minutes.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import binomtest, t

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
NOTES = (
    "Simulated rounds: no figure here is about people. false_alarm_rate: rounds in which anybody in an honest crowd lost weight. found_rate: "
    "rounds in which every planted account lost weight; harm_to_honest_rate: in which any other did; shown_rate: in which a sign, which may "
    "cost nothing, names every planted account (in an honest crowd: anybody). own_N: copies that answer N % of the comments for themselves; "
    "beside_three: beside three honest people and not six. trust_after_K: mean over courses of six rounds, n courses, with the t interval of "
    "the mean."
)
Crowd = Callable[[np.random.Generator], list[Account]]


def crowd(accuracy: float = 0.85) -> list[Account]:
    return [Account(CROWD, honest(accuracy)) for _ in range(6)]


def plain(rng: np.random.Generator) -> list[Account]:
    return crowd()


def mixed(rng: np.random.Generator) -> list[Account]:
    return [Account(CROWD, honest(a), seconds=s) for a, s in zip(rng.uniform(0.6, 0.97, 9), rng.uniform(6, 40, 9), strict=True)]


HONEST: dict[str, Crowd] = {
    "mixed_quality_and_pace": mixed,
    "experts_among_careless": lambda rng: [*crowd(0.7), *[Account(CROWD, honest(0.97, 0.97, 0.0)) for _ in range(2)]],
    "minority_in_the_crowd": lambda rng: [*crowd(), *[Account(CROWD, Dissenting(TARGET, honest(0.95, 0.95, 0.0))) for _ in range(3)]],
    "dissenting_panel": lambda rng: [*crowd(), *[Account(TESTED, dissenting(TARGET)) for _ in range(5)]],
}


def copies(count: int, percent: int = 0) -> list[Account]:
    """They answer `percent` of the comments for themselves."""
    return [Account(CROWD, honest(), source="one", own=percent / 100)] * count


ATTACKS: dict[str, tuple[Crowd, list[Account]]] = {
    "three_copies": (plain, copies(3)),
    **{f"three_copies_own_{percent:02}": (plain, copies(3, percent)) for percent in (5, 10, 20)},
    **{f"two_copies_beside_three_own_{percent:02}": (lambda _: crowd()[:3], copies(2, percent)) for percent in (0, 5, 10, 20)},
    "three_shared_notes": (plain, [Account(CROWD, honest(), note=NOTE)] * 3),
    "burst_of_reports": (plain, [Account(CROWD, brigade(TARGET, reports=True), seconds=0.3)]),
    "burst_at_a_third_of_the_pace": (plain, [Account(CROWD, brigade(TARGET, reports=True), seconds=5.0)]),
}
"""(honest people, planted accounts). Two of five share 180 comments, two of nine 50: what can be seen of copies depends on that."""

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


@dataclass(frozen=True)
class Weighed:
    """`lost`: accounts that lost weight, themselves or with their panel. `shown`: accounts that a sign names. `trust` by panel."""

    lost: set[int]
    shown: set[int]
    trust: dict[int, PanelTrust]


def weigh(cases: Sequence[Case], judgements: Sequence[Judgement], known_share: float, earlier: Mapping[int, float]) -> Weighed:
    signals = find_signals(judgements)
    of_panel = {panel: {j.annotator for j in judgements if j.panel == panel} for panel in {j.panel for j in judgements}}
    accounts = {panel: len(members) for panel, members in of_panel.items()}
    known = {item: LEVELS.index(cases[item].true_level) for item in range(round(known_share * len(cases)))}
    mentions = {item: cases[item].mentions for item in known}
    voices = merge_voices(judgements, signals.voice_of)
    trust = weigh_panels(voices, accounts=accounts, known=known, earlier=earlier, mentions=mentions)
    distrusted = {who for panel, weighed in trust.items() if weighed.trust < 1 for who in of_panel[panel]}
    reduced = {who for signal in signals.found if signal.reduces for who in signal.accounts}
    return Weighed(reduced | distrusted, {who for signal in signals.found for who in signal.accounts}, trust)


def one_round(people: Crowd, planted: Sequence[Account], seed: int) -> dict[str, bool]:
    """What came about in one round; of honest people alone whether any lost weight."""
    rng = np.random.default_rng(seed)
    cases = make_cases(rng)
    others = people(rng)
    weighed = weigh(cases, simulate_round(cases, [*others, *planted], overlap=OVERLAP, rng=rng), 0.0, {})
    attackers = set(range(len(others) + 1, len(others) + len(planted) + 1))
    if not planted:
        return {"false_alarm_rate": bool(weighed.lost), "shown_rate": bool(weighed.shown)}
    harmed = bool(weighed.lost - attackers)
    return {"found_rate": attackers <= weighed.lost, "shown_rate": attackers <= weighed.shown, "harm_to_honest_rate": harmed}


def course(script: Scripted, known_share: float, seed: int) -> list[float]:
    """The tested panel's trust after each round."""
    rng = np.random.default_rng(seed)
    accounts = [*crowd(), *[Account(EXPERTS, honest(0.92)) for _ in range(3)], *[Account(TESTED, script) for _ in range(5)]]
    earlier: dict[int, float] = {}
    after = []
    for _ in range(ROUNDS_IN_A_ROW):
        cases = make_cases(rng)
        weighed = weigh(cases, simulate_round(cases, accounts, overlap=OVERLAP, rng=rng), known_share, earlier)
        earlier = {panel: found.trust for panel, found in weighed.trust.items()}
        after.append(earlier[TESTED])
    return after


def add_rate(results: ResultFile, arm: str, metric: str, hits: int, n: int) -> None:
    interval = binomtest(hits, n).proportion_ci(method="wilson")
    results.add(arm=arm, metric=metric, value=hits / n, low=float(interval.low), high=float(interval.high), data="simulated", n=n)
    print(arm, metric, hits / n, flush=True)


def add_rounds(results: ResultFile, arm: str, people: Crowd, planted: Sequence[Account], rounds: int) -> None:
    found = [one_round(people, planted, seed) for seed in range(rounds)]
    for metric in found[0]:
        add_rate(results, arm, metric, sum(one[metric] for one in found), rounds)


def add_courses(results: ResultFile, arm: str, courses: np.ndarray) -> None:
    """`courses` (n, rounds): the interval is that of the mean, and a course is what was repeated."""
    n, rounds = courses.shape
    mean, half = courses.mean(axis=0), t.ppf(0.975, n - 1) * courses.std(axis=0, ddof=1) / np.sqrt(n)
    for after in range(rounds):
        low, high = max(0.0, float(mean[after] - half[after])), min(1.0, float(mean[after] + half[after]))
        results.add(arm=arm, metric=f"trust_after_{after + 1}", value=float(mean[after]), low=low, high=high, data="simulated", n=n, seeds=n)
    print(arm, mean.round(2).tolist(), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300, help="simulated rounds per crowd")
    parser.add_argument("--seeds", type=int, default=20, help="courses of six rounds per panel")
    parser.add_argument("--quick", action="store_true", help="a trial of four rounds, written to var/trial")
    options = parser.parse_args()
    rounds, seeds = (4, 2) if options.quick else (options.rounds, options.seeds)
    directory: Path = ROOT / "var" / "trial" if options.quick else RESULTS
    results = ResultFile("crowd_trust", notes=NOTES, directory=directory)
    honest_alone: dict[str, tuple[Crowd, list[Account]]] = {arm: (people, []) for arm, people in HONEST.items()}
    for arm, (people, planted) in {**honest_alone, **ATTACKS}.items():
        if ("simulated", arm, "shown_rate") not in results.rows:
            add_rounds(results, arm, people, planted, rounds)
    for arm, (script, known_share) in PANELS.items():
        if ("simulated", arm, f"trust_after_{ROUNDS_IN_A_ROW}") not in results.rows:
            add_courses(results, arm, np.array([course(script, known_share, seed) for seed in range(seeds)]))


if __name__ == "__main__":
    main()
