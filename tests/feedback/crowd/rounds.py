"""Made-up rounds for tests of the crowd: cases whose truth is known, answered by scripted accounts."""

import numpy as np

from feedback.crowd.attackers import Account, honest, simulate_round
from feedback.crowd.consensus import Consensus, reach_consensus
from feedback.crowd.judgement import Judgement
from feedback.crowd.simulation import Case
from modeling.labels import LEVELS, Level

CROWD, EXPERTS, COMMUNITY = 1, 2, 3
TARGET = "muslim"


def make_cases(count: int, rng: np.random.Generator, *, mention: float = 0.3) -> list[Case]:
    """The model errs on three of ten, and rates half of the harmless comments that mention the target as high."""
    cases = []
    for truth in rng.choice(3, count, p=[0.6, 0.25, 0.15]):
        level = LEVELS[truth]
        mentions = (TARGET,) if rng.random() < mention else ()
        predicted = level if rng.random() < 0.7 else LEVELS[rng.integers(3)]
        if mentions and level == Level.LOW and rng.random() < 0.5:
            predicted = Level.HIGH
        cases.append(Case(level, predicted, predicted != Level.LOW, mentions))
    return cases


def honest_crowd(count: int = 6, accuracy: float = 0.85) -> list[Account]:
    return [Account(CROWD, honest(accuracy)) for _ in range(count)]


def answered(accounts: list[Account], *, items: int = 400, overlap: int = 3, seed: int = 0) -> tuple[list[Case], list[Judgement]]:
    rng = np.random.default_rng(seed)
    cases = make_cases(items, rng)
    return cases, simulate_round(cases, accounts, overlap=overlap, rng=rng)


def truth_of(cases: list[Case], count: int | None = None) -> dict[int, int]:
    return {item: LEVELS.index(case.true_level) for item, case in enumerate(cases[:count])}


def joined(accounts: list[Account], *, known: int = 0, earlier: dict[int, float] | None = None, **settings) -> tuple[list[Case], Consensus]:
    cases, judgements = answered(accounts, **settings)
    stated = {account.panel: 1.0 for account in accounts}
    mentions = {item: case.mentions for item, case in enumerate(cases)}
    return cases, reach_consensus(judgements, stated, known=truth_of(cases, known), earlier_trust=earlier, mentions=mentions)


def accuracy_of(cases: list[Case], found: Consensus) -> float:
    truth = truth_of(cases)
    return float(np.mean([int(np.argmax(item.q)) == truth[item.item] for item in found.items]))
