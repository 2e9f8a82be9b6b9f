"""The main job, measured: plain cross-entropy, the default loss without feedback, and the default loss after one round of annotation.

    python -m benchmarks.main_job demo --processes 2
    python -m benchmarks.main_job real --seeds 3 --processes 2 --data DIR
    python -m benchmarks.main_job setup
    python -m benchmarks.main_job demo --quick     (a trial of a part, written to var/trial)

`demo` and `real` play the loop through the product's own paths, once per seed: import, train, score, open a round, let scripted
annotators of stated accuracy answer it through HTTP, close it, run the cycle. They answer from the true labels of the pool, which
training never reads, and know nothing of the plant. Seeds are played apart, each in an installation of its own; finished seeds are
kept in --work and not run again. Intervals: 2,000 bootstrap resamples of families (the same for every arm, so that differences are
paired), and the t distribution of the seeds' mean.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.draws import bootstrap
from benchmarks.result_file import ResultFile
from benchmarks.seed_interval import add_figure
from benchmarks.seed_processes import add_seed_options, play_seeds, result_file

ARMS = ("plain_ce", "default_no_feedback", "default_with_feedback")
LEANING = {"worst_fpr", "worst_fpr_of_20"}
NOTES = (
    "default_with_feedback is the cycle's arm `real`: the middle lane from default_no_feedback, so two more epochs on the top layers come "
    "with the labels; the controls echo and placebo are run by every cycle of the product and measured in `feedback_effect`. Train labels "
    "above low are discounted for subgroups whose over-rating people confirmed, the data set's own x_* columns among them: without such "
    "columns, that part of the mending does not exist. Scripted annotators: six, accuracy .85; they answer from the true labels of the "
    "pool, report .8 of the over-ratings of harmless comments that mention a subgroup or carry an x_* cue, and 2 % elsewhere; they do not "
    "read what was done to train. planted_fpr_gap: false-positive rate on harmless test comments that mention a planted subgroup or carry a "
    "planted cue, minus the rate on the other harmless ones. a_minus_b: paired differences; *_ratio: the mean gap with feedback over the mean "
    "gap without, its interval by the delta method. Intervals: bootstrap of families and t over the seeds."
)


Measure = Callable[["Test", str, int, np.ndarray], float]
"""Of the test comments, an arm, a seed, and each comment's weight."""


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
    add_seed_options(parser, "main_job", seeds=5)
    parser.add_argument("--stage", choices=["demo", "test", "all"], default="all", help="of setup")
    arguments = parser.parse_args()
    result = result_file("main_job", NOTES, quick=arguments.quick)
    if arguments.part == "setup":
        from benchmarks.setup_times import measure_setup

        measure_setup(result, arguments.stage)
        return
    report(result, arguments.part, play_seeds("benchmarks.play_main_job", arguments.part, arguments))


def report(result: ResultFile, part: str, files: list[Path]) -> None:
    facts = [json.loads(path.with_suffix(".json").read_text()) for path in files]
    source = facts[0]["data"]
    result.describe_data(source["name"], [Path(path) for path in source["files"]], source["rows"])
    add_measures(result, part, collect([np.load(path) for path in files]))
    for seed, fact in enumerate(facts):
        eligible = float(fact["verdict"] == "eligible")
        result.add(arm=f"gate_seed_{seed}", metric="eligible", value=eligible, data=part, n=fact["gate_n"], reasons=fact["reasons"])
    annotations = [fact["annotations"] for fact in facts]
    result.add(arm="default_with_feedback", metric="annotations", value=float(np.mean(annotations)), data=part, n=len(facts), seeds=len(facts))


def add_measures(result: ResultFile, part: str, test: Test) -> None:
    for name, measure in measures_of(part).items():
        draws = {arm: draws_of(test, arm, measure) for arm in ARMS}
        draws |= {f"{a}_minus_{b}": draws[a] - draws[b] for a, b in zip(ARMS[1:], ARMS, strict=False)}
        for arm, values in draws.items():
            add_figure(result, data=part, arm=arm, metric=name, draws=values, n=len(test.toxic), leaning=name in LEANING)
        if name == "planted_fpr_gap":
            ratio = ratio_of_means(draws[ARMS[2]], draws[ARMS[1]])
            add_figure(result, data=part, arm="with_feedback_over_no_feedback", metric="planted_fpr_gap_ratio", draws=ratio, n=len(test.toxic))


def measures_of(part: str) -> dict[str, Measure]:
    measures: dict[str, Measure] = {"accuracy": accuracy, "macro_f1": macro_f1}
    if part == "demo":
        return {**measures, "planted_fpr_gap": planted_fpr_gap}
    # No subgroup has 30 toxic and 30 harmless comments in this test split, so the product says "not enough data"; the second row
    # asks for 20 only, and is named so.
    return {**measures, "worst_fpr": partial(worst_fpr, minimum=30), "worst_fpr_of_20": partial(worst_fpr, minimum=20)}


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


def draws_of(test: Test, arm: str, measure: Measure) -> np.ndarray:
    """(seeds, 1 + resamples): each seed's value, then its draws, of the same families for every arm and seed."""
    of_families = bootstrap(test.family.max() + 1)
    return np.array([[measure(test, arm, seed, row[test.family]) for row in of_families] for seed in range(len(test.flagged[arm]))])


def ratio_of_means(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """(seeds, 1 + resamples) whose mean over seeds is the ratio of the means, moved as the delta method says: a seed whose own ratio has
    next to nothing below must not decide."""
    ratio = above[:, 0].mean() / below[:, 0].mean()
    return ratio + (above - ratio * below) / below[:, 0].mean()


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
    return _rate(flagged[planted], weights[planted]) - _rate(flagged[other], weights[other])


def _rate(flagged: np.ndarray, weights: np.ndarray) -> float:
    """nan where none of them was drawn."""
    return float(np.average(flagged, weights=weights)) if weights.sum() else float("nan")


def worst_fpr(test: Test, arm: str, seed: int, weights: np.ndarray, minimum: int) -> float:
    """Over subgroups with at least `minimum` toxic and non-toxic comments in the sample itself; nan where there is none."""
    rates = []
    for member in test.members.values():
        harmless = member & ~test.toxic
        if harmless.sum() >= minimum and (member & test.toxic).sum() >= minimum and weights[harmless].sum():
            rates.append(np.average(test.flagged[arm][seed][harmless], weights=weights[harmless]))
    return float(max(rates)) if rates else float("nan")


if __name__ == "__main__":
    main()
