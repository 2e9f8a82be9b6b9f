"""Sum up what people did in each round and month, for the page "What people do, over time". The queue does it by itself."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from feedback.management.lookup import project_named
from feedback.pipeline.summarise_rounds import summarise_rounds


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", help="slug of the project; without: all of them")
        parser.add_argument("--anew", action="store_true", help="also rounds whose figures are up to date")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_named(options["project"]) if options["project"] else None
        count = summarise_rounds(project=project, anew=options["anew"])
        self.stdout.write(f"{count} round was summed up." if count == 1 else f"{count} rounds were summed up.")
