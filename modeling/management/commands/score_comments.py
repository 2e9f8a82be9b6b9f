"""Score and measure a project's comments with a version: a scoring run that waits (--id), or the champion of a project."""

import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from modeling.errors import LostClaimError
from modeling.lifecycle import Beat, claim, fail, finish
from modeling.models import ModelVersion, Project, ScoringRun, WorkState
from modeling.pipeline.evaluate import evaluate_in_use
from modeling.pipeline.fill_matrix import fill_matrix
from modeling.pipeline.predict import score_comments
from modeling.pipeline.signals import store_signals

logger = logging.getLogger(__name__)

SCORED = 0.7
"""Where scoring ends on the progress bar."""


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--id", type=int, help="a scoring run that waits")
        which.add_argument("--project", help="slug: score with the version in use")

    def handle(self, *args: Any, **options: Any) -> None:
        run = self._run(options)
        try:
            claim(run, running=WorkState.RUNNING)
        except LostClaimError as error:
            # No failure: the queue delivers at least once, so a second delivery finds the work taken.
            self.stdout.write(str(error))
            return
        beat = Beat(run)

        def look(done: int, total: int) -> None:
            beat(stage="looking for signs of bias", progress=SCORED + (1 - SCORED) * done / total, message=f"{done:,} of {total:,} comments")

        def report(done: int, total: int) -> None:
            beat(stage="scoring", progress=SCORED * done / total, message=f"{done:,} of {total:,} comments")
            self.stdout.write(f"\rscoring: {done:,} of {total:,} comments ", ending="")
            self.stdout.flush()

        try:
            with beat:
                beat(stage="scoring", progress=0, force=True)
                added = score_comments(version=run.version, on_progress=report)
                beat(stage="measuring", progress=SCORED, force=True)
                evaluate_in_use(version=run.version)
                store_signals(version=run.version, on_progress=look)
        except BaseException as error:
            fail(run, f"{type(error).__name__}: {error}")
            raise
        finish(run)
        self.stdout.write(f"\n{added:,} comments scored with {run.version}.")
        self._fill(run.version)

    def _fill(self, version: ModelVersion) -> None:
        """After the run's own end: what comes over earlier versions, or the time limit, leaves the run of this one done."""
        try:
            fill_matrix(version=version)
        except Exception:
            logger.exception("earlier versions have not read what %s has read", version)

    def _run(self, options: dict[str, Any]) -> ScoringRun:
        if options["id"]:
            return ScoringRun.objects.get(pk=options["id"])
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None or project.champion is None:
            raise CommandError("There is no such project, or it has no model in use yet.")
        return ScoringRun.objects.create(version=project.champion)
