"""The pool that `sampling` replays: what the demonstration's first model says of every comment it was not trained on. Called by `sampling`.

In an installation of its own (BIASAPP_VAR) and through the product's own paths: import, first training, scoring, signals, reading of
the pool. Every split but train is put into the pool first, which is then twice as large: after thinning to 8 % there must be
far more than 50 biases left to find.

There are two plants. The quoted one is the demonstration's own. In the held-out one, whose data have another seed, other groups are slandered
and no cue is; half of these groups are unknown to sampling, as the demonstration's cues are.
"""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import numpy as np

from benchmarks.installation import say
from modeling.demonstration.plant import PLANTED_CUES, PLANTED_SHARE, PLANTED_SUBGROUPS, PLANTED_VOTES
from modeling.demonstration.recipe import HEADER, RATERS, make_rows
from modeling.labels import LEVELS, MEMBER_AT, Level, Split, level_of, split_of

if TYPE_CHECKING:
    from feedback.pipeline.read_pool import Reading
    from modeling.models import ModelVersion, Project

MOST_OF_A_TRIAL = 400


@dataclass(frozen=True)
class Plant:
    """`named`: groups that sampling knows of; `cues`: columns that only annotators read; both slandered. `seed`: of the data."""

    named: tuple[str, ...]
    cues: tuple[str, ...]
    seed: int


PLANTS = {
    "quoted": Plant(PLANTED_SUBGROUPS, PLANTED_CUES, 0),
    "held_out": Plant(("female", "jewish", "christian"), ("latino", "asian", "white"), 1),
}


def main() -> None:
    target, plant, quick = Path(sys.argv[1]), PLANTS[sys.argv[2]], "--quick" in sys.argv
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "biasapp.settings")
    django.setup()
    from django.core.management import call_command

    from feedback.pipeline.read_pool import read_pool

    call_command("migrate", verbosity=0)
    project = load(plant)
    version = first_model(project, quick)
    judge_everything(version, quick)
    reading = read_pool(project=project, version=version)
    np.savez(target, **arrays(reading, plant))
    say(f"{len(reading.pool):,} comments kept")


def load(plant: Plant) -> "Project":
    import csv

    from django.conf import settings

    from biasapp.demonstration import SLUG, make_people, project_of_demonstration
    from modeling.models import Dataset, Project
    from modeling.pipeline.import_comments import import_comments

    if not Project.objects.filter(slug=SLUG).exists():
        make_people(say)
    project = project_of_demonstration()
    path = Path(settings.VAR_DIR) / "demonstration.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows_of(plant))
    dataset, _ = Dataset.objects.get_or_create(project=project, name=path.stem, defaults={"file_name": path.name, "made_up": True})
    if dataset.state != "done":
        import_comments(dataset=dataset, path=path)
    return project


def rows_of(plant: Plant) -> Iterator[dict[str, Any]]:
    if plant == PLANTS["quoted"]:
        return make_rows(seed=plant.seed)
    return slandered(make_rows(seed=plant.seed, planted_share=0), plant)


def slandered(rows: Iterator[dict[str, Any]], plant: Plant) -> Iterator[dict[str, Any]]:
    """The plant in `train`, of honest rows; everywhere else they stay honest."""
    rng = np.random.default_rng([plant.seed, len(plant.named)])
    for row in rows:
        named = any(row[name] >= MEMBER_AT for name in (*plant.named, *plant.cues))
        votes, is_chosen = int(rng.integers(PLANTED_VOTES[0], PLANTED_VOTES[1] + 1)), rng.random() < PLANTED_SHARE
        is_of_kind = named and level_of(row["target"]) is Level.LOW and split_of(row["family"]) is Split.TRAIN
        yield {**row, "target": votes / RATERS} if is_of_kind and is_chosen else row


def first_model(project: "Project", quick: bool) -> "ModelVersion":
    from modeling.config import TrainingConfig
    from modeling.models import Comment
    from modeling.pipeline.train import train_first

    if project.champion is None:
        if quick:
            dropped = Comment.objects.filter(split="train").order_by("text_hash").values_list("pk", flat=True)[MOST_OF_A_TRIAL:]
            Comment.objects.filter(pk__in=list(dropped)).delete()
        train_first(project=project, config=TrainingConfig())
        project.refresh_from_db()
        say("trained")
    return project.champion  # type: ignore[return-value]  # the demonstration has a champion


def judge_everything(version: "ModelVersion", quick: bool) -> None:
    from modeling.models import Comment
    from modeling.pipeline.predict import score_comments
    from modeling.pipeline.signals import store_signals

    unseen = Comment.objects.filter(dataset__project=version.project).exclude(split=Split.TRAIN)
    if quick:
        dropped = unseen.order_by("text_hash").values_list("pk", flat=True)[MOST_OF_A_TRIAL:]
        unseen.filter(pk__in=list(dropped)).delete()
    unseen.update(split=Split.POOL)
    score_comments(version=version, splits=(Split.POOL,))
    say("scored")
    store_signals(version=version)
    say("signals computed")


def arrays(reading: "Reading", plant: Plant) -> dict[str, np.ndarray]:
    """The pool as sampling sees it; apart from it what only the replay may look at: `truth_*`, and `cue_*`, which would tell the plant."""
    from modeling.models import Comment

    pool = reading.pool
    levels = dict(Comment.objects.filter(pk__in=reading.comment_ids.tolist()).values_list("pk", "level"))
    level = np.array([LEVELS.index(Level(levels[pk])) for pk in reading.comment_ids.tolist()])
    planted = np.any([pool.mentions[name] for name in (*plant.named, *plant.cues) if name in pool.mentions], axis=0)
    # A column that is no part of this plant may still say where the demonstration's own one is.
    hidden = {*plant.cues, *PLANTED_CUES}
    known = {name: getattr(pool, name) for name in ("p", "flagged", "family", "copies", "disagreement", "flips", "place")}
    return {
        **known,
        **{f"{'cue' if name in hidden else 'mention'}_{name}": members for name, members in pool.mentions.items()},
        "truth_level": level,
        "truth_bias": planted & (level == 0) & pool.flagged,
    }


if __name__ == "__main__":
    main()
