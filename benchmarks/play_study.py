"""One seed of `study` in an installation of its own (BIASAPP_VAR): the product's own `run_study`, and what its versions say of the reserve.

PART is `demo-LANE-COMMENTS` or `real-LANE-COMMENTS`: the demonstration's generator, or all labelled real comments, deduplicated, in one file.
The data's seed is one for all seeds: they are judged on the same comments.
"""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import played
from benchmarks.ablation_corpus import Corpus, load_corpus
from benchmarks.installation import Task, demonstration_file, read_task, say, set_up
from benchmarks.six_cycles import RESERVE

if TYPE_CHECKING:
    from modeling.models import Project, RetrainingCycle

MONTHS, QUICK_MONTHS = 6, 2
REAL_FILE = "real.csv"
DATA_SEED = 0
"""That of `demonstration_file`, so that the file which a result describes holds what `run_study` makes."""


def main() -> None:
    task = read_task()
    set_up()
    from django.conf import settings
    from django.core.management import call_command

    from modeling.models import Project

    data = task.part.split("-")[0]
    source = demonstration_file(quick=False) if data == "demo" else write_real(task.data, Path(settings.VAR_DIR))
    call_command("run_study", **options_of(task), **({} if data == "demo" else {"data": source}))
    project = Project.objects.get(slug=f"study-{task.seed}")
    facts = facts_of(project)
    say(f"{len(facts['cycles'])} cycles; now all versions on the reserve")
    versions = {f"v{version.number}": version for version in project.versions.all()}
    arrays = {name: array for split in RESERVE for name, array in played.keep_split(split, versions).items()}
    rows = sum(project.datasets.values_list("row_count", flat=True))
    played.write(task.path, arrays, {"data": {"name": data, "files": [str(source)], "rows": rows}, **facts})


def options_of(task: Task) -> dict[str, Any]:
    _, lane, comments = task.part.split("-")
    months = QUICK_MONTHS if task.quick else MONTHS
    return {"months": months, "comments_per_month": int(comments), "lane": lane, "seed": task.seed, "data_seed": DATA_SEED}


def write_real(data: Path, to: Path) -> Path:
    path = to / REAL_FILE
    write_corpus(load_corpus(data), path)
    return path


def write_corpus(corpus: Corpus, path: Path) -> None:
    """One file in the import's header, without dates: these comments have none."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "comment_text", "target", "toxicity_annotator_count"])
        for digest, text, target, votes in zip(corpus.hashes, corpus.texts, corpus.target, corpus.votes, strict=True):
            writer.writerow([digest, text, target, int(votes) or ""])


def facts_of(project: "Project") -> dict[str, Any]:
    """Numbers of versions: `first`, and of each cycle its arms and the one in use after it."""
    cycles = list(project.cycles.select_related("champion", "candidate").order_by("number"))
    return {"first": project.versions.get(arm="initial").number, "cycles": [_cycle_facts(cycle) for cycle in cycles]}


def _cycle_facts(cycle: "RetrainingCycle") -> dict[str, Any]:
    in_use = cycle.candidate if cycle.state == cycle.State.PROMOTED and cycle.candidate else cycle.champion
    arms = {version.arm: version.number for version in cycle.versions.all()}
    labels = sum(batch.labels.count() for batch in cycle.batches.all())
    return {"arms": arms, "in_use": in_use.number, "state": cycle.state, "labels": labels, "reasons": cycle.decision.get("reasons", [])}


if __name__ == "__main__":
    main()
