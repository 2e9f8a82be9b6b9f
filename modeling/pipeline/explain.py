"""Explain: one prediction -> what each word did to its score. Asked of the model server; torch never enters the web process."""

import json
import socket
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache

from modeling.errors import NoSuchMapError
from modeling.map_engines import DEFAULT_MAP, SLOW, MapKey
from modeling.models import Explanation, Prediction

TIMEOUT_SECONDS = 3.0
MEASURING_SECONDS = 30.0
"""For whoever does not wait before a page."""
QUEUE_AGAIN_AFTER = 30
FIGURES = ("faithfulness", "convergence_delta", "difference")


def explain(*, prediction: Prediction, key: MapKey = DEFAULT_MAP, measured: bool = False) -> Explanation | None:
    """The stored map, or one made now by the model server; None when it is away, or the engine slow: then the worker makes it.

    `measured`: with its faithfulness. Raises NoSuchMapError where the version has no such map.
    """
    stored = prediction.explanations.filter(engine=key.stored_as).first()
    if stored and (stored.is_measured or not measured):
        return stored
    if key.engine not in SLOW:
        try:
            return explain_by_server(prediction, key, measured=measured)
        except OSError:
            pass
    _queue_once(prediction, key)
    return stored


def explain_by_server(prediction: Prediction, key: MapKey = DEFAULT_MAP, *, measured: bool = False, timeout: float = TIMEOUT_SECONDS) -> Explanation:
    """Raises OSError as `ask_server` does, NoSuchMapError where the version has no such map."""
    asked: dict[str, Any] = {"op": "explain", "directory": prediction.version.directory, "text": prediction.comment.text, "engine": key.engine}
    which = {name: number for name, number in (("layer", key.layer), ("head", key.head)) if number}
    return keep(prediction, key, ask_server({**asked, **which, "measured": measured}, timeout=timeout))


def keep(prediction: Prediction, key: MapKey, answer: dict[str, Any]) -> Explanation:
    """`answer`: as the model server gives it. A map that comes again without figures keeps those that it had."""
    figures = {name: answer[name] for name in FIGURES if name in answer}
    defaults = {"spans": answer["spans"], **({"figures": figures} if "faithfulness" in figures else {})}
    new = {**defaults, "figures": figures}
    return Explanation.objects.update_or_create(prediction=prediction, engine=key.stored_as, defaults=defaults, create_defaults=new)[0]


def ask_server(request: dict[str, Any], socket_path: Path | None = None, timeout: float = TIMEOUT_SECONDS) -> dict[str, Any]:
    """One request, one line of JSON each way.

    Raises:
        OSError: the server is away, too slow, or answered with an error.
        NoSuchMapError: that error was that the version has no such map, and never will.
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
        raise NoSuchMapError(answer["error"]) if answer.get("kind") == "no_such_map" else ConnectionError(answer["error"])
    return answer


def _queue_once(prediction: Prediction, key: MapKey) -> None:
    """One job per half a minute and process, whatever is asked for: pages ask again while they wait, the server is mostly just
    starting, and a queue full of explanations would hold up imports and the closing of rounds. Slow maps wait apart from quick ones."""
    if cache.add(f"explanation-queued-{key.engine in SLOW}", True, QUEUE_AGAIN_AFTER):
        from django_q.tasks import async_task

        async_task("modeling.tasks.explain", prediction.pk, key.stored_as, task_name=f"explain {prediction.pk}")
