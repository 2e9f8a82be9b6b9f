"""Explanations made before anybody waits for them: a door for whoever shows predictions. Those of the model server, and nobody else's."""

from collections.abc import Iterable

from modeling.errors import NoSuchMapError
from modeling.map_engines import DEFAULT_MAP
from modeling.models import Prediction
from modeling.pipeline.explain import MEASURING_SECONDS, TIMEOUT_SECONDS, ask_server, explain_by_server

__all__ = ["ENGINE", "ModelServerAwayError", "explain_now"]

ENGINE = DEFAULT_MAP.stored_as
"""Whose maps are shown unless another is asked for."""


class ModelServerAwayError(Exception):
    """It does not answer at all; later it may."""


def explain_now(prediction_ids: Iterable[int], *, measured: bool = False) -> int:
    """Have each of these explained, one after the other, and kept. Returns how many were; what the server refuses is left out.
    `measured`: with what each map is worth against chance, which takes ten times as long.

    Raises:
        ModelServerAwayError: what was explained before is kept.
    """
    related = Prediction.objects.select_related("comment", "version").defer("version__loss_steps", "version__manifest")
    wanted = list(prediction_ids)
    known = related.in_bulk(wanted)
    return sum(_explain(known[pk], measured) for pk in wanted if pk in known)


def _explain(prediction: Prediction, measured: bool) -> bool:
    try:
        explain_by_server(prediction, measured=measured, timeout=MEASURING_SECONDS if measured else TIMEOUT_SECONDS)
    except NoSuchMapError:
        return False
    except OSError:
        _require_alive()
        return False
    return True


def _require_alive() -> None:
    try:
        ask_server({"op": "ping"})
    except OSError as error:
        raise ModelServerAwayError(str(error)) from error
