"""Make, measure and keep one map of one prediction (the worker does so for slow engines, and when the model server is away)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from modeling.errors import NoSuchMapError
from modeling.map_engines import DEFAULT_MAP, MapKey
from modeling.models import Prediction
from modeling.pipeline.explain import keep
from modeling.pipeline.versions import load_classifier, load_scorer


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("prediction", type=int)
        parser.add_argument("--map", default=DEFAULT_MAP.stored_as, help="An engine, or attention.LAYER.HEAD. Default: %(default)s.")

    def handle(self, *args: Any, **options: Any) -> None:
        prediction = Prediction.objects.select_related("version", "comment").get(pk=options["prediction"])
        try:
            key = MapKey.of(options["map"])
        except ValueError as error:
            raise CommandError(f"There is no map {options['map']!r}: {error}") from error
        stored = prediction.explanations.filter(engine=key.stored_as).first()
        # The page asks again while it waits, so the queue may hold the same job twice.
        if stored is None or not stored.is_measured:
            _make(prediction, key)


def _make(prediction: Prediction, key: MapKey) -> None:
    from modeling.ml.attribution import attribute
    from modeling.ml.faithfulness import measure

    scorer, text = load_scorer(prediction.version), prediction.comment.text
    try:
        found = attribute(key, text, scorer, lambda: load_classifier(prediction.version))
    except NoSuchMapError as error:
        raise CommandError(str(error)) from error
    figures = measure(scorer.predict_proba, text, found, key.engine)
    delta = {} if found.convergence_delta is None else {"convergence_delta": found.convergence_delta, "difference": found.difference}
    keep(prediction, key, {"spans": [list(span) for span in found.spans], "faithfulness": figures and figures.as_dict(), **delta})
