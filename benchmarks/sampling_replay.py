"""The replay of `sampling`: a pool thinned of true biases, annotators who report, and rounds drawn until enough of them are reported.

A bias counts when somebody reports it, and what it costs is counted in answers. Sampling sees predictions, signals, mentions and reports;
never the truth, and not the plant's own cues, unless a `Reading` tells them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from feedback.crowd.inclusion import FAMILY_LIMIT, capacity, chance_to_survive
from feedback.crowd.pool import Bools, Floats, Ints, Pool
from feedback.crowd.sampling import draw
from feedback.crowd.simulation import Script, answer
from modeling.labels import LEVELS

PREVALENCE = 0.08
ROUND_ITEMS = 50
OVERLAP = 2
RANDOM_SHARE = 0.25
SEEN = ("p", "flagged", "family", "copies", "disagreement", "flips", "place")

Stored = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Reading:
    """What the replay makes easier or harder. `of_family`: wordings of one original in the pool at most, None: all, so that siblings of a
    reported comment come back in later rounds. `told`: sampling is given the columns that say where the plant is. `wanted`: true biases."""

    of_family: int | None
    told: bool
    wanted: int


READINGS = {
    "": Reading(of_family=FAMILY_LIMIT, told=False, wanted=50),
    "_one_of_a_family": Reading(of_family=1, told=False, wanted=25),
    "_siblings_return": Reading(of_family=None, told=False, wanted=50),
    "_told_the_cues": Reading(of_family=None, told=True, wanted=50),
}
"""By suffix of the arm. The first is what is quoted: 50 biases then come from at least 25 originals, and none of them was pointed out. The
last is close to an oracle, and shown as such. There are not 50 originals with a bias in a pool that shows 8 % of them, hence 25 of one each."""


@dataclass(frozen=True)
class World:
    """`pool` is what sampling sees. `biased` (n,) truth; `reported` (n,) share of scripted answers that report a bias."""

    pool: Pool
    biased: Bools
    reported: Floats

    @property
    def findable(self) -> Bools:
        """(n,) true biases that somebody reports when shown."""
        return self.biased & (self.reported > 0)


def world_of(stored: Stored, reading: Reading, rng: np.random.Generator) -> World:
    """The stored pool thinned to `PREVALENCE` of true biases, and what annotators, who read the cues, say of each comment."""
    kept = few_of_a_family(stored, reading.of_family, rng)
    kept = kept[thinned_of_biases({name: stored[name][kept] for name in ("family", "copies", "truth_bias")}, rng)]
    named, cues = (_members(stored, prefix, kept) for prefix in ("mention_", "cue_"))
    pool = Pool(mentions=named | cues if reading.told else named, **{name: stored[name][kept] for name in SEEN})
    read = replace(pool, mentions=named | cues)
    return World(pool, stored["truth_bias"][kept], reports(read, stored["truth_level"][kept], rng))


def _members(stored: Stored, prefix: str, rows: Ints) -> dict[str, Bools]:
    return {name.removeprefix(prefix): values[rows] for name, values in stored.items() if name.startswith(prefix)}


def few_of_a_family(stored: Stored, limit: int | None, rng: np.random.Generator) -> Ints:
    """Rows left, sorted, when each family keeps `limit` wordings by lot, no two of them near-duplicates."""
    rows = np.arange(len(stored["family"]))
    if limit is None:
        return rows
    by_lot = rng.permutation(rows)
    distinct = by_lot[np.unique(stored["copies"][by_lot], return_index=True)[1]]
    left, kept = rng.permutation(distinct), []
    for _ in range(limit):
        first = np.unique(stored["family"][left], return_index=True)[1]
        kept.append(left[first])
        left = np.delete(left, first)
    return np.sort(np.concatenate(kept))


def thinned_of_biases(stored: Stored, rng: np.random.Generator) -> Ints:
    """Rows left when true biases are dropped, family by family at random, until a random draw shows at most `PREVALENCE` of them.

    Of what a draw shows and not of the rows: a family of ten variants counts in it like one of two.
    """
    family, copies, biased = stored["family"], stored["copies"], stored["truth_bias"]
    kept = np.ones(len(biased), bool)
    for dropped in rng.permutation(np.unique(family[biased])):
        if shown_share(family[kept], copies[kept], biased[kept]) <= PREVALENCE:
            break
        kept &= ~(biased & (family == dropped))
    return np.flatnonzero(kept)


def shown_share(family: Ints, copies: Ints, biased: Bools) -> float:
    """Share of true biases among what a random draw shows."""
    return float(np.average(biased, weights=chance_to_survive(family, copies)))


def reports(pool: Pool, level: Ints, rng: np.random.Generator) -> Floats:
    script, predicted = Script(), pool.predicted
    mentioned = [[name for name, members in pool.mentions.items() if members[row]] for row in range(len(pool))]

    def reported(row: int) -> bool:
        seen = {"true_level": LEVELS[level[row]], "predicted": LEVELS[predicted[row]], "flagged": bool(pool.flagged[row])}
        return bool(answer(script, mentions=mentioned[row], rng=rng, **seen).bias_types)

    return np.array([np.mean([reported(row) for _ in range(OVERLAP)]) for row in range(len(pool))])


def labels_needed(world: World, strategy: str, rng: np.random.Generator, wanted: int, without: tuple[str, ...] = ()) -> tuple[float, float]:
    """(answers given until `wanted` true biases are reported, families that these come from); nan where the pool is used up before."""
    pool = replace(world.pool, **{name: None for name in without if name != "reports"})
    drawable, heard = np.ones(len(pool), bool), np.full(len(pool), np.nan)
    shown = np.zeros(0, np.int64)
    while count := min(ROUND_ITEMS, capacity(pool.family[drawable], pool.copies[drawable])):
        known = replace(pool, drawable=drawable, reports=None if "reports" in without else heard)
        chosen = draw(known, strategy=strategy, count=count, random_share=RANDOM_SHARE, rng=rng).chosen
        shown = np.concatenate([shown, chosen])
        found = np.flatnonzero(world.findable[shown])
        if len(found) >= wanted:
            last = found[wanted - 1]
            return float(OVERLAP * (last + 1)), float(len(np.unique(pool.family[shown[found[:wanted]]])))
        heard[chosen] = world.reported[chosen]
        drawable &= ~np.isin(pool.copies, pool.copies[chosen])
    return float("nan"), float("nan")
