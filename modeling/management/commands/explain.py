"""Make and keep the explanation of one prediction (the worker does so when the model server is away)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from modeling.models import Prediction
from modeling.pipeline.explain import keep
from modeling.pipeline.versions import load_scorer


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prediction", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        from modeling.ml.attribution import occlusion

        prediction = Prediction.objects.select_related("version", "comment").get(pk=options["prediction"])
        spans = occlusion(load_scorer(prediction.version), prediction.comment.text)
        keep(prediction, [list(span) for span in spans])
