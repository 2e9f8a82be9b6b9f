"""Explanations made before anybody waits for them: a door for whoever shows predictions. Those of the model server, and nobody else's."""

from collections.abc import Iterable

from modeling.models import Prediction
from modeling.pipeline.explain import ENGINE, ask_server, explain_by_server

__all__ = ["ENGINE", "ModelServerAwayError", "explain_now"]


class ModelServerAwayError(Exception):
    """It does not answer at all; later it may."""


def explain_now(prediction_ids: Iterable[int]) -> int:
    """Have each of these explained, one after the other, and kept. Returns how many were; what the server refuses is left out.

    Raises:
        ModelServerAwayError: what was explained before is kept.
    """
    related = Prediction.objects.select_related("comment", "version").defer("version__loss_steps", "version__manifest")
    wanted = list(prediction_ids)
    known = related.in_bulk(wanted)
    return sum(_explain(known[pk]) for pk in wanted if pk in known)


def _explain(prediction: Prediction) -> bool:
    try:
        explain_by_server(prediction)
    except OSError:
        _require_alive()
        return False
    return True


def _require_alive() -> None:
    try:
        ask_server({"op": "ping"})
    except OSError as error:
        raise ModelServerAwayError(str(error)) from error
