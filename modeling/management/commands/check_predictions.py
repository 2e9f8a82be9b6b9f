"""Score again from a version's weights and compare with what is stored, exactly. Without --number: the version in use."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from modeling.errors import ModelingError
from modeling.models import ModelVersion, Project
from modeling.pipeline.rescore import rescore


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, help="slug of the project")
        parser.add_argument("--number", type=int, help="another version of the project")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = rescore(version=self._version(options))
        except ModelingError as error:
            raise CommandError(str(error)) from error
        if not found.is_identical:
            raise CommandError(
                f"{found.differing:,} of {found.n:,} stored predictions of {found.version} are not what its weights give, by "
                f"{found.largest:.2g} at most. "
                "Rows were changed, or another library or processor scores now than then."
            )
        self.stdout.write(f"{found.n:,} predictions of {found.version}, scored again from its weights by {found.engine}: all as they are stored.")

    def _version(self, options: dict[str, Any]) -> ModelVersion:
        project = Project.objects.filter(slug=options["project"]).first()
        version = project and (project.versions.filter(number=options["number"]).first() if options["number"] else project.champion)
        if version is None:
            raise CommandError("There is no such project or version, or no model is in use yet.")
        return version
