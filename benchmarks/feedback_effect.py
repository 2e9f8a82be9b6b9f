"""The effect of people's work, real - echo, and what of it labels shuffled within strata keep, placebo - echo.

    python -m benchmarks.feedback_effect demo --processes 2
    python -m benchmarks.feedback_effect real --processes 2 --data DIR
    python -m benchmarks.feedback_effect demo --quick     (a trial of a part, written to var/trial)

Each seed is played in an installation of its own, through the product's own paths, with answers given over HTTP. Finished seeds are kept
in --work and not run again; a seed that was stopped goes on where it was. Intervals: 2,000 bootstrap resamples of families (of frames
for swap_rate), the same for every arm, and the t distribution of the seeds' mean, as in the ablation of the losses.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from benchmarks.draws import bootstrap, measure_draws
from benchmarks.played import ROLES, read_scored
from benchmarks.result_file import ResultFile
from benchmarks.seed_interval import add_figure
from benchmarks.seed_processes import add_seed_options, play_seeds, result_file

MEASURES = ("jigsaw_score", "accuracy", "worst_fpr")
LEANING = {"worst_fpr"}
DIFFERENCES = {
    "real_minus_echo": ("real", "echo"),
    "placebo_minus_echo": ("placebo", "echo"),
    "real_minus_placebo": ("real", "placebo"),
    "echo_minus_none": ("echo", "none"),
    "placebo_minus_none": ("placebo", "none"),
    "real_minus_none": ("real", "none"),
    "real_minus_champion": ("real", "champion"),
}
"""Shuffled within predicted level and mention, a placebo keeps what people said of each such kind of comment on average: what it gains over
echo is that, and what real gains over it is what they said of single comments."""
NOTES = (
    "Arms of middle-lane cycles on one round of labels, measured on test. demo: 350 comments by bias-seeking, three answers each by six scripted "
    "annotators of accuracy .85 who report .8 of the over-ratings and know nothing of the plant. real: HateXplain's own raters, each under an "
    "account of their own, answer through the API what they rated among the pool's comments; normal is low, offensive and hatespeech are "
    "high, as the data set's target is the share of raters who said either; biased: they say normal, the model flags, a subgroup is mentioned. "
    "The project also holds up to 1,500 train and 700 gate and test comments each of Davidson's tweets, Civil Comments, EDOS and Hatemoji, "
    "whose pools are left out; mentions by term list in all of them. swap_rate: probe pairs of terms and frames that training never paired. "
    "jigsaw_score under resampling: its linear part (influences), as in the gate. Intervals: bootstrap of families (frames for swap_rate) and "
    "t over the seeds."
)

Draws = dict[tuple[str, str], np.ndarray]
"""{(role, measure): (1 + RESAMPLES,)}: the value itself, then its draws."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["demo", "real"])
    add_seed_options(parser, "feedback_effect", seeds=5)
    arguments = parser.parse_args()
    files = play_seeds("benchmarks.play_feedback_effect", arguments.part, arguments)
    report(result_file("feedback_effect", NOTES, quick=arguments.quick), arguments.part, files)


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
            add_figure(result, data=part, arm=arm, metric=measure, draws=values, n=n, leaning=measure in LEANING)
    for seed, fact in enumerate(facts):
        verdicts = {"verdict": fact["verdict"], "reasons": fact["reasons"], "annotations": fact["annotations"]}
        result.add(arm=f"gate_seed_{seed}", metric="eligible", value=float(fact["verdict"] == "eligible"), data=part, n=fact["gate_n"], **verdicts)


def comment_draws(path: Path) -> Draws:
    found = {role: measure_draws(read_scored(path, "test", role), MEASURES) for role in ROLES}
    return {(role, name): values for role, of in found.items() for name, values in of.items()}


def swap_draws(path: Path) -> Draws:
    kept = np.load(path)
    frame = np.unique(kept["swap_frame"], return_inverse=True)[1]
    weights = bootstrap(frame.max() + 1)
    counts = weights @ np.bincount(frame)
    return {(role, "swap_rate"): weights @ np.bincount(frame, kept[f"swap_{role}"]) / counts for role in ROLES}


if __name__ == "__main__":
    main()
