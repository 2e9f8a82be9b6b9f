"""Score texts that are not kept, in one batch: asked of the model server; torch never enters the web process."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from modeling.errors import NotScoredError
from modeling.models import ModelVersion
from modeling.pipeline.explain import ask_server


def score_texts(*, version: ModelVersion, texts: Sequence[str], timeout: float) -> list[list[float]]:
    """Probabilities of low, mild, high of each, in their order. The texts are masked already.

    Raises:
        NotScoredError: the model server is away, too slow, or refused them.
    """
    try:
        answer = ask_server({"op": "predict", "directory": version.directory, "texts": list(texts)}, timeout=timeout)
    except TimeoutError:
        slow = _("The model server did not answer within %(seconds).0f seconds. Send fewer or shorter texts.")
        raise NotScoredError(slow % {"seconds": timeout}) from None
    except (FileNotFoundError, ConnectionRefusedError):
        away = _("The model server is not running. It is started by `manage.py serve`, or by `manage.py serve_model`.")
        raise NotScoredError(away) from None
    except OSError as error:
        raise NotScoredError(_("The model server could not score: %(reason)s") % {"reason": error}) from error
    probabilities: list[list[float]] = answer["probabilities"]
    return probabilities
