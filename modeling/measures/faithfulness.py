"""Does a map of a comment say what the prediction rests on? Its order of the words against 20 orders by chance. No Django, no torch.

`comprehensiveness` (after ERASER, DeYoung et al. 2020): how far the toxicity score goes back, up where the predicted level is low and down where
it is not, without the words that the map puts first, the mean over the first 10, 20 and 50 % of the words, at least one; high is good. The score
and not p(predicted level), because the score is what maps share out: without its worst word a mild comment may become a surer mild.
`sufficiency`: the same with only those words left; low is good. Words are deleted, not masked. `loo_tau`: Kendall's tau-b of the map's figures
with the drop by deleting each word alone; high is good.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from modeling.measures.data import Floats

TOP_SHARES = (0.1, 0.2, 0.5)
RANDOM_ORDERS = 20
LIMIT = 0.95
SAME = 1e-9
FEWEST_WORDS = 4
"""Three words have six orders: one by chance is the right one in more than five cases of a hundred."""


@dataclass(frozen=True)
class AgainstChance:
    """A figure of a map, the mean of the same figure for orders by chance, and the limit that 95 % of these stay within. `passes`: None where
    every order has the same figure, the map's too."""

    value: float
    chance: float
    limit: float
    passes: bool | None


@dataclass(frozen=True)
class Faithfulness:
    """`beats_chance`: comprehensiveness and sufficiency both; None where that cannot be told. `loo_tau` is None where it cannot be taken."""

    comprehensiveness: AgainstChance
    sufficiency: AgainstChance
    loo_tau: AgainstChance | None
    words: int
    orders: int = RANDOM_ORDERS

    @property
    def beats_chance(self) -> bool | None:
        both = {self.comprehensiveness.passes, self.sufficiency.passes}
        return None if self.words < FEWEST_WORDS or both in ({None}, {None, True}) else False not in both

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "beats_chance": self.beats_chance}


def top_counts(words: int) -> list[int]:
    """How many words are the first 10, 20 and 50 % of them."""
    return [max(1, math.ceil(share * words - 1e-9)) for share in TOP_SHARES]


def orders_by_chance(words: int, seed: int) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    return [rng.permutation(words).tolist() for _ in range(RANDOM_ORDERS)]


def order_of(support: Sequence[float]) -> list[int]:
    """Words, first the one that supports the prediction most."""
    return np.argsort(-np.asarray(support), kind="stable").tolist()


def above_chance(value: float, by_chance: Floats) -> AgainstChance:
    """For figures of which more is better."""
    limit = float(np.quantile(by_chance, LIMIT))
    is_same = max(value, *by_chance) - min(value, *by_chance) <= SAME
    return AgainstChance(value, float(by_chance.mean()), limit, None if is_same else bool(value >= limit - SAME))


def below_chance(value: float, by_chance: Floats) -> AgainstChance:
    """For figures of which less is better."""
    found = above_chance(-value, -by_chance)
    return AgainstChance(value, -found.chance, -found.limit, found.passes)


def kendall_tau(a: Floats, b: Floats) -> float:
    """tau-b of two rows (n,), ties counted as neither; nan where one of them does not vary."""
    signs_a, signs_b = (np.sign(np.subtract.outer(values, values)) for values in (np.asarray(a), np.asarray(b)))
    norm = math.sqrt(float((signs_a**2).sum()) * float((signs_b**2).sum()))
    return float((signs_a * signs_b).sum()) / norm if norm else float("nan")


def tau_above_chance(support: Floats, drops: Floats, orders: Sequence[Sequence[int]]) -> AgainstChance | None:
    """None where map or drops do not vary."""
    tau = kendall_tau(support, drops)
    if math.isnan(tau):
        return None
    return above_chance(tau, np.array([kendall_tau(np.asarray(support)[list(order)], drops) for order in orders]))
