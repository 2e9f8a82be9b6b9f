"""The effect of people's work, real - echo, and the noise check, placebo - echo; and six cycles in a row under attack.

    python -m benchmarks.feedback_effect demo --processes 2
    python -m benchmarks.feedback_effect real --processes 2 --data DIR
    python -m benchmarks.feedback_effect six_cycles
    python -m benchmarks.feedback_effect demo --quick     (a trial of a part, written to var/trial)

Each seed is played in an installation of its own, through the product's own paths, with answers given over HTTP. Finished seeds are kept
in --work and not run again; a seed that was stopped goes on where it was. Intervals: 2,000 bootstrap resamples of families (of frames
for swap_rate), the same for every arm, and the t distribution of the seeds' mean, as in the ablation of the losses.
"""

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.played import ROLES, read_scored
from benchmarks.result_file import RESULTS, ROOT, ResultFile
from benchmarks.seed_interval import seed_interval
from modeling.measures.battery import Battery
from modeling.measures.columns import Prepared
from modeling.measures.data import Scored
from modeling.measures.statistics import BLOCK
from modeling.measures.tally import Tally

MEASURES = ("jigsaw_score", "accuracy", "worst_fpr")
LEANING = {"worst_fpr"}
DIFFERENCES = {"real_minus_echo": ("real", "echo"), "placebo_minus_echo": ("placebo", "echo"), "real_minus_champion": ("real", "champion")}
RESAMPLES = 2_000
NOTES = (
    "Arms of middle-lane cycles on one round of labels, measured on test. demo: 350 comments by bias-seeking, three answers each by six scripted "
    "annotators of accuracy .85 who report .8 of the over-ratings and know nothing of the plant. real: HateXplain's own raters, each under an "
    "account of their own, answer through the API what they rated among the pool's comments; normal is low, offensive and hatespeech are "
    "high, as the data set's target is the share of raters who said either; biased: they say normal, the model flags, a subgroup is mentioned. "
    "The project also holds up to 1,500 train and 700 gate and test comments each of Davidson's tweets, Civil Comments, EDOS and Hatemoji, "
    "whose pools are left out; mentions by term list in all of them. swap_rate: probe pairs of terms and frames that training never paired. "
    "jigsaw_score under resampling: its linear part (influences), as in the gate. Intervals: bootstrap of families (frames for swap_rate) and "
    "t over the seeds. "
    "cycle_*: six rounds and cycles in a row; seven crowd accounts, of which one guesses and six have accuracy .85, and three accounts on a "
    "panel of their own who know the answer and give another; 55 comments a round, five answers each, a fifth of them with known answers; "
    "eligible candidates are promoted at once; against the first version on test and audit; within_margin: by the gate's margins."
)

Draws = dict[tuple[str, str], np.ndarray]
"""{(role, measure): (1 + RESAMPLES,)}: the value itself, then its draws."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["demo", "real", "six_cycles"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIASAPP_DATA", ".")))
    parser.add_argument("--work", type=Path, default=ROOT / "var" / "feedback_effect", help="where finished seeds are kept")
    parser.add_argument("--quick", action="store_true", help="a trial of the command, not a result")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.seeds, arguments.work = 1, ROOT / "var" / "trial" / "feedback_effect"
    result = ResultFile("feedback_effect", notes=NOTES, directory=ROOT / "var" / "trial" if arguments.quick else RESULTS)
    if arguments.part == "six_cycles":
        from benchmarks.six_cycles import report as report_cycles

        play(0, arguments, "benchmarks.six_cycles")
        report_cycles(result, arguments.work / "six_cycles-0.npz")
        return
    with ThreadPoolExecutor(arguments.processes) as pool:
        list(pool.map(lambda seed: play(seed, arguments), range(arguments.seeds)))
    report(result, arguments.part, [arguments.work / f"{arguments.part}-{seed}.npz" for seed in range(arguments.seeds)])


def play(seed: int, arguments: argparse.Namespace, module: str = "benchmarks.play_feedback_effect") -> None:
    """Run one seed in a process of its own, with one thread, unless it is done already."""
    name = f"{arguments.part}-{seed}"
    if (arguments.work / f"{name}.npz").exists():
        return
    arguments.work.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "BIASAPP_VAR": str(arguments.work / name), "BIASAPP_DEMO": "1", "BIASAPP_TESTING": "1", "OMP_NUM_THREADS": "1"}
    how = "quick" if arguments.quick else "whole"
    command = [sys.executable, "-m", module, arguments.part, str(seed), str(arguments.work), str(arguments.data), how]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def report(result: ResultFile, part: str, files: list[Path]) -> None:
    facts = [json.loads(path.with_suffix(".json").read_text()) for path in files]
    source = facts[0]["data"]
    result.describe_data(source["name"], [Path(path) for path in source["files"]], source["rows"])
    draws = [{**comment_draws(path), **swap_draws(path)} for path in files]
    test = read_scored(files[0], "test", "real")
    counts = {**dict.fromkeys(MEASURES, len(test)), "swap_rate": len(np.load(files[0])["swap_frame"])}
    for measure, n in counts.items():
        of = {role: np.array([seed[role, measure] for seed in draws]) for role in ROLES}
        of |= {name: of[first] - of[second] for name, (first, second) in DIFFERENCES.items()}
        for arm, values in of.items():
            add(result, part, arm, measure, values, n)
    for seed, fact in enumerate(facts):
        verdicts = {"verdict": fact["verdict"], "reasons": fact["reasons"], "annotations": fact["annotations"]}
        result.add(arm=f"gate_seed_{seed}", metric="eligible", value=float(fact["verdict"] == "eligible"), data=part, n=fact["gate_n"], **verdicts)


def comment_draws(path: Path) -> Draws:
    scored = {role: read_scored(path, "test", role) for role in ROLES}
    weights = bootstrap(Prepared(scored["real"]).clusters.count)
    return {(role, name): values for role, one in scored.items() for name, values in measure_draws(one, weights).items()}


def measure_draws(scored: Scored, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Each measure under each row of cluster weights (1 + RESAMPLES, clusters), in the clusters' own order."""
    battery, prepared = Battery(MEASURES, (), scored.subgroups), Prepared(scored)
    sums = weights @ np.concatenate(list(prepared.columns.blocks(BLOCK)))
    values = battery.values(Tally(prepared, sums))
    return {name: values[:, place] for place, name in enumerate(MEASURES)}


def swap_draws(path: Path) -> Draws:
    kept = np.load(path)
    frame = np.unique(kept["swap_frame"], return_inverse=True)[1]
    weights = bootstrap(frame.max() + 1)
    counts = weights @ np.bincount(frame)
    return {(role, "swap_rate"): weights @ np.bincount(frame, kept[f"swap_{role}"]) / counts for role in ROLES}


def bootstrap(clusters: int) -> np.ndarray:
    """(1 + RESAMPLES, clusters): ones, then weights, the same whenever there are as many clusters."""
    drawn = np.random.default_rng(0).multinomial(clusters, np.full(clusters, 1 / clusters), size=RESAMPLES)
    return np.vstack([np.ones(clusters), drawn])


def add(result: ResultFile, part: str, arm: str, measure: str, draws: np.ndarray, n: int) -> None:
    """draws: (seeds, 1 + RESAMPLES)."""
    facts = {"arm": arm, "metric": measure, "data": part, "n": n, "seeds": len(draws), "of_seeds": [float(value) for value in draws[:, 0]]}
    value = float(draws[:, 0].mean())
    if np.isnan(value):
        print(f"{part:5} {arm:22} {measure:14} not enough data", flush=True)
        result.add(value=None, **{**facts, "of_seeds": None})
        return
    low, high = seed_interval(draws, leaning=measure in LEANING)
    print(f"{part:5} {arm:22} {measure:14} {value:+.4f} ({low:+.4f} to {high:+.4f})", flush=True)
    result.add(value=value, low=low, high=high, **facts)


if __name__ == "__main__":
    main()
