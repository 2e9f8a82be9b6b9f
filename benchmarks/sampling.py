"""How many labels each strategy needs to find 50 true biases, replayed offline on the demonstration data; and what its estimates are worth.

    python -m benchmarks.sampling [--runs 20] [--quick]
    python -m benchmarks.sampling --scale 200000      how long a draw from so many comments takes, alone

A true bias is a comment of the kind that the plant slanders in train, harmless by its own raters, that the demonstration's first model
flags. The pool is thinned of them, at random and anew in each run, until they are 8 % of what a random draw shows. Rounds of 50 items are
drawn as the product draws them; after each, scripted annotators answer (two an item), and their reports are all that bias-seeking learns.
Sampling sees the predictions, the signals, the mentions and those reports; never the truth. The first model and its signals are kept
in --work.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.stats import t

from benchmarks.result_file import ROOT, ResultFile
from feedback.crowd.estimates import pool_share, pool_total
from feedback.crowd.inclusion import capacity, chance_to_survive
from feedback.crowd.pool import Bools, Floats, Pool
from feedback.crowd.sampling import STRATEGIES, draw
from feedback.crowd.simulation import Script, answer
from modeling.labels import LEVELS

WANTED = 50
PREVALENCE = 0.08
ROUND_ITEMS = 50
OVERLAP = 2
RANDOM_SHARE = 0.25
DRAWS, DRAWN_ITEMS = 20, 200
"""Draws of a run, and items of each, from which the weighted estimates are made."""

WITHOUT = {
    "bias_seeking_without_flips": ("flips",),
    "bias_seeking_without_embeddings": ("place",),
    "bias_seeking_without_reports": ("reports",),
    "bias_seeking_by_distance_alone": ("flips", "place", "reports"),
}
"""Bias-seeking where a signal is missing: it goes on with the others."""

NOTES = (
    "Offline replay on the demonstration data, whose bias is planted: every comment that the first model was not trained on, one of each "
    "text, thinned of true biases (harmless, of the planted kind, flagged) family by family until a random draw shows 8 %, anew in each "
    "run. Rounds of 50 items, a quarter drawn "
    "at random in every strategy, no near-duplicate twice, at most two of a family in a round. After each round scripted annotators (two "
    "an item, accuracy .85, report .8 of the over-ratings and 2 % elsewhere) answer; only bias-seeking learns from their reports. "
    "labels_to_50_biases counts items judged until the 50th true bias is shown. Intervals: t over the runs. bias_of_estimate: weighted "
    "estimate of the share of true biases minus the share itself, from draws of 200 items of the whole thinned pool; "
    "plain_mean_minus_share: what the unweighted mean would be off. pool_of_N: one draw of 500 from N made-up comments, in one thread."
)


@dataclass(frozen=True)
class World:
    """`pool` is what sampling sees. `biased` (n,) truth; `reported` (n,) share of scripted answers that would report a bias."""

    pool: Pool
    biased: Bools
    reported: Floats


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--scale", type=int, default=0, help="only measure one draw from a pool of so many comments")
    parser.add_argument("--quick", action="store_true", help="a trial on few comments, written to var/trial")
    parser.add_argument("--work", type=Path, default=ROOT / "var" / "sampling")
    arguments = parser.parse_args()
    work = ROOT / "var" / "trial" / "sampling" if arguments.quick else arguments.work
    result = ResultFile("sampling", notes=NOTES, **({"directory": ROOT / "var" / "trial"} if arguments.quick else {}))
    if arguments.scale:
        measure_scale(result, work, arguments.scale)
        return
    stored = scored_pool(work, arguments.quick)
    result.describe_data("demo", [work / "demonstration.csv"], sum(1 for _ in (work / "demonstration.csv").open(encoding="utf-8")) - 1)
    worlds = [world_of(stored, np.random.default_rng([run, 0])) for run in range(arguments.runs)]
    wanted = min(WANTED, min(int(world.biased.sum()) for world in worlds) // 2) if arguments.quick else WANTED
    describe(result, worlds)
    compare(result, worlds, wanted)
    weigh_back(result, worlds)


def measure_scale(result: ResultFile, work: Path, rows: int) -> None:
    environment = {**os.environ, "BIASAPP_VAR": str(work / f"scale-{rows}"), "BIASAPP_TESTING": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.sampling_scale", str(rows)]
    printed = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout
    for metric, value in json.loads(printed.splitlines()[-1]).items():
        print(f"pool of {rows:,}: {metric} {value:.1f}")
        result.add(arm=f"pool_of_{rows}", metric=metric, value=value, data="made up words", n=rows, unit="MiB" if metric.endswith("mib") else "s")


def scored_pool(work: Path, quick: bool) -> dict[str, np.ndarray]:
    path = work / "pool.npz"
    if not path.exists():
        work.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "BIASAPP_VAR": str(work), "BIASAPP_DEMO": "1", "BIASAPP_TESTING": "1"}
        command = [sys.executable, "-m", "benchmarks.sampling_pool", str(path), *(["--quick"] if quick else [])]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
    with np.load(path) as stored:
        return dict(stored)


def world_of(stored: dict[str, np.ndarray], rng: np.random.Generator) -> World:
    """The stored pool thinned to `PREVALENCE` of true biases, and what annotators would say of each comment."""
    kept = thinned_of_biases(stored, rng)
    mentions = {name.removeprefix("mention_"): members[kept] for name, members in stored.items() if name.startswith("mention_")}
    known = {name: stored[name][kept] for name in ("p", "flagged", "family", "copies", "disagreement", "flips", "place")}
    pool = Pool(mentions=mentions, **known)
    return World(pool, stored["truth_bias"][kept], reports(pool, stored["truth_level"][kept], rng))


def thinned_of_biases(stored: dict[str, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Rows left when true biases are dropped, family by family at random, until a random draw shows `PREVALENCE` of them.

    Of what a draw shows and not of the rows: a family of ten variants counts in it like one of two.
    """
    family, copies, biased = stored["family"], stored["copies"], stored["truth_bias"]
    kept = np.ones(len(biased), bool)
    for dropped in rng.permutation(np.unique(family[biased])):
        if shown_share(family[kept], copies[kept], biased[kept]) <= PREVALENCE:
            break
        kept &= ~(biased & (family == dropped))
    return np.flatnonzero(kept)


def shown_share(family: np.ndarray, copies: np.ndarray, biased: Bools) -> float:
    """Share of true biases among what a random draw shows."""
    return float(np.average(biased, weights=chance_to_survive(family, copies)))


def reports(pool: Pool, level: np.ndarray, rng: np.random.Generator) -> Floats:
    script, predicted = Script(), pool.predicted
    mentioned = [[name for name, members in pool.mentions.items() if members[row]] for row in range(len(pool))]

    def reported(row: int) -> bool:
        seen = {"true_level": LEVELS[level[row]], "predicted": LEVELS[predicted[row]], "flagged": bool(pool.flagged[row])}
        return bool(answer(script, mentions=mentioned[row], rng=rng, **seen).bias_types)

    return np.array([np.mean([reported(row) for _ in range(OVERLAP)]) for row in range(len(pool))])


def labels_needed(world: World, strategy: str, rng: np.random.Generator, wanted: int, without: tuple[str, ...] = ()) -> float:
    """Items judged until `wanted` true biases are shown; nan where the pool is used up before."""
    pool = replace(world.pool, **{name: None for name in without if name != "reports"})
    drawable, heard = np.ones(len(pool), bool), np.full(len(pool), np.nan)
    shown = found = 0
    while count := min(ROUND_ITEMS, capacity(pool.family[drawable], pool.copies[drawable])):
        known = replace(pool, drawable=drawable, reports=None if "reports" in without else heard)
        chosen = draw(known, strategy=strategy, count=count, random_share=RANDOM_SHARE, rng=rng).chosen
        hits = found + np.cumsum(world.biased[chosen])
        if hits[-1] >= wanted:
            return shown + int(np.searchsorted(hits, wanted)) + 1
        shown, found = shown + count, int(hits[-1])
        heard[chosen] = world.reported[chosen]
        drawable &= ~np.isin(pool.copies, pool.copies[chosen])
    return float("nan")


def describe(result: ResultFile, worlds: list[World]) -> None:
    figures = {
        "comments": [len(world.pool) for world in worlds],
        "true_biases": [world.biased.sum() for world in worlds],
        "true_biases_without_near_duplicates": [len(np.unique(world.pool.copies[world.biased])) for world in worlds],
        "shown_share": [shown_share(world.pool.family, world.pool.copies, world.biased) for world in worlds],
        "one_round_could_show": [capacity(world.pool.family, world.pool.copies) for world in worlds],
    }
    for metric, values in figures.items():
        result.add(arm="pool", metric=metric, value=float(np.mean(values)), data="demo", n=len(worlds), seeds=len(worlds))


def compare(result: ResultFile, worlds: list[World], wanted: int) -> None:
    arms = {**dict.fromkeys(STRATEGIES, ()), **WITHOUT}
    needed = {arm: np.array([_needed(world, run, arm, wanted) for run, world in enumerate(worlds)]) for arm in arms}
    for arm, labels in needed.items():
        add(result, arm, f"labels_to_{wanted}_biases", labels)
        if arm != "random":
            add(result, f"{arm}_vs_random", "ratio", labels / needed["random"], unit="x")


def _needed(world: World, run: int, arm: str, wanted: int) -> float:
    """Each run has its seed, whatever the strategy."""
    strategy = "bias_seeking" if arm in WITHOUT else arm
    return labels_needed(world, strategy, np.random.default_rng([run, 1]), wanted, WITHOUT.get(arm, ()))


def weigh_back(result: ResultFile, worlds: list[World]) -> None:
    for strategy in STRATEGIES:
        runs = np.array([_estimates(world, strategy, np.random.default_rng([run, 2])) for run, world in enumerate(worlds)])
        names = ("bias_of_estimate", "relative_bias_of_total", "plain_mean_minus_share", "interval_holds_share", f"effective_n_of_{DRAWN_ITEMS}")
        for name, values in zip(names, runs.T, strict=True):
            add(result, strategy, name, values)


def _estimates(world: World, strategy: str, rng: np.random.Generator) -> Floats:
    """Means over `DRAWS` draws of one world."""
    share, total = world.biased.mean(), world.biased.sum()
    count = min(DRAWN_ITEMS, capacity(world.pool.family, world.pool.copies) // 2)
    rows = []
    for _ in range(DRAWS):
        drawn = draw(world.pool, strategy=strategy, count=count, random_share=RANDOM_SHARE, rng=rng)
        y = world.biased[drawn.chosen].astype(float)
        found = pool_share(y, drawn.inclusion, world.pool.family[drawn.chosen])
        holds = found.low <= share <= found.high
        rows.append([found.value - share, pool_total(y, drawn.inclusion) / total - 1, y.mean() - share, holds, drawn.effective_n])
    return np.mean(rows, axis=0)


def add(result: ResultFile, arm: str, metric: str, values: Floats, unit: str = "") -> None:
    """A run that found too little is no number: the row then says how many runs it rests on."""
    known = values[~np.isnan(values)]
    facts = {"arm": arm, "metric": metric, "data": "demo", "n": len(known), "seeds": len(values), "unit": unit}
    if len(known) < 2:
        result.add(value=None, **facts)
        return
    half = t.ppf(0.975, len(known) - 1) * known.std(ddof=1) / np.sqrt(len(known))
    print(f"{arm:36} {metric:26} {known.mean():9.4f} ({known.mean() - half:.4f} to {known.mean() + half:.4f}; {len(known)} runs)", flush=True)
    result.add(value=float(known.mean()), low=float(known.mean() - half), high=float(known.mean() + half), **facts)


if __name__ == "__main__":
    main()
