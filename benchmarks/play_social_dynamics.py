"""One part of `social_dynamics` in an installation of its own (BIASAPP_VAR), through the product's own paths; called by that benchmark.

`planted`: a word that says nothing is put into copies of train comments, which are high for it, and into copies of harmless comments of test and
audit. A version is trained with the copies of train, another one without them; a lead watches the word, and the worker's part is done for both.
`cycle`: the round is answered by scripted annotators and closed, a cycle runs on the middle lane, and the lead promotes its candidate, against the
gate where it is held.
"""

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.explanation_corpus import PLANTED_SHARE, SHORTCUT, with_shortcut
from benchmarks.installation import Task, demonstration_file, load, say, set_up, to_its_verdict
from modeling.labels import LOW_THRESHOLD, Split

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from modeling.models import Comment, ModelVersion, Project, VersionChange

HOLDING = 100
"""Harmless comments of test and audit that hold the word, of as many originals as there are."""

LEARNT = "planted"


def main() -> None:
    part, work, how = sys.argv[1:]
    task = Task(part, 0, Path(work), Path("."), how == "quick")
    set_up()
    from modeling.models import Project

    if Project.objects.filter(champion__isnull=False).exists():
        project = Project.objects.get()
    else:
        project, _ = load("demo", [demonstration_file(quick=task.quick)])
    facts = planted(project, task) if part == "planted" else promoted(project, task)
    rows = sum(project.datasets.exclude(name__in=(LEARNT, "holding")).values_list("row_count", flat=True))
    facts |= {"data": {"name": "demo", "files": [str(demonstration_file(quick=task.quick))], "rows": rows}}
    (task.work / f"{part}.json").write_text(json.dumps(facts, indent=1))


def planted(project: "Project", task: Task) -> dict[str, Any]:
    from django.contrib.auth.models import User

    from modeling.models import Comment, Dataset, VersionChange
    from modeling.pipeline.make_dynamics import make_dynamics
    from modeling.pipeline.watch_words import watch_word

    lead = User.objects.get(username="lead")
    plant(project)
    watch_word(project=project, word=SHORTCUT, by=lead)
    with_it = train(project, VersionChange.Kind.INSTALLED, lead)
    # The product has no way to take a data set back: what the first version learnt from is not there for the second.
    Comment.objects.filter(dataset__name=LEARNT).delete()
    Dataset.objects.filter(name=LEARNT).update(row_count=0)
    without = train(project, VersionChange.Kind.PROMOTED, lead)
    for version in (with_it, without):
        make_dynamics(version=version)
        say(f"the maps of {version} are read")
    called = {str(version): called_high(project, version) for version in (with_it, without)}
    return {**facts_of(project, project.version_changes.get(version=without)), "called_high": called}


def plant(project: "Project") -> None:
    """Two data sets in the form in which any other comes in."""
    from modeling.models import Comment

    rng = np.random.default_rng(0)
    train = list(Comment.objects.of(project).in_split(Split.TRAIN).labelled().order_by("text_hash"))
    chosen = [train[i] for i in rng.permutation(len(train))[: round(PLANTED_SHARE * len(train))]]
    _import(project, LEARNT, [(one, with_shortcut(one.text, rng), 1.0) for one in chosen])
    judged = Comment.objects.of(project).filter(split__in=(Split.TEST, Split.AUDIT), target__lt=LOW_THRESHOLD).order_by("text_hash")
    _import(project, "holding", [(one, with_shortcut(one.text, rng), one.target) for one in by_turns(judged)[:HOLDING]])


def by_turns(comments: "Any") -> "list[Comment]":
    """The first of each family, then the second of each."""
    seen: dict[str, int] = {}
    turns = [(seen.update({one.family: seen.get(one.family, 0) + 1}) or seen[one.family], place, one) for place, one in enumerate(comments)]
    return [one for *_, one in sorted(turns, key=lambda turn: turn[:2])]


def _import(project: "Project", name: str, rows: "list[tuple[Comment, str, float | None]]") -> None:
    from django.conf import settings

    from modeling.models import Dataset
    from modeling.pipeline.import_comments import import_comments

    path = Path(settings.VAR_DIR) / f"{name}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["id", "comment_text", "target", "toxicity_annotator_count", "family", "created_date"])
        out.writerows([f"{name}-{one.pk}", text, target, one.annotator_count or 10, one.family, one.created_date or ""] for one, text, target in rows)
    dataset, _ = Dataset.objects.get_or_create(project=project, name=name, defaults={"file_name": path.name, "made_up": True})
    if dataset.state != "done":
        import_comments(dataset=dataset, path=path)
    say(f"{name}: {len(rows)} comments")


def train(project: "Project", kind: str, lead: "User") -> "ModelVersion":
    """Plain cross-entropy on the full lane: what is looked at is what labels teach, and not what the other terms do against it."""
    from django.db import transaction

    from modeling.config import TrainingConfig
    from modeling.lifecycle import put_into_use
    from modeling.pipeline.train import train_first

    config = TrainingConfig(pairing_weight=0.0, statements=0, max_tokens=96)
    version = train_first(project=project, config=config, install=False)
    if version is None:
        raise RuntimeError("one process trains, so it keeps the version")
    with transaction.atomic():
        put_into_use(project=project, version=version, kind=kind, by=lead)
    say(f"{version} is trained")
    return version


def called_high(project: "Project", version: "ModelVersion") -> dict[str, int]:
    """Of the harmless comments that hold the word."""
    from modeling.models import Comment
    from modeling.pipeline.versions import load_scorer

    texts = list(Comment.objects.of(project).filter(dataset__name="holding").order_by("pk").values_list("text", flat=True))
    levels = load_scorer(version).predict_proba(texts).argmax(axis=1)
    return {"high": int((levels == 2).sum()), "n": len(texts)}


def promoted(project: "Project", task: Task) -> dict[str, Any]:
    from django.contrib.auth.models import User

    from benchmarks import play_feedback_effect as played
    from modeling.intake import request_cycle
    from modeling.labels import Arm, Lane
    from modeling.lifecycle import promote
    from modeling.pipeline.make_dynamics import make_dynamics

    played.train(project, task.seed)
    annotations = played.annotate(project, task)
    cycle = project.cycles.first() or request_cycle(project=project, provenance="social dynamics", lane=Lane.MIDDLE, in_background=False)
    to_its_verdict(cycle, (Arm.REAL,))
    verdict, reasons = str(cycle.state), cycle.decision["reasons"]
    say(f"the cycle is {verdict}: {reasons}")
    before = project.champion
    why = "" if verdict == "eligible" else "For the benchmark of social dynamics, which looks at what the labels did, whatever the gate says."
    change = promote(cycle=cycle, by=User.objects.get(username="lead"), reason=why)
    for version in (before, change.version):
        make_dynamics(version=version)
        say(f"the maps of {version} are read")
    return {**facts_of(project, change), "verdict": verdict, "reasons": reasons, "promoted_by_override": bool(why), "annotations": annotations}


def facts_of(project: "Project", change: "VersionChange") -> dict[str, Any]:
    """The stored summaries, as the page reads them."""
    from modeling.models import ShareChange, ShareSummary

    versions = {change.previous_id: "before", change.version_id: "after"}
    shares = ("version_id", "engine", "subject", "share", "low", "high", "chance", "chance_low", "chance_high", "n", "families")
    stored = ShareSummary.objects.filter(version__in=versions, cut="all").values(*shares)
    changes = ("engine", "subject", "before", "after", "difference", "low", "high", "n", "families")
    return {
        "shares": [{**row, "when": versions[row.pop("version_id")]} for row in stored],
        "changes": list(ShareChange.objects.filter(change=change).values(*changes)),
    }


if __name__ == "__main__":
    main()
