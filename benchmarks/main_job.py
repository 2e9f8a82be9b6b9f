"""The main job, measured: plain cross-entropy, the default loss without feedback, and the default loss after one round of annotation.

    python -m benchmarks.main_job demo --seeds 5
    python -m benchmarks.main_job real --seeds 3 --data DIR
    python -m benchmarks.main_job setup

`demo` and `real` play the loop through the product's own paths, once per seed: import, train, score, open a round, let scripted
annotators of stated accuracy answer it through HTTP, close it, run the cycle. They answer from the true labels of the pool, which
training never reads, and know nothing of the plant. Seeds are trained apart, each in an installation of its own; finished seeds are
kept in --work and not run again. Intervals: 2,000 bootstrap resamples of families (the same for every arm, so that differences are
paired) and of seeds.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.result_file import ROOT, ResultFile

ARMS = ("plain_ce", "default_no_feedback", "default_with_feedback")
RESAMPLES = 2_000
NOTES = (
    "default_with_feedback is the cycle's arm `real`: the middle lane from default_no_feedback, so two more epochs on the top layers come "
    "with the labels; the controls echo and placebo are run by every cycle of the product and measured in `feedback_effect`. Train labels "
    "above low are discounted for subgroups whose over-rating people confirmed, the data set's own x_* columns among them: without such "
    "columns, that part of the mending does not exist. Scripted annotators: six, accuracy .85; they answer from the true labels of the "
    "pool, report .8 of the over-ratings of harmless comments that mention a subgroup or carry an x_* cue, and 2 % elsewhere; they do not "
    "read what was done to train. planted_fpr_gap: false-positive rate on harmless test comments that mention a planted subgroup or carry a "
    "planted cue, minus the rate on the other harmless ones. a_minus_b: paired differences; *_ratio: the gap with feedback over the gap "
    "without."
)


@dataclass(frozen=True)
class Test:
    """The test comments of one data set, and what each arm of each seed said about them."""

    toxic: np.ndarray
    level: np.ndarray
    family: np.ndarray
    planted: np.ndarray
    members: dict[str, np.ndarray]
    flagged: dict[str, np.ndarray]  # arm -> (seeds, comments)
    predicted: dict[str, np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["demo", "real", "setup"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIASAPP_DATA", ".")))
    parser.add_argument("--work", type=Path, default=ROOT / "var" / "main_job", help="where finished seeds are kept")
    parser.add_argument("--stage", choices=["demo", "test", "all"], default="all", help="of setup")
    arguments = parser.parse_args()
    result = ResultFile("main_job", notes=NOTES)
    if arguments.part == "setup":
        from benchmarks.setup_times import measure_setup

        measure_setup(result, arguments.stage)
        return
    for seed in range(arguments.seeds):
        play_seed(arguments.part, seed, arguments)
    files = [arguments.work / f"{arguments.part}-{seed}.npz" for seed in range(arguments.seeds)]
    report(result, arguments.part, files, arguments)


def play_seed(part: str, seed: int, arguments: argparse.Namespace) -> None:
    """Run one seed in a process of its own, unless it is done already."""
    if (arguments.work / f"{part}-{seed}.npz").exists():
        return
    arguments.work.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "BIASAPP_VAR": str(arguments.work / f"{part}-{seed}"), "BIASAPP_DEMO": "1", "BIASAPP_TESTING": "1"}
    command = [sys.executable, "-m", "benchmarks.play_main_job", part, str(seed), str(arguments.work), str(arguments.data)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def report(result: ResultFile, part: str, files: list[Path], arguments: argparse.Namespace) -> None:
    seeds = [np.load(path) for path in files]
    facts = [json.loads(path.with_suffix(".json").read_text()) for path in files]
    test = collect(seeds)
    for source in facts[0]["data"]:
        result.describe_data(source["name"], [Path(path) for path in source["files"]], source["rows"])
    measures = {"accuracy": accuracy, "macro_f1": macro_f1}
    if part == "demo":
        measures |= {"planted_fpr_gap": planted_fpr_gap}
    else:
        # No subgroup has 30 toxic and 30 harmless comments in this test split, so the product says "not enough data"; the second row
        # asks for 20 only, and is named so.
        measures |= {"worst_fpr": partial(worst_fpr, minimum=30), "worst_fpr_of_20": partial(worst_fpr, minimum=20)}
    draws = resamples(test, seed=0)
    for name, measure in measures.items():
        per_arm = {arm: over_resamples(test, arm, measure, draws) for arm in ARMS}
        for arm, values in per_arm.items():
            add(result, part, arm, name, values, test)
        for a, b in zip(ARMS[1:], ARMS, strict=False):
            add(result, part, f"{a}_minus_{b}", name, per_arm[a] - per_arm[b], test)
        if name == "planted_fpr_gap":
            add(result, part, "with_feedback_over_no_feedback", "planted_fpr_gap_ratio", per_arm[ARMS[2]] / per_arm[ARMS[1]], test)
    for seed, fact in enumerate(facts):
        eligible = float(fact["verdict"] == "eligible")
        result.add(arm=f"gate_seed_{seed}", metric="eligible", value=eligible, data=part, n=fact["gate_n"], reasons=fact["reasons"])
    annotations = [fact["annotations"] for fact in facts]
    result.add(arm="default_with_feedback", metric="annotations", value=float(np.mean(annotations)), data=part, n=len(facts), seeds=len(facts))


def collect(seeds: list) -> Test:
    first = seeds[0]
    return Test(
        toxic=first["toxic"],
        level=first["level"],
        family=np.unique(first["family"], return_inverse=True)[1],
        planted=first["planted"],
        members={name.removeprefix("member_"): first[name] for name in first.files if name.startswith("member_")},
        flagged={arm: np.stack([seed[f"flagged_{arm}"] for seed in seeds]) for arm in ARMS},
        predicted={arm: np.stack([seed[f"predicted_{arm}"] for seed in seeds]) for arm in ARMS},
    )


def resamples(test: Test, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """(comment weights, seed numbers) per draw; the first is the sample itself."""
    rng = np.random.default_rng(seed)
    families, seeds = test.family.max() + 1, len(test.flagged[ARMS[0]])
    draws = [(np.ones(len(test.toxic)), np.arange(seeds))]
    for _ in range(RESAMPLES):
        counts = rng.multinomial(families, np.full(families, 1 / families))
        draws.append((counts[test.family].astype(float), rng.integers(seeds, size=seeds)))
    return draws


def over_resamples(test: Test, arm: str, measure: object, draws: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """The measure's mean over the drawn seeds, per draw."""
    return np.array([np.mean([measure(test, arm, seed, weights) for seed in seeds]) for weights, seeds in draws])


def accuracy(test: Test, arm: str, seed: int, weights: np.ndarray) -> float:
    return float(np.average(test.predicted[arm][seed] == test.level, weights=weights))


def macro_f1(test: Test, arm: str, seed: int, weights: np.ndarray) -> float:
    predicted = test.predicted[arm][seed]
    scores = []
    for level in range(3):
        hit = weights[(predicted == level) & (test.level == level)].sum()
        claimed, there = weights[predicted == level].sum(), weights[test.level == level].sum()
        scores.append(2 * hit / max(claimed + there, 1e-12))
    return float(np.mean(scores))


def planted_fpr_gap(test: Test, arm: str, seed: int, weights: np.ndarray) -> float:
    flagged = test.flagged[arm][seed]
    planted, other = ~test.toxic & test.planted, ~test.toxic & ~test.planted
    return float(np.average(flagged[planted], weights=weights[planted]) - np.average(flagged[other], weights=weights[other]))


def worst_fpr(test: Test, arm: str, seed: int, weights: np.ndarray, minimum: int) -> float:
    """Over subgroups with at least `minimum` toxic and non-toxic comments in the sample itself; nan where there is none."""
    rates = []
    for member in test.members.values():
        harmless = member & ~test.toxic
        if harmless.sum() >= minimum and (member & test.toxic).sum() >= minimum and weights[harmless].sum():
            rates.append(np.average(test.flagged[arm][seed][harmless], weights=weights[harmless]))
    return float(max(rates)) if rates else float("nan")


def add(result: ResultFile, part: str, arm: str, metric: str, values: np.ndarray, test: Test) -> None:
    seeds = len(test.flagged[ARMS[0]])
    facts = {"arm": arm, "metric": metric, "data": part, "n": len(test.toxic), "seeds": seeds}
    if np.isnan(values[0]):
        print(f"{part:5} {arm:45} {metric:22} not enough data", flush=True)
        result.add(value=None, **facts)
        return
    low, high = np.nanquantile(values[1:], [0.025, 0.975])
    print(f"{part:5} {arm:45} {metric:22} {values[0]:.4f} ({low:.4f} to {high:.4f})", flush=True)
    result.add(value=float(values[0]), low=float(low), high=float(high), **facts)


if __name__ == "__main__":
    main()
