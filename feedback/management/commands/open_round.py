"""Open a round of annotation: choose comments of the pool by the predictions of the model in use."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import FloatField

from feedback.errors import FeedbackError
from feedback.management.lookup import add_project, project_named
from feedback.models import AnnotationRound, Panel, SamplingStrategy
from feedback.pipeline.sample import open_round
from feedback.round_settings import MOST
from modeling.models import Project
from modeling.primary_measures import PRIMARY_MEASURES


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        add_project(parser)
        parser.add_argument("--name", required=True)
        parser.add_argument("--items", type=int, default=300, help="comments to show")
        parser.add_argument("--overlap", type=int, default=2, help="annotations wanted for each")
        parser.add_argument("--strategy", choices=SamplingStrategy.values, default=SamplingStrategy.BIAS_SEEKING)
        parser.add_argument("--random-share", type=float, default=0.25, help="share of them drawn uniformly, 0.1 to 1")
        parser.add_argument(
            "--primary-measure",
            choices=list(PRIMARY_MEASURES),
            default="",
            help="what the next candidate must gain on; without: the first that gate can tell of the model in use",
        )
        parser.add_argument("--panel", action="append", default=[], help="name of a panel that may answer; again for more; without: all")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--guidelines", default="")
        parser.add_argument("--deadline", type=date.fromisoformat, help="YYYY-MM-DD")
        for name, most in MOST.items():
            kept = AnnotationRound._meta.get_field(name)
            told = f"{kept.help_text} At most {most:g}."
            parser.add_argument(f"--{name.replace('_', '-')}", type=float if isinstance(kept, FloatField) else int, default=kept.default, help=told)

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_named(options["project"])
        try:
            round = open_round(
                project=project,
                name=options["name"],
                item_count=options["items"],
                overlap=options["overlap"],
                strategy=options["strategy"],
                random_share=options["random_share"],
                primary_measure=options["primary_measure"],
                panels=[_panel(project, name) for name in options["panel"]],
                seed=options["seed"],
                guidelines=options["guidelines"],
                deadline=options["deadline"],
                **{name: options[name] for name in MOST},
            )
        except FeedbackError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Round {round.number} is open: {round.item_count} comments x {round.overlap} annotations, "
            f"worth {round.effective_n:.0f} uniformly drawn ones for an estimate. A candidate must gain on {round.primary_measure}."
        )


def _panel(project: Project, name: str) -> Panel:
    panel = project.panels.filter(name=name).first()
    if panel is None:
        raise CommandError(f"Project {project.slug} has no panel {name!r}.")
    return panel
