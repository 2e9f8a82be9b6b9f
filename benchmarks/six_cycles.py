"""Six rounds and cycles in a row with careless annotators and a malicious panel: is the champion ever worse than the first version?

    python -m benchmarks.six_cycles --seeds 3 --processes 2
    python -m benchmarks.six_cycles --quick     (a trial of one seed and two cycles, written to var/trial)

Each seed is played in an installation of its own by `play_six_cycles`. Judged on the reserve, test and audit, which decide nothing there:
each cycle's champion, and its candidate too, for what the labels did before the gate. Beside it what each panel weighed, and how many of
the joined labels are wrong, with the malicious panel's answers and without them.
"""

import argparse
import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.draws import RESAMPLES, bootstrap, measure_draws
from benchmarks.play_six_cycles import BRIGADE, RESERVE
from benchmarks.played import read_scored
from benchmarks.result_file import ResultFile
from benchmarks.seed_interval import add_figure, seed_interval
from benchmarks.seed_processes import add_seed_options, play_seeds, result_file
from modeling.config import GateConfig
from modeling.measures.data import Scored
from modeling.measures.overall import MEASURES
from modeling.measures.reasons import ROUNDING, gain_sign

SHOWN = ("jigsaw_score", "accuracy", "macro_f1", "ece", "mean_subgroup_fpr")
ROLES = ("champion", "candidate")
NOTES = (
    "Six rounds and cycles in a row on the demonstration's data, in the product's own order; middle lane. Each round: 55 comments by "
    "bias-seeking, five answers each, a fifth of the comments with known answers; seven crowd accounts, of which one guesses and six have "
    "accuracy .85, and three accounts on a panel of their own who know the answer and give another; who is paused for missed known answers says "
    "no more in that round. Eligible candidates are promoted at once. "
    "cycle_N_champion_minus_first and cycle_N_candidate_minus_first: the version in use after cycle N, and the one that it made, against the "
    "first version, on test and audit; 0 without interval: it is the first version. within_margin: the mean over seeds is not worse by more than "
    "the gate's margin. beyond_margin: how often a seed's own difference is worse than that, of n that could be measured. "
    "jigsaw_score under resampling: its linear part (influences), as in the gate. promoted: share of seeds. *_panel_weight: what the lead states "
    "(1) times the trust that the panel's answers earned, when the round was joined. wrong_labels: share of a round's joined labels whose level is "
    "not the true one, without the comments whose answer was known; wrong_labels_without_malicious: the same answers joined without the malicious "
    "panel's, so with fewer answers a comment; wrong_labels_by_malice: the difference. Intervals: 2,000 bootstrap resamples of families (of "
    "comments for labels) and t over the seeds; of weights t over the seeds alone."
)
Facts = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_seed_options(parser, "six_cycles", seeds=3)
    arguments = parser.parse_args()
    report(result_file("six_cycles", NOTES, quick=arguments.quick), play_seeds("benchmarks.play_six_cycles", "demo", arguments))


def report(result: ResultFile, files: list[Path]) -> None:
    facts = [json.loads(path.with_suffix(".json").read_text()) for path in files]
    source = facts[0]["data"]
    result.describe_data(source["name"], [Path(path) for path in source["files"]], source["rows"])
    add_differences(result, files, facts)
    add_labels(result, facts)
    for number, cycles in enumerate(zip(*(fact["cycles"] for fact in facts), strict=True), 1):
        add_verdicts(result, number, cycles)
        add_weights(result, number, cycles)


def add_differences(result: ResultFile, files: list[Path], facts: list[Facts]) -> None:
    """To the first version of the same seed; by cycle, and how often any is worse than the gate's margin allows."""
    require_same_comments(files)
    draws = [version_draws(path, fact) for path, fact in zip(files, facts, strict=True)]
    n, cycles, margins = len(reserve_of(files[0], facts[0]["first"])), range(len(facts[0]["cycles"])), GateConfig().margins
    for role in ROLES:
        worse: list[dict[str, Any]] = []
        looked = 0
        for place, measure in product(cycles, SHOWN):
            pairs = [(of[fact["cycles"][place][role]], of[fact["first"]]) for of, fact in zip(draws, facts, strict=True)]
            moved = np.array([ours[measure] - first[measure] for ours, first in pairs])
            judged = {}
            if measure in margins:
                judged = {
                    "margin": margins[measure],
                    "within_margin": None if np.isnan(moved[:, 0]).any() else bool(~is_beyond(measure, moved[:, 0].mean())),
                }
                beyond = np.flatnonzero(is_beyond(measure, moved[:, 0]))
                worse += [{"seed": seed, "cycle": place + 1, "measure": measure} for seed in beyond.tolist()]
                looked += int((~np.isnan(moved[:, 0])).sum())
            arm = f"cycle_{place + 1}_{role}_minus_first"
            add_figure(result, data="demo", arm=arm, metric=measure, draws=moved, n=n, leaning=MEASURES[measure].leans, **judged)
        result.add(arm=f"{role}s_minus_first", metric="beyond_margin", value=len(worse), data="demo", n=looked, seeds=len(facts), worse=worse)


def is_beyond(measure: str, difference: np.ndarray) -> np.ndarray:
    """Worse by more than the gate's margin; what could not be measured is neither."""
    return -gain_sign(measure) * difference > GateConfig().margins[measure] + ROUNDING


def version_draws(path: Path, facts: Facts) -> dict[int, dict[str, np.ndarray]]:
    """By number of the version."""
    numbers = {facts["first"], *(cycle[role] for cycle in facts["cycles"] for role in ROLES)}
    return {number: measure_draws(reserve_of(path, number), SHOWN) for number in numbers}


def require_same_comments(files: list[Path]) -> None:
    """Raises ValueError where seeds were not judged on the same comments: then the same resamples would not be the same."""
    first, *others = (np.load(path) for path in files)
    for split in RESERVE:
        for name in (f"{split}_level", f"{split}_toxic", f"{split}_cluster"):
            if not all(np.array_equal(first[name], other[name]) for other in others):
                raise ValueError(f"the seeds were not judged on the same comments of {split}")


def reserve_of(path: Path, number: int) -> Scored:
    """Test and audit as one."""
    parts = [read_scored(path, split, f"v{number}") for split in RESERVE]
    names = sorted({name for part in parts for name in part.memberships})
    clusters = [parts[0].cluster, parts[1].cluster + parts[0].cluster.max() + 1]
    return Scored(
        p=np.concatenate([part.p for part in parts]),
        level=np.concatenate([part.level for part in parts]),
        toxic=np.concatenate([part.toxic for part in parts]),
        threshold=parts[0].threshold,
        memberships={name: np.concatenate([part.memberships.get(name, np.zeros(len(part), dtype=bool)) for part in parts]) for name in names},
        cluster=np.concatenate(clusters),
    )


def add_labels(result: ResultFile, facts: list[Facts]) -> None:
    """Of each round, and of all rounds of a seed together."""
    rounds = {f"cycle_{place + 1}": [[fact["cycles"][place]] for fact in facts] for place in range(len(facts[0]["cycles"]))}
    for arm, cycles in {**rounds, "all_cycles": [fact["cycles"] for fact in facts]}.items():
        joined, without = (np.array([wrong_draws(of_seed, source) for of_seed in cycles]) for source in ("joined", "without_malicious"))
        n = sum(len(cycle["labels"]["true"]) for of_seed in cycles for cycle in of_seed)
        for metric, draws in (("wrong_labels", joined), ("wrong_labels_without_malicious", without), ("wrong_labels_by_malice", joined - without)):
            add_figure(result, data="demo", arm=arm, metric=metric, draws=draws, n=n)


def wrong_draws(cycles: list[Facts], source: str) -> np.ndarray:
    """(1 + RESAMPLES,) share of the labels whose level is not the true one."""
    wrong = np.concatenate([np.not_equal(cycle["labels"][source], cycle["labels"]["true"]) for cycle in cycles])
    return bootstrap(len(wrong)) @ wrong / len(wrong)


def add_verdicts(result: ResultFile, number: int, cycles: tuple[Facts, ...]) -> None:
    promoted = [cycle["state"] == "promoted" for cycle in cycles]
    result.add(arm=f"cycle_{number}", metric="promoted", value=float(np.mean(promoted)), data="demo", n=len(cycles), seeds=len(cycles))
    for seed, cycle in enumerate(cycles):
        more = {"verdict": cycle["state"], "reasons": cycle["reasons"]}
        result.add(arm=f"seed_{seed}_cycle_{number}", metric="promoted", value=float(promoted[seed]), data="demo", n=cycle["gate_n"], **more)


def add_weights(result: ResultFile, number: int, cycles: tuple[Facts, ...]) -> None:
    """A weight is what it is: seeds alone move it."""
    for panel in sorted({name for cycle in cycles for name in cycle["weights"]}):
        metric = f"{'malicious' if panel == BRIGADE else panel.lower()}_panel_weight"
        answers = [cycle["answers"][panel] for cycle in cycles]
        weights = np.array([cycle["weights"][panel]["weight"] for cycle in cycles])
        low, high = np.clip(seed_interval(np.repeat(weights[:, None], 1 + RESAMPLES, axis=1)), 0, 1).tolist() if len(cycles) > 1 else (None, None)
        figures = {"value": float(weights.mean()), "low": low, "high": high, "n": sum(answers), "seeds": len(cycles)}
        result.add(arm=f"cycle_{number}", metric=metric, data="demo", **figures)
        for seed, cycle in enumerate(cycles):
            weighed = cycle["weights"][panel]
            more = {"stated": weighed["stated"], "trust": weighed["trust"]}
            result.add(arm=f"seed_{seed}_cycle_{number}", metric=metric, value=weighed["weight"], data="demo", n=answers[seed], **more)


if __name__ == "__main__":
    main()
