"""How many gate comments, and so expert labels, would settle a verdict that is held. Standard library only: pages ask it too.

From what the decision stored: each difference with its standard error, which shrinks as 1 / sqrt(comments). "Settles" means: shows what
was measured, if that is the truth, in four of five such rounds, at the level that the gate asks. A gate round draws fresh comments at
random, so a subgroup's comments grow in the proportion in which gate has them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from modeling.measure_texts import text_of

POWER = 0.8
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
    """`now`: gate comments that the verdict rests on."""

    now: int
    questions: tuple[Question, ...]

    @property
    def can_be_settled(self) -> bool:
        return bool(self.questions) and all(question.comments is not None for question in self.questions)

    @property
    def more(self) -> int:
        """Comments that a gate round must add for the question that needs most."""
        return max((question.comments or self.now for question in self.questions), default=self.now) - self.now

    @property
    def is_within_reach(self) -> bool:
        return self.can_be_settled and self.more + self.now <= WITHIN_REACH * self.now


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
    return Settling(n, (*first, *checks, *harmed))


def comments_needed(n: int, error: float, distance: float, alpha: float) -> int:
    """About how many comments would show a difference of `distance` four times in five, one-sided at `alpha`.

    The standard error, now `error` at n comments, shrinks as 1 / sqrt(n). Rounded up to two digits; never fewer than n.
    """
    normal = NormalDist()
    reach = (normal.inv_cdf(1 - alpha) + normal.inv_cdf(POWER)) * error / distance
    needed = max(n, n * reach**2)
    unit = 10 ** max(0, math.floor(math.log10(needed)) - 1)
    return math.ceil(needed / unit) * unit


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
    return comments_needed(n, error, distance, alpha)


def _gain(test: Mapping[str, Any]) -> float | None:
    difference = test.get("difference")
    if difference is None:
        return None
    return difference if text_of(test["measure"]).higher_is_better else -difference
