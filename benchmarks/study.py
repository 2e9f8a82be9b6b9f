"""The study, month by month: every version on the same comments, and the slopes of people's labels, of echo and of placebo.

    python -m benchmarks.study --lane fast --comments-per-month 600 --seeds 1
    python -m benchmarks.study --source real --data DIR --lane middle --comments-per-month 15000 --seeds 1
    python -m benchmarks.study --quick     (a trial of two months, written to var/trial)

Each seed is `manage.py run_study` in an installation of its own, which goes on where it was stopped. Judged on the reserve, test and audit, which
decide nothing there.
"""

import argparse
import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.draws import measure_draws
from benchmarks.result_file import ResultFile
from benchmarks.seed_interval import add_figure
from benchmarks.seed_processes import add_seed_options, play_seeds, result_file
from benchmarks.six_cycles import require_same_comments, reserve_of
from modeling.measures.overall import MEASURES

SHOWN = ("accuracy", "macro_precision", "macro_recall", "macro_f1", "mean_kl_to_uniform", "jigsaw_score", "mean_subgroup_fpr")
ARMS = ("real", "echo", "placebo", "none")
SLOPES = ("real", "echo", "placebo")
FEWEST_MONTHS = 3
FIRST_LANE = "fast"
NOTES = (
    "Simulated: manage.py run_study, months of comments of the stated source, each month a round of 20 % of its pool answered by scripted "
    "panels (docs/guide.md), one cycle with all arms; eligible candidates come into use at once. All versions are judged on the same comments, "
    "test and audit of all months together, so months differ by the model alone. month_0: the first version. month_N: in use after cycle N. "
    "month_N_ARM: that arm of cycle N, whether or not it came into use. slope_ARM: Theil-Sen over the months 1 to 6 of that arm, in the "
    "measure’s unit a month; slope_real_minus_echo: of the difference. real_minus_echo, placebo_minus_echo: mean over months. labels: handed in "
    "so far. Intervals: 2,000 bootstrap resamples of families, the same for every version; of several seeds, t over the seeds besides."
)
Facts = dict[str, Any]
Draws = dict[str, np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_seed_options(parser, "study", seeds=1)
    parser.add_argument("--source", choices=["demo", "real"], default="demo")
    parser.add_argument("--lane", choices=[FIRST_LANE, "middle"], default=FIRST_LANE)
    parser.add_argument("--comments-per-month", type=int, default=600)
    arguments = parser.parse_args()
    part = f"{arguments.source}-{arguments.lane}-{arguments.comments_per_month}"
    report(result_file("study", NOTES, quick=arguments.quick), play_seeds("benchmarks.play_study", part, arguments), arguments.lane)


def report(result: ResultFile, files: list[Path], lane: str) -> None:
    before = "" if lane == FIRST_LANE else f"{lane}_"
    facts = [json.loads(path.with_suffix(".json").read_text()) for path in files]
    source = facts[0]["data"]
    result.describe_data(source["name"], [Path(path) for path in source["files"]], source["rows"])
    require_same_comments(files)
    n = len(reserve_of(files[0], facts[0]["first"]))
    seeds = [arm_draws(path, fact) for path, fact in zip(files, facts, strict=True)]
    for arm in seeds[0]:
        for metric in SHOWN:
            leans = MEASURES[metric].leans
            draws = np.array([of[arm][metric] for of in seeds])
            add_figure(result, data=source["name"], arm=before + arm, metric=metric, draws=draws, n=n, leaning=leans)
    for month, cycles in enumerate(zip(*(fact["cycles"] for fact in facts), strict=True), 1):
        add_cycle(result, source["name"], f"{before}month_{month}", cycles)


def arm_draws(path: Path, facts: Facts) -> dict[str, Draws]:
    """By arm of the result file, then measure: (1 + RESAMPLES,)."""
    numbers = {facts["first"], *(number for cycle in facts["cycles"] for number in (cycle["in_use"], *cycle["arms"].values()))}
    of = {number: measure_draws(reserve_of(path, number), SHOWN) for number in sorted(numbers)}
    found = {"month_0": of[facts["first"]]}
    for month, cycle in enumerate(facts["cycles"], 1):
        found[f"month_{month}"] = of[cycle["in_use"]]
        found |= {f"month_{month}_{arm}": of[cycle["arms"][arm]] for arm in ARMS}
    months = range(1, len(facts["cycles"]) + 1)
    series = {arm: {name: np.array([found[f"month_{month}_{arm}"][name] for month in months]) for name in SHOWN} for arm in ARMS}
    return {**found, **differences(series), **slopes(series)}


def differences(series: dict[str, Draws]) -> dict[str, Draws]:
    """Means over the months."""
    pairs = (("real", "echo"), ("placebo", "echo"))
    return {f"{ours}_minus_{theirs}": {name: (series[ours][name] - series[theirs][name]).mean(axis=0) for name in SHOWN} for ours, theirs in pairs}


def slopes(series: dict[str, Draws]) -> dict[str, Draws]:
    """Nothing where there are too few months for a slope."""
    if len(series["real"][SHOWN[0]]) < FEWEST_MONTHS:
        return {}
    found = {f"slope_{arm}": {name: theil_sen(series[arm][name]) for name in SHOWN} for arm in SLOPES}
    found["slope_real_minus_echo"] = {name: theil_sen(series["real"][name] - series["echo"][name]) for name in SHOWN}
    return found


def theil_sen(values: np.ndarray) -> np.ndarray:
    """(months, draws) -> (draws,): the median of the slopes between any two months."""
    pairs = list(combinations(range(len(values)), 2))
    return np.median([(values[later] - values[earlier]) / (later - earlier) for earlier, later in pairs], axis=0)


def add_cycle(result: ResultFile, data: str, arm: str, cycles: tuple[Facts, ...]) -> None:
    promoted = [cycle["state"] == "promoted" for cycle in cycles]
    told = {"data": data, "n": len(cycles), "seeds": len(cycles), "verdicts": [cycle["state"] for cycle in cycles]}
    result.add(arm=arm, metric="promoted", value=float(np.mean(promoted)), **told)
    result.add(arm=arm, metric="labels", value=float(np.mean([cycle["labels"] for cycle in cycles])), **told)


if __name__ == "__main__":
    main()
