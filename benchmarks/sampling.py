"""How many labels each strategy needs until 50 true biases are reported, replayed offline on the demonstration data; and what its estimates
are worth.

    python -m benchmarks.sampling [--runs 20] [--quick]
    python -m benchmarks.sampling --plant held_out    other groups slandered, other seed: what bias-seeking's constants are checked on
    python -m benchmarks.sampling --scale 200000      how long a draw from so many comments takes, alone

A true bias is a comment of the kind that the plant slanders in train, harmless by its own raters, that the demonstration's first model
flags. The pool is thinned of them, at random and anew in each run, until they are 8 % of what a random draw shows. Rounds of 50 items are
drawn as the product draws them; after each, scripted annotators answer (two an item), and their reports are all that bias-seeking learns.
The first model and its signals are kept in --work.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from scipy.stats import t

from benchmarks.result_file import ROOT, ResultFile
from benchmarks.sampling_replay import RANDOM_SHARE, READINGS, Stored, World, labels_needed, shown_share, world_of
from feedback.crowd import report_model, sampling, suspicion
from feedback.crowd.estimates import pool_share, pool_total
from feedback.crowd.inclusion import capacity
from feedback.crowd.pool import Floats
from feedback.crowd.sampling import STRATEGIES, draw

DRAWS, DRAWN_ITEMS = 20, 200
"""Draws of a run, and items of each, from which the weighted estimates are made."""

ESTIMATED_FROM = "_siblings_return"
RANDOM_SHARES = {"": RANDOM_SHARE, "_random_share_05": 0.05, "_random_share_00": 0.0}
"""By suffix of the arm: estimates are worth least where little is drawn at random, if the draw allows so little."""

CONSTANTS = ((sampling, "BIAS_SHARPNESS"), (suspicion, "SHRINK_COUNT"), (report_model, "PENALTY"))
"""Of bias-seeking: halved and doubled on the plant that is not quoted."""

WITHOUT = {
    "bias_seeking_without_flips": ("flips",),
    "bias_seeking_without_embeddings": ("place",),
    "bias_seeking_without_reports": ("reports",),
    "bias_seeking_by_distance_alone": ("flips", "place", "reports"),
}
"""Bias-seeking where a signal is missing: it goes on with the others."""

NOTES = (
    "Offline replay on the demonstration data, whose bias is planted: every comment that the first model was not trained on, one of each "
    "text, thinned of true biases (harmless, of the planted kind, flagged) family by family until a random draw shows at most 8 %, anew in "
    "each run. Rounds of 50 items, a quarter drawn at random in every strategy, no near-duplicate twice, at most two of a family in a round. "
    "After each round scripted annotators (two an item, accuracy .85, report .8 of the over-ratings and 2 % elsewhere) answer; only "
    "bias-seeking learns from their reports, which are of over-rated comments of any group, while only the planted kind counts. "
    "labels_to_50_biases: answers (two an item) until the 50th true bias is reported; families_of_50_biases: originals that they come from. "
    "Arms without a suffix: sampling is not given the data set's own columns that say where the plant is (x_*), and the pool holds two "
    "wordings of an original at most. _one_of_a_family: one at most, to 25, as 50 originals with a bias are more than 8 %. _siblings_return: "
    "all ten wordings, so that reports on one teach of the others. _told_the_cues: that, with x_*: close to an oracle, no figure to quote. "
    "Intervals: t over the runs. bias_of_estimate: weighted estimate of the share of true biases minus the share itself, from draws of 200 "
    "items of the pool with all wordings; plain_mean_minus_share: what the unweighted mean would be off; _random_share_05, _00: 5 % and 0 % "
    "asked to be drawn at random. demo_held_out: other groups are slandered and no cue, half of them unknown to sampling, other seed of the "
    "data: bias-seeking's constants halved and doubled. pool_of_N: one draw of 500 from N made-up comments, in one thread."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--scale", type=int, default=0, help="only measure one draw from a pool of so many comments")
    parser.add_argument("--quick", action="store_true", help="a trial on few comments, written to var/trial")
    parser.add_argument("--plant", choices=["quoted", "held_out"], default="quoted")
    parser.add_argument("--work", type=Path, default=ROOT / "var" / "sampling")
    arguments = parser.parse_args()
    work = (ROOT / "var" / "trial" / "sampling" if arguments.quick else arguments.work) / arguments.plant
    result = ResultFile("sampling", notes=NOTES, **({"directory": ROOT / "var" / "trial"} if arguments.quick else {}))
    if arguments.scale:
        measure_scale(result, work, arguments.scale)
        return
    data = "demo" if arguments.plant == "quoted" else f"demo_{arguments.plant}"
    stored = scored_pool(work, arguments.plant, arguments.quick)
    result.describe_data(data, [work / "demonstration.csv"], sum(1 for _ in (work / "demonstration.csv").open(encoding="utf-8")) - 1)
    report(result, stored, arguments.runs, data, quick=arguments.quick)


def report(result: ResultFile, stored: Stored, runs: int, data: str, *, quick: bool = False) -> None:
    """On the held-out plant what is quoted alone, and there the constants."""
    is_quoted = data == "demo"
    for suffix, reading in READINGS.items() if is_quoted else [("", READINGS[""])]:
        worlds = [world_of(stored, reading, np.random.default_rng([run, 0])) for run in range(runs)]
        wanted = min(reading.wanted, min(int(world.biased.sum()) for world in worlds) // 2) if quick else reading.wanted
        describe(result, worlds, suffix, data)
        compare(result, worlds, wanted, suffix, data)
        if not is_quoted:
            vary_constants(result, worlds, wanted, data)
        if suffix == ESTIMATED_FROM:
            weigh_back(result, worlds, data)


def measure_scale(result: ResultFile, work: Path, rows: int) -> None:
    environment = {**os.environ, "BIASAPP_VAR": str(work / f"scale-{rows}"), "BIASAPP_TESTING": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.sampling_scale", str(rows)]
    printed = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout
    for metric, value in json.loads(printed.splitlines()[-1]).items():
        print(f"pool of {rows:,}: {metric} {value:.1f}")
        result.add(arm=f"pool_of_{rows}", metric=metric, value=value, data="made up words", n=rows, unit="MiB" if metric.endswith("mib") else "s")


def scored_pool(work: Path, plant: str, quick: bool) -> dict[str, np.ndarray]:
    path = work / "pool.npz"
    if not path.exists():
        work.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "BIASAPP_VAR": str(work), "BIASAPP_DEMO": "1", "BIASAPP_TESTING": "1"}
        command = [sys.executable, "-m", "benchmarks.sampling_pool", str(path), plant, *(["--quick"] if quick else [])]
        subprocess.run(command, cwd=ROOT, env=environment, check=True)
    with np.load(path) as stored:
        return dict(stored)


def describe(result: ResultFile, worlds: list[World], suffix: str, data: str) -> None:
    figures = {
        "comments": [len(world.pool) for world in worlds],
        "true_biases": [world.biased.sum() for world in worlds],
        "true_biases_without_near_duplicates": [len(np.unique(world.pool.copies[world.biased])) for world in worlds],
        "families_with_true_biases": [len(np.unique(world.pool.family[world.biased])) for world in worlds],
        "shown_share": [shown_share(world.pool.family, world.pool.copies, world.biased) for world in worlds],
        "one_round_could_show": [capacity(world.pool.family, world.pool.copies) for world in worlds],
    }
    for metric, values in figures.items():
        result.add(arm=f"pool{suffix}", metric=metric, value=float(np.mean(values)), data=data, n=len(worlds), seeds=len(worlds))


def compare(result: ResultFile, worlds: list[World], wanted: int, suffix: str, data: str) -> None:
    """What is missing is looked at where it is quoted alone."""
    arms = {**dict.fromkeys(STRATEGIES, ()), **({} if suffix else WITHOUT)}
    needed = {arm: replayed(worlds, "bias_seeking" if arm in WITHOUT else arm, wanted, without) for arm, without in arms.items()}
    for arm, (labels, families) in needed.items():
        add(result, f"{arm}{suffix}", f"labels_to_{wanted}_biases", labels, data)
        add(result, f"{arm}{suffix}", f"families_of_{wanted}_biases", families, data)
        if arm != "random":
            add(result, f"{arm}_vs_random{suffix}", "ratio", labels / needed["random"][0], data, unit="x")


def vary_constants(result: ResultFile, worlds: list[World], wanted: int, data: str) -> None:
    for module, name in CONSTANTS:
        for factor, how in ((0.5, "halved"), (2, "doubled")):
            with scaled(module, name, factor):
                labels, _ = replayed(worlds, "bias_seeking", wanted)
            add(result, f"bias_seeking_{name.lower()}_{how}", f"labels_to_{wanted}_biases", labels, data)


@contextmanager
def scaled(module: object, name: str, factor: float) -> Iterator[None]:
    """Counts stay whole."""
    stated = getattr(module, name)
    setattr(module, name, max(1, round(stated * factor)) if isinstance(stated, int) else stated * factor)
    try:
        yield
    finally:
        setattr(module, name, stated)


def replayed(worlds: list[World], strategy: str, wanted: int, without: tuple[str, ...] = ()) -> tuple[Floats, Floats]:
    """(labels, families), each (runs,). Each run has its seed, whatever the strategy."""
    runs = [labels_needed(world, strategy, np.random.default_rng([run, 1]), wanted, without) for run, world in enumerate(worlds)]
    labels, families = np.array(runs).T
    return labels, families


def weigh_back(result: ResultFile, worlds: list[World], data: str) -> None:
    names = ("bias_of_estimate", "relative_bias_of_total", "plain_mean_minus_share", "interval_holds_share", f"effective_n_of_{DRAWN_ITEMS}")
    for suffix, random_share in RANDOM_SHARES.items():
        for strategy in STRATEGIES:
            runs = [_estimates(world, strategy, random_share, np.random.default_rng([run, 2])) for run, world in enumerate(worlds)]
            for name, values in zip(names, np.array(runs).T, strict=True):
                add(result, f"{strategy}{suffix}", name, values, data)


def _estimates(world: World, strategy: str, random_share: float, rng: np.random.Generator) -> Floats:
    """Means over `DRAWS` draws of one world."""
    share, total = world.biased.mean(), world.biased.sum()
    count = min(DRAWN_ITEMS, capacity(world.pool.family, world.pool.copies) // 2)
    rows = []
    for _ in range(DRAWS):
        drawn = draw(world.pool, strategy=strategy, count=count, random_share=random_share, rng=rng)
        y = world.biased[drawn.chosen].astype(float)
        found = pool_share(y, drawn.inclusion, world.pool.family[drawn.chosen])
        holds = found.low <= share <= found.high
        rows.append([found.value - share, pool_total(y, drawn.inclusion) / total - 1, y.mean() - share, holds, drawn.effective_n])
    return np.mean(rows, axis=0)


def add(result: ResultFile, arm: str, metric: str, values: Floats, data: str, unit: str = "") -> None:
    """A run that found too little is no number: the row then says how many runs it rests on."""
    known = values[~np.isnan(values)]
    facts = {"arm": arm, "metric": metric, "data": data, "n": len(known), "seeds": len(values), "unit": unit}
    if len(known) < 2:
        result.add(value=None, **facts)
        return
    half = t.ppf(0.975, len(known) - 1) * known.std(ddof=1) / np.sqrt(len(known))
    print(f"{arm:36} {metric:26} {known.mean():9.4f} ({known.mean() - half:.4f} to {known.mean() + half:.4f}; {len(known)} runs)", flush=True)
    result.add(value=float(known.mean()), low=float(known.mean() - half), high=float(known.mean() + half), **facts)


if __name__ == "__main__":
    main()
