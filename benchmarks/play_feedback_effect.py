"""One seed of `feedback_effect` in an installation of its own (BIASAPP_VAR), through the product's own paths: import, train, score, round,
answers through the API, close, a cycle with all four arms, and a fast-lane cycle on the same labels. Called by `feedback_effect`."""

from pathlib import Path
from typing import TYPE_CHECKING

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
    web_server,
)

if TYPE_CHECKING:
    from feedback.models import AnnotationRound
    from modeling.models import Project, RetrainingCycle

ROUND_ITEMS, OVERLAP, ANNOTATORS = 350, 3, 6


def main() -> None:
    task = read_task()
    set_up()
    project, source = load(task.part, [demonstration_file(quick=task.quick)] if task.part == "demo" else real_files(task))
    train(project, task.seed)
    annotations = annotate(project, task)
    middle, fast = (run_cycle(project, task.seed, lane) for lane in ("middle", "fast"))
    versions = {"champion": middle.champion, **{version.arm: version for version in middle.versions.all()}}
    arrays = played.keep_split("test", versions) | played.keep_split("gate", versions) | played.keep_swaps(versions)
    facts = {"verdict": str(middle.state), "fast_verdict": str(fast.state), "reasons": middle.decision["reasons"], "annotations": annotations}
    facts |= {"gate_n": middle.decision["n"], "fast_reasons": fast.decision["reasons"], "data": source}
    played.write(task.path, arrays, facts)


def real_files(task: Task) -> list[Path]:
    from django.conf import settings

    from benchmarks.raters import write_sources

    return [path for path, _ in write_sources(task.data, Path(settings.VAR_DIR), 1 / QUICK_ROWS if task.quick else 1.0).values()]


def train(project: "Project", seed: int) -> None:
    from modeling.config import TrainingConfig
    from modeling.labels import Split
    from modeling.pipeline.evaluate import evaluate_version
    from modeling.pipeline.predict import score_comments
    from modeling.pipeline.train import train_first

    if project.champion is None:
        train_first(project=project, config=TrainingConfig(seed=seed))
        project.refresh_from_db()
    score_comments(version=project.champion)
    # A round that names no measure asks what gate can tell.
    evaluate_version(version=project.champion, split=Split.GATE)
    say(f"{project.champion} is trained and has scored")


def annotate(project: "Project", task: Task) -> int:
    from benchmarks.raters import answer_round
    from feedback.management.api_client import ApiClient
    from feedback.models import Annotation
    from feedback.pipeline.close_round import close_round

    round_ = round_left(project) or open_round(project, task)
    if round_.state == "open":
        first_port = 8200 + 20 * task.seed
        if task.part == "real":
            with web_server(first_port + 10) as url:
                answer_round(round_, task.data, lambda token: ApiClient(url, token))
        else:
            let_scripts_answer(round_, annotators=ANNOTATORS, seed=task.seed, first_port=first_port)
        close_round(round=round_, start_cycle=False)
    count = Annotation.objects.filter(item__round=round_).count()
    say(f"{count} annotations")
    return count


def open_round(project: "Project", task: Task) -> "AnnotationRound":
    """The demonstration's as in the main job; of the real comments all that the raters rated, as far as a round shows them."""
    from modeling.labels import Split
    from modeling.models import Comment

    is_made_up = task.part == "demo"
    count = ROUND_ITEMS if is_made_up else Comment.objects.of(project).in_split(Split.POOL).count()
    settings = {"overlap": OVERLAP, "strategy": "bias_seeking" if is_made_up else "random", "primary_measure": task.primary_measure}
    return round_of(project, count, name="feedback effect", seed=task.seed, simulated=is_made_up, **settings)


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


if __name__ == "__main__":
    main()
