"""Close a round: aggregate its answers, freeze the labels, request the retraining cycle."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from feedback.errors import FeedbackError
from feedback.management.lookup import add_project, add_round, project_named, round_numbered
from feedback.models import AnnotationRound
from feedback.pipeline.close_round import close_round


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        add_project(parser)
        add_round(parser)
        parser.add_argument("--no-cycle", action="store_true", help="hand the labels in, but start no cycle")

    def handle(self, *args: Any, **options: Any) -> None:
        round = round_numbered(project_named(options["project"]), options["round"])
        try:
            round = close_round(round=round, start_cycle=not options["no_cycle"])
        except FeedbackError as error:
            raise CommandError(str(error)) from error
        if round.kind == AnnotationRound.Kind.GATE:
            again = f"Cycle {round.judges.number} is judged again." if round.cycle else f"Cycle {round.judges.number} was not judged again."
            self.stdout.write(f"Round {round.number} is closed: experts’ labels judge from now on. {again}")
            return
        labels = round.batch.labels.count() if round.batch else 0
        after = f"Cycle {round.cycle.number} waits in the queue." if round.cycle else "No cycle was started; the next one will use them."
        self.stdout.write(f"Round {round.number} is closed: {labels} labels handed in. {after}")
