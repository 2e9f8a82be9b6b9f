"""One seed of the main job in an installation of its own (BIASAPP_VAR), through the product's own paths. Called by `main_job`."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import numpy as np

if TYPE_CHECKING:
    from modeling.models import ModelVersion, Project, RetrainingCycle

ROUND_ITEMS, OVERLAP, ANNOTATORS = 350, 3, 6
REAL_FILES = ("hatexplain_val.csv", "davidson_tweets.csv")


def main() -> None:
    part, seed, work, data = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "biasapp.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    project, sources = load(part, data)
    plain, default = train(project, seed)
    annotations = annotate(project, seed)
    cycle = run_cycle(project, seed)
    arms = {"plain_ce": plain, "default_no_feedback": default}
    arms |= {"default_with_feedback" if v.arm == "real" else v.arm: v for v in cycle.versions.all()}
    keep(part, seed, work, arms, cycle, annotations, sources)


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def load(part: str, data: Path) -> tuple["Project", list[dict[str, Any]]]:
    from biasapp.demonstration import SLUG, make_people, project_of_demonstration
    from modeling.models import Dataset, Project
    from modeling.pipeline.import_comments import import_comments

    if not Project.objects.filter(slug=SLUG).exists():
        make_people(print)
    project = project_of_demonstration()
    files = [data / name for name in REAL_FILES] if part == "real" else [demonstration_file()]
    sources = []
    for path in files:
        dataset, _ = Dataset.objects.get_or_create(project=project, name=path.stem, defaults={"file_name": path.name, "made_up": part == "demo"})
        if dataset.state != "done":
            import_comments(dataset=dataset, path=path)
        dataset.refresh_from_db()
        sources.append({"name": part, "files": [str(file) for file in files], "rows": dataset.row_count})
    total = {"name": part, "files": [str(file) for file in files], "rows": sum(source["rows"] for source in sources)}
    say(f"{total['rows']:,} comments")
    return project, [total]


def demonstration_file() -> Path:
    from django.conf import settings

    from modeling.demonstration.recipe import write_csv

    path = Path(settings.VAR_DIR) / "demonstration.csv"
    write_csv(path, seed=0)
    return path


def train(project: "Project", seed: int) -> tuple["ModelVersion", "ModelVersion"]:
    """Plain cross-entropy and the default loss, same seed and steps; the default comes into use."""
    from modeling.config import TrainingConfig
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
    for version in (plain, default):
        score_comments(version=version)
    project.refresh_from_db()
    return plain, default


def annotate(project: "Project", seed: int) -> int:
    """One round, answered through HTTP by scripted annotators."""
    from feedback.models import Annotation
    from feedback.pipeline.close_round import close_round
    from feedback.pipeline.sample import open_round

    round_ = project.rounds.first() or open_round(
        project=project, name="main job", item_count=ROUND_ITEMS, overlap=OVERLAP, strategy="bias_seeking", seed=seed, simulated=True
    )
    if round_.state == "open":
        with web_server() as url:
            command = [sys.executable, "manage.py", "simulate_annotators", "--project", project.slug, "--round", str(round_.number)]
            command += ["--annotators", str(ANNOTATORS), "--accuracy", ".85", "--bias-recall", ".8", "--seed", str(seed), "--url", url]
            subprocess.run(command, check=True)
        close_round(round=round_, start_cycle=False)
    annotations = Annotation.objects.filter(item__round=round_).count()
    say(f"{annotations} annotations")
    return annotations


@contextmanager
def web_server(first_port: int = 8100) -> Iterator[str]:
    """Seeds that are played at once must not look for a free port from the same number on."""
    from biasapp.management.commands.serve import free_port, wait_until_it_answers

    port = free_port(first_port)
    granian = [str(Path(sys.executable).parent / "granian"), "--interface", "wsgi", "--workers", "1", "--blocking-threads", "1", "--no-ws"]
    server = subprocess.Popen([*granian, "--host", "127.0.0.1", "--port", str(port), "biasapp.wsgi:application"])
    try:
        if not wait_until_it_answers(f"http://127.0.0.1:{port}/"):
            raise RuntimeError("the web server did not answer")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def run_cycle(project: "Project", seed: int) -> "RetrainingCycle":
    from modeling.intake import request_cycle
    from modeling.labels import Arm
    from modeling.pipeline import run_cycle as step

    cycle = project.cycles.first() or request_cycle(project=project, provenance="main job", seed=seed, in_background=False)
    if cycle.state == "requested":
        started = time.monotonic()
        step.run_cycle(cycle=cycle, arms=(Arm.REAL,))
        say(f"cycle {cycle.state} after {time.monotonic() - started:.0f} s")
    for reason in cycle.decision["reasons"]:
        say(reason)
    return cycle


def keep(part: str, seed: int, work: Path, arms: dict, cycle: "RetrainingCycle", annotations: int, sources: list[dict[str, Any]]) -> None:
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
    arrays |= {f"member_{name}": member for name, member in scored.memberships.items()}
    facts = {"verdict": str(cycle.state), "reasons": cycle.decision["reasons"], "gate_n": cycle.decision["n"], "annotations": annotations}
    (work / f"{part}-{seed}.json").write_text(json.dumps({**facts, "data": sources}, indent=1))
    np.savez(work / f"{part}-{seed}.npz", **arrays)


if __name__ == "__main__":
    main()
