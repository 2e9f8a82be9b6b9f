"""Say which answers of an open round are known beforehand, from a CSV file with the columns `id` (the data set's) and `level`, an empty one
to take back what was said, and `dataset` (its name) where several data sets share an id. Other comments of the pool come into the round as known
answers only."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from feedback.errors import FeedbackError
from feedback.known_answers import read_known_answers
from feedback.management.lookup import add_project, add_round, project_named, round_numbered
from feedback.pipeline.plan_joining import set_known_answers


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        add_project(parser)
        add_round(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        round = round_numbered(project_named(options["project"]), options["round"])
        try:
            with options["file"].open(newline="") as lines:
                levels = read_known_answers(round, lines)
            set_known_answers(round=round, levels=levels)
        except (OSError, FeedbackError) as error:
            raise CommandError(str(error)) from error
        taken_back = list(levels.values()).count("")
        self.stdout.write(f"{len(levels) - taken_back} answers of round {round.number} are known now. Annotators do not see them.")
        if taken_back:
            self.stdout.write(f"{taken_back} were taken back.")
