"""When somebody's answers say that they should pause: Wald's sequential probability ratio test, on two kinds of outcome. Pure Python.

An outcome is bad or not. With n outcomes of which k are bad, the log-likelihood ratio of a worrying rate q1 against an acceptable rate q0 is

    L = k ln(q1 / q0) + (n - k) ln((1 - q1) / (1 - q0)).

Worrying is accepted when L >= ln((1 - beta) / alpha), acceptable when L <= ln(beta / (1 - alpha)); then the test starts anew, so that somebody who
grows careless late is found too. Each run of it accuses an acceptable annotator with a chance of at most alpha / (1 - beta) and misses a
worrying one with a chance of at most beta / (1 - alpha). Two tests run side by side, each with half of alpha = 1 %. Since a test that ends well
starts anew, the chance of a false pause grows with the number of runs: that is why every pause can be appealed and is decided by a person.

Known answers: 15 % missed are acceptable, 50 % worrying. Speed: 5 % of answers below the time floor are acceptable, 40 % worrying.
Sources: Wald 1945, Sequential Tests of Statistical Hypotheses, Annals of Mathematical Statistics 16(2); Page 1954, Continuous Inspection
Schemes, Biometrika 41, for starting anew.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

ALPHA = 0.01 / 2
BETA = 0.05


@dataclass(frozen=True)
class RatioTest:
    """`acceptable`, `worrying`: rates of bad outcomes, between which it cannot tell."""

    acceptable: float
    worrying: float
    alpha: float = ALPHA
    beta: float = BETA

    @property
    def upper(self) -> float:
        return math.log((1 - self.beta) / self.alpha)

    @property
    def lower(self) -> float:
        return math.log(self.beta / (1 - self.alpha))

    def step(self, is_bad: bool) -> float:
        if is_bad:
            return math.log(self.worrying / self.acceptable)
        return math.log((1 - self.worrying) / (1 - self.acceptable))


KNOWN_ANSWERS = RatioTest(acceptable=0.15, worrying=0.5)
SPEED = RatioTest(acceptable=0.05, worrying=0.4)


@dataclass(frozen=True)
class Evidence:
    """Of the run that ended in a pause, or that goes on: `bad` of `count` outcomes; `ratio`: its log-likelihood ratio."""

    bad: int
    count: int
    ratio: float
    pauses: bool


def weigh(outcomes: Iterable[bool], test: RatioTest) -> Evidence:
    """Play the test over outcomes in the order in which they came, true where bad, up to the first that says pause."""
    bad, count, ratio = 0, 0, 0.0
    for is_bad in outcomes:
        bad, count, ratio = bad + is_bad, count + 1, ratio + test.step(is_bad)
        if ratio >= test.upper:
            return Evidence(bad, count, ratio, pauses=True)
        if ratio <= test.lower:
            bad, count, ratio = 0, 0, 0.0
    return Evidence(bad, count, ratio, pauses=False)
