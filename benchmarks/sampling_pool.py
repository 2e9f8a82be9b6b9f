"""The pool that `sampling` replays: what the demonstration's first model says of every comment it was not trained on. Called by `sampling`.

In an installation of its own (BIASAPP_VAR) and through the product's own paths: import, first training, scoring, signals, reading of
the pool. Every split but train is put into the pool first, which is then twice as large: after thinning to 8 % there must be
far more than 50 biases left to find.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import django
import numpy as np

from benchmarks.play_main_job import load, say

if TYPE_CHECKING:
    from feedback.pipeline.read_pool import Reading
    from modeling.models import ModelVersion, Project

MOST_OF_A_TRIAL = 400


def main() -> None:
    target, quick = Path(sys.argv[1]), "--quick" in sys.argv
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "biasapp.settings")
    django.setup()
    from django.core.management import call_command

    from feedback.pipeline.read_pool import read_pool

    call_command("migrate", verbosity=0)
    project, _ = load("demo", Path())
    version = first_model(project, quick)
    judge_everything(version, quick)
    reading = read_pool(project=project, version=version)
    np.savez(target, **arrays(reading))
    say(f"{len(reading.pool):,} comments kept")


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
    from modeling.labels import Split
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


def arrays(reading: "Reading") -> dict[str, np.ndarray]:
    """The pool as sampling sees it; apart from it, named `truth_*`, what only the replay may look at."""
    from modeling.demonstration.plant import PLANTED_CUES, PLANTED_SUBGROUPS
    from modeling.labels import LEVELS, Level
    from modeling.models import Comment

    pool = reading.pool
    levels = dict(Comment.objects.filter(pk__in=reading.comment_ids.tolist()).values_list("pk", "level"))
    level = np.array([LEVELS.index(Level(levels[pk])) for pk in reading.comment_ids.tolist()])
    planted = np.any([pool.mentions[name] for name in (*PLANTED_SUBGROUPS, *PLANTED_CUES) if name in pool.mentions], axis=0)
    known = {name: getattr(pool, name) for name in ("p", "flagged", "family", "copies", "disagreement", "flips", "place")}
    return {
        **known,
        **{f"mention_{name}": members for name, members in pool.mentions.items()},
        "truth_level": level,
        "truth_bias": planted & (level == 0) & pool.flagged,
    }


if __name__ == "__main__":
    main()
