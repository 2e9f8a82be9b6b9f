"""One seed of the main job in an installation of its own (BIASAPP_VAR), through the product's own paths. Called by `main_job`."""

import csv
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import played
from benchmarks.installation import (
    QUICK_ROWS,
    Task,
    demonstration_file,
    let_scripts_answer,
    load,
    read_task,
    round_left,
    round_of,
    say,
    set_up,
    to_its_verdict,
)

if TYPE_CHECKING:
    from modeling.models import ModelVersion, Project, RetrainingCycle

ROUND_ITEMS, OVERLAP, ANNOTATORS = 350, 3, 6
REAL_FILES = ("hatexplain_val.csv", "davidson_tweets.csv")


def main() -> None:
    task = read_task()
    set_up()
    project, source = load(task.part, [demonstration_file(quick=task.quick)] if task.part == "demo" else real_files(task))
    plain, default = train(project, task.seed)
    annotations = annotate(project, task)
    cycle = run_cycle(project, task.seed)
    arms = {"plain_ce": plain, "default_no_feedback": default, "default_with_feedback": cycle.candidate}
    facts = {"verdict": str(cycle.state), "reasons": cycle.decision["reasons"], "gate_n": cycle.decision["n"], "annotations": annotations}
    played.write(task.path, said_of_test(arms), {**facts, "data": source})


def real_files(task: Task) -> list[Path]:
    """A trial has every eighth comment of each."""
    from django.conf import settings

    files = [task.data / name for name in REAL_FILES]
    if not task.quick:
        return files
    thinned = [Path(settings.VAR_DIR) / name for name in REAL_FILES]
    for path, to in zip(files, thinned, strict=True):
        with path.open(newline="", encoding="utf-8") as whole, to.open("w", newline="", encoding="utf-8") as part:
            rows = csv.reader(whole)
            csv.writer(part).writerows([next(rows), *islice(rows, 0, None, QUICK_ROWS)])
    return thinned


def train(project: "Project", seed: int) -> tuple["ModelVersion", "ModelVersion"]:
    """Plain cross-entropy and the default loss, same seed and steps; the default comes into use."""
    from modeling.config import TrainingConfig
    from modeling.labels import Split
    from modeling.pipeline.evaluate import evaluate_version
    from modeling.pipeline.predict import score_comments
    from modeling.pipeline.train import train_first

    config = TrainingConfig(seed=seed)
    for wanted, installed in ((config.but(pairing_weight=0.0, statements=0), False), (config, True)):
        if project.versions.filter(arm="initial", manifest__config__pairing_weight=wanted.pairing_weight).exists():
            continue
        started = time.monotonic()
        train_first(project=project, config=wanted, install=installed)
        say(f"trained with pairing weight {wanted.pairing_weight} in {time.monotonic() - started:.0f} s")
    plain, default = project.versions.filter(arm="initial").order_by("number")
    project.refresh_from_db()
    score_comments(version=default)
    # A round that names no measure asks what gate can tell.
    evaluate_version(version=default, split=Split.GATE)
    return plain, default


def annotate(project: "Project", task: Task) -> int:
    """One round, answered through HTTP by scripted annotators."""
    from feedback.models import Annotation
    from feedback.pipeline.close_round import close_round

    settings = {"overlap": OVERLAP, "strategy": "bias_seeking", "seed": task.seed, "simulated": True, "primary_measure": task.primary_measure}
    round_ = round_left(project) or round_of(project, ROUND_ITEMS // QUICK_ROWS if task.quick else ROUND_ITEMS, name="main job", **settings)
    if round_.state == "open":
        let_scripts_answer(round_, annotators=ANNOTATORS, seed=task.seed, first_port=8400 + 20 * task.seed)
        close_round(round=round_, start_cycle=False)
    annotations = Annotation.objects.filter(item__round=round_).count()
    say(f"{annotations} annotations")
    return annotations


def run_cycle(project: "Project", seed: int) -> "RetrainingCycle":
    from modeling.intake import request_cycle
    from modeling.labels import Arm

    cycle = project.cycles.first() or request_cycle(project=project, provenance="main job", seed=seed, in_background=False)
    to_its_verdict(cycle, (Arm.REAL,))
    say(f"cycle: {cycle.state}")
    for reason in cycle.decision["reasons"]:
        say(reason)
    return cycle


def said_of_test(arms: "dict[str, ModelVersion]") -> dict[str, Any]:
    """What `main_job` needs of this seed: the test comments and what each arm said about them."""
    from modeling.demonstration.recipe import PLANTED_CUES, PLANTED_SUBGROUPS
    from modeling.labels import Split
    from modeling.pipeline.predict import score_comments
    from modeling.pipeline.scored_split import read_scored_split

    arrays: dict[str, np.ndarray] = {}
    for arm, version in arms.items():
        score_comments(version=version, splits=(Split.TEST,))
        scored = read_scored_split(version=version, split=Split.TEST).scored
        arrays[f"flagged_{arm}"], arrays[f"predicted_{arm}"] = scored.flagged, scored.predicted
    planted = [scored.memberships[name] for name in (*PLANTED_SUBGROUPS, *PLANTED_CUES) if name in scored.memberships]
    arrays |= {"toxic": scored.toxic, "level": scored.level, "family": scored.cluster}
    arrays["planted"] = np.any(planted, axis=0) if planted else np.zeros(len(scored.toxic), dtype=bool)
    return arrays | {f"member_{name}": member for name, member in scored.memberships.items()}


if __name__ == "__main__":
    main()
