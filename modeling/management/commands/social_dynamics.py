"""Read how much of a version's maps lies on words that name a subgroup: a run that waits (--id), or a version of a project, at one go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from modeling.errors import LostClaimError, NoSuchMapError
from modeling.lifecycle import enqueue_dynamics
from modeling.models import DynamicsRun, ModelVersion, Project
from modeling.pipeline.make_dynamics import make_dynamics, run_dynamics


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--id", type=int, help="a run that waits")
        which.add_argument("--project", help="slug")
        parser.add_argument("--number", type=int, help="of a version; without it the one in use")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["id"]:
            self._slice(DynamicsRun.objects.select_related("version__project").get(pk=options["id"]))
            return
        version = self._version(options["project"], options["number"])
        try:
            make_dynamics(version=version, on_progress=self._show)
        except NoSuchMapError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"\nSocial dynamics of {version} are read.")

    def _slice(self, run: DynamicsRun) -> None:
        try:
            if not run_dynamics(run=run):
                enqueue_dynamics(run)
        except LostClaimError as error:
            # No failure: the queue delivers at least once, so a second delivery finds the work taken.
            self.stdout.write(str(error))

    def _version(self, slug: str, number: int | None) -> ModelVersion:
        project = Project.objects.select_related("champion__project").filter(slug=slug).first()
        version = project and (project.versions.filter(number=number).first() if number else project.champion)
        if not version:
            raise CommandError("There is no such project, or it has no such version.")
        return version

    def _show(self, done: int, total: int) -> None:
        self.stdout.write(f"\rreading maps: {done:,} of {total:,} comments ", ending="")
        self.stdout.flush()
