"""Say which answers of an open round are known beforehand, from a CSV file with the columns `id` (the data set's) and `level`, an empty one
to take back what was said, and `dataset` (its name) where several data sets of the round share an id."""

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from feedback.errors import FeedbackError
from feedback.management.lookup import add_project, add_round, project_named, round_numbered
from feedback.models import AnnotationItem, AnnotationRound
from feedback.pipeline.plan_joining import set_known_answers

Places = dict[str, dict[str, int]]


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        add_project(parser)
        add_round(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        round = round_numbered(project_named(options["project"]), options["round"])
        places = _places(round)
        try:
            with options["file"].open(newline="") as lines:
                levels = {_comment(row, places): row["level"] for row in csv.DictReader(lines)}
            set_known_answers(round=round, levels=levels)
        except KeyError as error:
            raise CommandError(f"Round {round.number} has no comment {error}, or the file lacks the columns id and level.") from error
        except (OSError, FeedbackError) as error:
            raise CommandError(str(error)) from error
        taken_back = list(levels.values()).count("")
        self.stdout.write(f"{len(levels) - taken_back} answers of round {round.number} are known now. Annotators do not see them.")
        if taken_back:
            self.stdout.write(f"{taken_back} were taken back.")


def _places(round: AnnotationRound) -> Places:
    """The data set's id -> name of the data set -> comment of the round: an id is unique within its data set only."""
    places: Places = defaultdict(dict)
    for external_id, dataset, comment in AnnotationItem.objects.filter(round=round).values_list(
        "comment__external_id", "comment__dataset__name", "comment_id"
    ):
        places[external_id][dataset] = comment
    return dict(places)


def _comment(row: dict[str, str], places: Places) -> int:
    found = places[row["id"]]
    if dataset := row.get("dataset"):
        return found[dataset]
    if len(found) > 1:
        raise CommandError(f"The id {row['id']} stands for comments of several data sets: {', '.join(sorted(found))}. Name one in a column dataset.")
    return next(iter(found.values()))
