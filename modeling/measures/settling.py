"""How many gate comments, and so expert labels, would settle a verdict that is held. Standard library only: pages ask it too.

From what the decision stored: each difference with its standard error, which shrinks as 1 / sqrt(comments), the error's degrees of freedom
where the gate tests by Student's t, which grow as the comments do, and the critical value where it exchanges predictions, which nears the
normal distribution's as 1 / comments. All assume that fresh comments are as varied as those there are:
of as many texts and families for their number. "Settles" means: shows what was measured, if that is the truth, in four of five such rounds,
at the level that the gate asks. A gate round draws fresh comments at random, so a subgroup's comments grow in the proportion in which gate
has them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from modeling.measure_texts import text_of

POWER = 0.8
PRECISION = 1e-4
WITHIN_REACH = 5
"""A round adds gate comments by the hundred: beyond this many times what there is, it is no advice to open one."""


@dataclass(frozen=True)
class Question:
    """One rule that held the candidate. `comments`: gate comments in all that would settle it; None where no number would, because what
    was measured is against the candidate already. `either_way`: more comments tell whether the harm is real, for it or against it."""

    measure: str
    subgroup: str
    comments: int | None
    either_way: bool


@dataclass(frozen=True)
class Settling:
    """`now`: gate comments that the verdict rests on. `allows_for_few`: not where an older decision stored neither degrees of freedom nor what the
    difference must exceed; then the normal distribution stands in, and where few texts or families carry a difference, it takes more."""

    now: int
    questions: tuple[Question, ...]
    allows_for_few: bool = True

    @property
    def can_be_settled(self) -> bool:
        return bool(self.questions) and all(question.comments is not None for question in self.questions)

    @property
    def more(self) -> int:
        """About how many comments a gate round must add for the question that needs most; rounded up to two digits, as that is."""
        return _rounded_up(self._most - self.now)

    @property
    def is_within_reach(self) -> bool:
        return self.can_be_settled and self._most <= WITHIN_REACH * self.now

    @property
    def _most(self) -> int:
        return max((question.comments or self.now for question in self.questions), default=self.now)


def settle(decision: Mapping[str, Any], alpha: float) -> Settling:
    """`decision`: `measures.decision.Decision` as stored; alpha: level of the checks and of the subgroups' tests together.

    Nothing is asked of an eligible decision, and of one that stored no standard errors.
    """
    n, primary = decision.get("n", 0), decision.get("primary") or {}
    first = [] if decision.get("eligible") or not primary or primary["passed"] else [_of_primary(primary, n)]
    checks = [_of_check(check, n, alpha) for check in decision.get("checks", ()) if check["passed"] is False]
    rows = decision.get("subgroups", ())
    tests = sum(row["status"] != "cannot_tell" for row in rows)
    harmed = [_of_subgroup(row, n, alpha, tests) for row in rows if row["status"] == "harmed"]
    return Settling(n, (*first, *checks, *harmed), not primary.keys().isdisjoint({"critical", "freedom"}))


def comments_needed(n: int, error: float, distance: float, alpha: float, freedom: float | None = None, critical: float | None = None) -> int:
    """About how many comments would show a difference of `distance` four times in five, one-sided at `alpha`.

    The standard error, now `error` at n comments, shrinks as 1 / sqrt(n), and its degrees of freedom grow as n; None or nan where the test
    is not of Student's t. `critical`: what a difference must exceed now, in standard errors, where that is known. Rounded up to two digits;
    never fewer than n.
    """
    return _rounded_up(n * _times(error / distance, alpha, *(one if one is not None and math.isfinite(one) else None for one in (freedom, critical))))


def _rounded_up(number: float) -> int:
    """To two digits."""
    unit = 10 ** max(0, math.floor(math.log10(number)) - 1) if number >= 1 else 1
    return math.ceil(number / unit) * unit


def _times(error: float, alpha: float, freedom: float | None, critical: float | None) -> float:
    """How many times as many comments show a difference of 1: the least t with `asked(t) <= t`, where `asked` nears a limit as t grows."""
    freedom = math.inf if freedom is None else freedom
    limit = NormalDist().inv_cdf(1 - alpha)

    def threshold(times: float) -> float:
        return t_quantile(1 - alpha, times * freedom) if critical is None else limit + (critical - limit) / times

    def asked(times: float) -> float:
        return ((threshold(times) + t_quantile(POWER, times * freedom)) * error) ** 2

    low, high = 1.0, max(1.0, asked(1.0), asked(math.inf))
    while high - low > PRECISION * high:
        middle = (low + high) / 2
        low, high = (low, middle) if asked(middle) <= middle else (middle, high)
    return high


def t_quantile(level: float, freedom: float) -> float:
    """Of Student's t: the normal quantile, expanded in 1 / freedom. From 4 degrees on within 1 % up to level .998, and the web process is
    spared scipy. Source: Abramowitz and Stegun (1964), 26.7.5."""
    z = NormalDist().inv_cdf(level)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, start=1))


def _of_primary(test: Mapping[str, Any], n: int) -> Question:
    return Question(test["measure"], "", _comments(n, test, _gain(test), test.get("alpha")), either_way=False)


def _of_check(test: Mapping[str, Any], n: int, alpha: float) -> Question:
    gain = _gain(test)
    return Question(test["measure"], "", _comments(n, test, None if gain is None else gain + test["margin"], alpha), either_way=False)


def _of_subgroup(test: Mapping[str, Any], n: int, alpha: float, tests: int) -> Question:
    """Where harm is shown already, more comments would show it again. Else Holm's first step is what a single test must reach."""
    p, difference = test.get("p_value"), test.get("difference")
    is_open = p is not None and p > alpha and difference is not None
    return Question(test["measure"], test["subgroup"], _comments(n, test, abs(difference), alpha / tests) if is_open else None, either_way=True)


def _comments(n: int, test: Mapping[str, Any], distance: float | None, alpha: float | None) -> int | None:
    error = test.get("error")
    if not n or not error or distance is None or distance <= 0 or not alpha:
        return None
    return comments_needed(n, error, distance, alpha, test.get("freedom"), test.get("critical"))


def _gain(test: Mapping[str, Any]) -> float | None:
    difference = test.get("difference")
    if difference is None:
        return None
    return difference if text_of(test["measure"]).higher_is_better else -difference
