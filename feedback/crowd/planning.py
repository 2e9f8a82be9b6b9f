"""What a round of n items would find: items by strategy from the pool, confirmed biases from earlier rounds' rates. numpy only.

The pool is cut into strata: the subgroup that a comment mentions (of several the one that stands farthest above the background, or
nobody) x flagged or not. A strategy shows so many of each stratum, and of what is shown in a stratum, people have confirmed such a share
so far. No rate is stated before people have judged `ENOUGH_ITEMS`.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from feedback.crowd.estimates import Z_95
from feedback.crowd.inclusion import capacity, effective_n, inclusion_probabilities
from feedback.crowd.pool import Floats, Ints, Pool
from feedback.crowd.sampling import STRATEGIES, open_weights
from feedback.crowd.suspicion import distances

SIZES = (25, 50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 100_000)
ENOUGH_ITEMS = 30
CHANCE_TO_SEE = 0.8
CONFIRMED_FROM = 0.5
"""Share that reports a bias (`Pool.reports`) from which an item counts as confirmed."""

MOST_BORROWED = 5.0
"""Items that a stratum's rate takes over from other strata at most, so that a bias of one subgroup is not averaged away."""


@dataclass(frozen=True)
class Rate:
    """Chance that an item of one stratum is confirmed as biased: mean and variance, from `n` judged items."""

    mean: float
    variance: float
    n: int


@dataclass(frozen=True)
class Curves:
    """Expected items of a draw by weight alone, at each of the plan's sizes: `strata` (sizes, strata), `members` subgroup -> (sizes,)."""

    strata: list[list[float]]
    members: dict[str, list[float]]


@dataclass(frozen=True)
class Plan:
    """`available`: how many a round can show; `sizes`: up to there; `rates` by stratum, empty before there are enough answers."""

    available: int
    judged: int
    sizes: list[int]
    curves: dict[str, Curves]
    rates: list[Rate]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        curves = {name: Curves(**found) for name, found in values["curves"].items()}
        return cls(values["available"], values["judged"], values["sizes"], curves, [Rate(**rate) for rate in values["rates"]])


@dataclass(frozen=True)
class Found:
    """Confirmed biases that a round would find: expected number, and the interval in which it lies in 95 of 100 such rounds."""

    expected: float
    low: int
    high: int


@dataclass(frozen=True)
class Reach:
    """Of one subgroup: `items` that a round would show, and the smallest share of over-rated ones among its comments of which the round
    would show at least one, four times in five; nan where it would show fewer than one."""

    subgroup: str
    items: float
    detectable: float


def make_plan(pool: Pool, inclusion: Floats) -> Plan:
    """inclusion: (n,) chance with which each judged comment was drawn, nan elsewhere."""
    stratum, most = strata(pool), capacity(*pool.variants)
    sizes = [*(size for size in SIZES if size < most), *([most] if most else [])]
    possible = [name for name in STRATEGIES if name != "disagreement" or pool.disagreement is not None]
    curves = {name: _curves(pool, name, stratum, sizes) for name in possible} if most else {}
    judged = pool.judged
    rates = _rates(pool, judged, stratum, inclusion[judged]) if len(judged) >= ENOUGH_ITEMS else []
    return Plan(most, len(judged), sizes, curves, rates)


def strata(pool: Pool) -> Ints:
    """(n,) `2 x (place of the subgroup among the pool's mentions; after the last one: nobody) + flagged`."""
    above, own = np.full(len(pool), -1.0), np.full(len(pool), len(pool.mentions))
    for place, (members, distance) in enumerate(zip(pool.mentions.values(), distances(pool).values(), strict=True)):
        farthest = members & (distance > above)
        own[farthest], above[farthest] = place, distance
    return 2 * own + pool.flagged


def found(plan: Plan, *, strategy: str, count: int, random_share: float) -> Found | None:
    """None while too little has been judged, or where the plan does not know the strategy.

    The interval holds both kinds of chance: that the rates are known from few items, and that a round with known rates varies.
    """
    if not plan.rates or strategy not in plan.curves:
        return None
    shown = sum(np.array([_at(plan, size, np.array(curve.strata).T) for size, curve in _mixture(plan, strategy, count, random_share)]))
    mean, variance = (np.array([getattr(rate, name) for rate in plan.rates]) for name in ("mean", "variance"))
    expected, total = float(shown @ mean), float(shown.sum())
    # Strata borrow from each other, so their errors go together.
    spread = float((shown @ np.sqrt(variance)) ** 2 + shown @ (mean * (1 - mean)))
    if 2 * expected <= total:
        low, high = _interval(expected, spread)
    else:
        low, high = (round(total) - end for end in reversed(_interval(total - expected, spread)))
    return Found(expected, max(low, 0), min(high, count))


def reach(plan: Plan, *, strategy: str, count: int, random_share: float) -> list[Reach]:
    """Per subgroup, most items first. Needs no earlier answers."""
    if strategy not in plan.curves:
        return []
    mixture = _mixture(plan, strategy, count, random_share)
    items = {
        name: float(sum(_at(plan, size, np.array([curve.members[name]]))[0] for size, curve in mixture)) for name in plan.curves[strategy].members
    }
    return [Reach(name, shown, detectable_rate(shown)) for name, shown in sorted(items.items(), key=lambda item: -item[1])]


def detectable_rate(items: float) -> float:
    """The smallest share of which `items` comments hold at least one, four times in five; nan below one item."""
    return 1 - (1 - CHANCE_TO_SEE) ** (1 / items) if items >= 1 else math.nan


def _interval(mean: float, variance: float) -> tuple[int, int]:
    """Whole numbers around the quantiles .025 and .975 of the gamma distribution with these moments, as counts of rare things are skewed;
    by Wilson's and Hilferty's approximation (1931), which needs no library in the web process."""
    if mean <= 0 or variance <= 0:
        return 0, math.ceil(mean)
    shape = mean**2 / variance
    low, high = (mean * max(0.0, 1 - 1 / (9 * shape) + z / (3 * math.sqrt(shape))) ** 3 for z in (-Z_95, Z_95))
    return math.floor(low), math.ceil(high)


def _mixture(plan: Plan, strategy: str, count: int, random_share: float) -> list[tuple[float, Curves]]:
    """A draw is one by weight and one at random, which hardly meet while both are small against the pool."""
    count = min(count, plan.available)
    return [((1 - random_share) * count, plan.curves[strategy]), (random_share * count, plan.curves["random"])]


def _at(plan: Plan, size: float, curves: Floats) -> Floats:
    """curves: (k, sizes) -> (k,) between the sizes of the plan."""
    return np.array([np.interp(size, [0, *plan.sizes], [0.0, *curve]) for curve in curves])


def _curves(pool: Pool, strategy: str, stratum: Ints, sizes: list[int]) -> Curves:
    rows, (family, copies) = pool.open_rows, pool.variants
    weights, kinds = open_weights(pool, strategy), 2 * len(pool.mentions) + 2
    chances = [inclusion_probabilities(weights, family, count=size, random_count=0, copies=copies) for size in sizes]
    by_stratum = [np.bincount(stratum[rows], chance, minlength=kinds).tolist() for chance in chances]
    return Curves(by_stratum, {name: [float(chance[members[rows]].sum()) for chance in chances] for name, members in pool.mentions.items()})


def _rates(pool: Pool, judged: Ints, stratum: Ints, inclusion: Floats) -> list[Rate]:
    """Each stratum's share, weighted by 1 / pi, and drawn towards that of the others that are flagged, or not flagged, like it."""
    confirmed, weights, own = (pool.reports[judged] >= CONFIRMED_FROM).astype(float), 1 / inclusion, stratum[judged]  # type: ignore[index]  # reports are known where items are judged
    family, rates = pool.family[judged], []
    for kind in range(2 * len(pool.mentions) + 2):
        inside = own == kind
        others = (own % 2 == kind % 2) & ~inside
        others = others if others.any() else ~inside
        seen, known = (_counted(confirmed[rows], weights[rows], family[rows]) for rows in (inside, others))
        rates.append(_rate(seen, known, int(inside.sum())))
    return rates


def _counted(confirmed: Floats, weights: Floats, family: Ints) -> tuple[float, float]:
    """(how many items they are worth, their share). Variants of one family count as one witness."""
    if not len(confirmed):
        return 0.0, 0.0
    return min(effective_n(1 / weights), len(np.unique(family))), float(np.average(confirmed, weights=weights))


def _rate(seen: tuple[float, float], known: tuple[float, float], n: int) -> Rate:
    """A Beta posterior. Its prior has the mean of Jeffreys' posterior for the others, which is never 0 or 1, and is worth as many items as
    hold half of a rarer outcome, at most `MOST_BORROWED`: without others it is Jeffreys' own."""
    (worth, share), (others, their_share) = seen, known
    towards = (others * their_share + 0.5) / (others + 1)
    borrowed = min(0.5 / min(towards, 1 - towards), MOST_BORROWED)
    mean = (worth * share + borrowed * towards) / (worth + borrowed)
    return Rate(mean, mean * (1 - mean) / (worth + borrowed + 1), n)
