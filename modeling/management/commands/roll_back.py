"""Bring the version before the one in use back, or undo that."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from modeling.errors import ModelingError
from modeling.lifecycle import roll_back, undo_roll_back
from modeling.models import Project


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, help="slug of the project")
        parser.add_argument("--in-use", type=int, metavar="NUMBER", help="only if this version is in use; needed to go back a second time")
        parser.add_argument("--undo", action="store_true", help="bring the version back that the last roll-back took out of use")
        parser.add_argument("--reason", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        bring = undo_roll_back if options["undo"] else roll_back
        try:
            change = bring(project=Project.objects.get(slug=options["project"]), in_use=options["in_use"], reason=options["reason"])
        except Project.DoesNotExist:
            raise CommandError(f"There is no project {options['project']!r}.") from None
        except ModelingError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{change.version} is in use again (before: {change.previous}).")
