"""Say which answers of an open round are known beforehand, from a CSV file with the columns `id` (the data set's) and `level`."""

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from feedback.errors import FeedbackError
from feedback.management.lookup import add_project, add_round, project_named, round_numbered
from feedback.models import AnnotationItem
from feedback.pipeline.plan_joining import set_known_answers


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        add_project(parser)
        add_round(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        round = round_numbered(project_named(options["project"]), options["round"])
        comments = dict(AnnotationItem.objects.filter(round=round).values_list("comment__external_id", "comment_id"))
        try:
            with options["file"].open(newline="") as lines:
                levels = {comments[row["id"]]: row["level"] for row in csv.DictReader(lines)}
            count = set_known_answers(round=round, levels=levels)
        except KeyError as error:
            raise CommandError(f"Round {round.number} has no comment {error}, or the file lacks the columns id and level.") from error
        except (OSError, FeedbackError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count} answers of round {round.number} are known now. Annotators do not see them.")
