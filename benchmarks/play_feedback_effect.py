"""One seed of `feedback_effect` in an installation of its own (BIASAPP_VAR), through the product's own paths: import, train, score, round,
answers through the API, close, a cycle with all four arms, and a fast-lane cycle on the same labels. Called by `feedback_effect`."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

from benchmarks import played
from benchmarks.play_main_job import say, web_server

if TYPE_CHECKING:
    from feedback.models import AnnotationRound
    from modeling.labels import Arm
    from modeling.models import Project, RetrainingCycle

ROUND_ITEMS, OVERLAP, ANNOTATORS = 350, 3, 6
QUICK_ROWS = 8
"""A trial keeps every eighth family, or an eighth of the real comments."""


def main() -> None:
    part, seed, work, data, quick = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]), sys.argv[5] == "quick"
    set_up()
    project, source = load(part, data, quick)
    train(project, seed)
    annotations = annotate(project, part, seed, data)
    middle, fast = (run_cycle(project, seed, lane) for lane in ("middle", "fast"))
    versions = {"champion": middle.champion, **{version.arm: version for version in middle.versions.all()}}
    arrays = played.keep_split("test", versions) | played.keep_split("gate", versions) | played.keep_swaps(versions)
    facts = {"verdict": str(middle.state), "fast_verdict": str(fast.state), "reasons": middle.decision["reasons"], "annotations": annotations}
    facts |= {"gate_n": middle.decision["n"], "fast_reasons": fast.decision["reasons"], "data": source}
    played.write(work / f"{part}-{seed}.npz", arrays, facts)


def set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "biasapp.settings")
    django.setup()
    import torch
    from django.core.management import call_command

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    call_command("migrate", verbosity=0)


def load(part: str, data: Path, quick: bool) -> tuple["Project", dict[str, Any]]:
    from django.conf import settings

    from biasapp.demonstration import SLUG, make_people, project_of_demonstration
    from modeling.models import Dataset, Project
    from modeling.pipeline.import_comments import import_comments

    if not Project.objects.filter(slug=SLUG).exists():
        make_people(say)
    project = project_of_demonstration()
    folder = Path(settings.VAR_DIR)
    files = [demonstration_file(folder, quick)] if part == "demo" else real_files(data, folder, quick)
    for path in files:
        dataset, _ = Dataset.objects.get_or_create(project=project, name=path.stem, defaults={"file_name": path.name, "made_up": part == "demo"})
        if dataset.state != "done":
            import_comments(dataset=dataset, path=path)
    rows = sum(project.datasets.values_list("row_count", flat=True))
    say(f"{rows:,} comments")
    return project, {"name": part, "files": [str(path) for path in files], "rows": rows}


def demonstration_file(folder: Path, quick: bool) -> Path:
    import csv

    from modeling.demonstration.recipe import HEADER, make_rows

    path = folder / "demonstration.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row for row in make_rows(seed=0) if not quick or (len(row["family"]) and hash_of(row["family"]) % QUICK_ROWS == 0))
    return path


def hash_of(family: str) -> int:
    import hashlib

    return hashlib.sha256(f"trial {family}".encode()).digest()[0]


def real_files(data: Path, folder: Path, quick: bool) -> list[Path]:
    from benchmarks.raters import write_sources

    return [path for path, _ in write_sources(data, folder, 1 / QUICK_ROWS if quick else 1.0).values()]


def train(project: "Project", seed: int) -> None:
    from modeling.config import TrainingConfig
    from modeling.pipeline.predict import score_comments
    from modeling.pipeline.train import train_first

    if project.champion is None:
        train_first(project=project, config=TrainingConfig(seed=seed))
        project.refresh_from_db()
    score_comments(version=project.champion)
    say(f"{project.champion} is trained and has scored")


def annotate(project: "Project", part: str, seed: int, data: Path) -> int:
    from benchmarks.raters import answer_round
    from feedback.management.api_client import ApiClient
    from feedback.models import Annotation
    from feedback.pipeline.close_round import close_round

    round_ = project.rounds.first() or open_round(project, part, seed)
    if round_.state == "open":
        with web_server(8200 + 20 * seed + (10 if part == "real" else 0)) as url:
            if part == "real":
                answer_round(round_, data, lambda token: ApiClient(url, token))
            else:
                command = [sys.executable, "manage.py", "simulate_annotators", "--project", project.slug, "--round", str(round_.number)]
                command += ["--annotators", str(ANNOTATORS), "--accuracy", ".85", "--bias-recall", ".8", "--seed", str(seed), "--url", url]
                subprocess.run(command, check=True)
        close_round(round=round_, start_cycle=False)
    count = Annotation.objects.filter(item__round=round_).count()
    say(f"{count} annotations")
    return count


def open_round(project: "Project", part: str, seed: int) -> "AnnotationRound":
    """The demonstration's as in the main job; of the real comments all that the raters rated, as far as a round shows them."""
    from modeling.labels import Split
    from modeling.models import Comment

    count = ROUND_ITEMS if part == "demo" else Comment.objects.of(project).in_split(Split.POOL).count()
    strategy = "bias_seeking" if part == "demo" else "random"
    return round_of(project, count, name="feedback effect", overlap=OVERLAP, strategy=strategy, seed=seed, simulated=part == "demo")


def round_of(project: "Project", count: int, **settings: Any) -> "AnnotationRound":
    """A round of `count` comments, or of nearly as many as there are left that nobody has judged."""
    from feedback.errors import NotEnoughCommentsError
    from feedback.pipeline.sample import open_round as step

    while True:
        try:
            return step(project=project, item_count=count, **settings)
        except NotEnoughCommentsError:
            if count <= 1:
                raise
            count -= max(1, count // 50)


def run_cycle(project: "Project", seed: int, lane: str) -> "RetrainingCycle":
    """The middle lane with all arms; the fast lane for its verdict alone. Neither is promoted, so both have the same champion."""
    from modeling.intake import request_cycle
    from modeling.labels import CYCLE_ARMS, Arm, Lane

    cycle = project.cycles.filter(lane=lane).first()
    if cycle is None:
        cycle = request_cycle(project=project, provenance="feedback effect", seed=seed, lane=Lane(lane), in_background=False)
    to_its_verdict(cycle, CYCLE_ARMS if lane == Lane.MIDDLE else (Arm.REAL,))
    say(f"{lane} lane: {cycle.state}")
    return cycle


def to_its_verdict(cycle: "RetrainingCycle", arms: "tuple[Arm, ...]") -> None:
    """One that was stopped goes on where it was: nobody else works in this installation."""
    from modeling.lifecycle import fail, retry
    from modeling.pipeline.run_cycle import run_cycle as step

    if cycle.state in cycle.RUNNING:
        fail(cycle, "The benchmark was stopped.")
    if cycle.state == cycle.State.FAILED:
        retry(cycle=cycle, in_background=False)
    if cycle.state == cycle.State.REQUESTED:
        step(cycle=cycle, arms=arms)


if __name__ == "__main__":
    main()
