"""Explain: one prediction -> what each word did to its score. Asked of the model server; torch never enters the web process."""

import json
import socket
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache

from modeling.models import Explanation, Prediction

ENGINE = "occlusion"
TIMEOUT_SECONDS = 3.0


def explain(*, prediction: Prediction) -> Explanation | None:
    """The stored explanation, or one made now by the model server; None when it is away: then the worker makes it."""
    stored = prediction.explanations.filter(engine=ENGINE).first()
    if stored:
        return stored
    try:
        return explain_by_server(prediction)
    except OSError:
        _queue_once(prediction)
        return None


def explain_by_server(prediction: Prediction) -> Explanation:
    """Raises OSError as `ask_server` does."""
    answer = ask_server({"op": "explain", "directory": prediction.version.directory, "text": prediction.comment.text})
    return keep(prediction, answer["spans"])


def keep(prediction: Prediction, spans: list[list[float]]) -> Explanation:
    return Explanation.objects.update_or_create(prediction=prediction, engine=ENGINE, defaults={"spans": spans})[0]


def ask_server(request: dict[str, Any], socket_path: Path | None = None, timeout: float = TIMEOUT_SECONDS) -> dict[str, Any]:
    """One request, one line of JSON each way.

    Raises:
        OSError: the server is away, too slow, or answered with an error.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        connection.connect(str(socket_path or settings.MODEL_SERVER_SOCKET))
        # Not escaped to ASCII: 256 long Cyrillic texts would then outgrow what the server reads as one line.
        connection.sendall(json.dumps(request, ensure_ascii=False).encode() + b"\n")
        with connection.makefile("rb") as lines:
            line = lines.readline()
    if not line:
        raise ConnectionError("the model server closed the connection")
    answer: dict[str, Any] = json.loads(line)
    if "error" in answer:
        raise ConnectionError(answer["error"])
    return answer


def _queue_once(prediction: Prediction) -> None:
    """One job per half a minute and process, whatever is asked for: pages ask again while they wait, the server is mostly just
    starting, and a queue full of explanations would hold up imports and the closing of rounds."""
    if cache.add("explanation-queued", True, 30):
        from django_q.tasks import async_task

        async_task("modeling.tasks.explain", prediction.pk, task_name=f"explain {prediction.pk}")
