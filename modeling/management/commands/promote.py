"""Bring a cycle's candidate into use; a held one needs --reason."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from modeling.errors import ModelingError
from modeling.lifecycle import promote
from modeling.models import RetrainingCycle


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, help="slug of the project")
        parser.add_argument("--cycle", type=int, required=True, help="number of the cycle")
        parser.add_argument("--reason", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            cycle = RetrainingCycle.objects.get(project__slug=options["project"], number=options["cycle"])
            change = promote(cycle=cycle, reason=options["reason"])
        except RetrainingCycle.DoesNotExist:
            raise CommandError("There is no such cycle.") from None
        except ModelingError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{change.version} is in use now (before: {change.previous}).")
