"""The model server: one process that holds the newest versions in memory and answers over a Unix socket.

One JSON object a line, both ways: `{"op": "ping"}`, `{"op": "predict", "directory", "texts"}`, `{"op": "explain", "directory", "text"}`, the
last with `engine`, `layer` and `head` for another map than the default, and `measured: true` for its faithfulness.
Every answer is an object; `{"error": ...}` says what was wrong with the request.
"""

import json
import logging
import os
import signal
import socketserver
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.errors import ModelingError, NoSuchMapError
from modeling.map_engines import DEFAULT_MAP, MapEngine, MapKey
from modeling.ml.attribution import Attribution, attribute
from modeling.ml.classifier import MANIFEST, Classifier, load_version
from modeling.ml.engines import load_scorer
from modeling.ml.faithfulness import measure
from modeling.ml.scorer import Scorer

logger = logging.getLogger(__name__)

MOST_TEXTS = 256
MOST_CHARACTERS = 20_000
MOST_BYTES = 8_000_000
_KEPT_VERSIONS = 2
_IDLE_SECONDS = 60
_AT_ONCE = 32
"""Variants of a comment that are scored before others have their turn: nobody's page waits for somebody else's figures."""


class BadRequestError(Exception):
    """The request cannot be answered; the message goes back to the client."""


class ModelService:
    """Versions in memory and what can be asked of them. One lock: torch's threads already fill the cores."""

    def __init__(self, models_dir: Path) -> None:
        self._models_dir = models_dir.resolve()
        self._versions: OrderedDict[Path, Scorer] = OrderedDict()
        self._weights: tuple[Path, Classifier] | None = None
        self._lock = threading.Lock()
        self._operations = {"ping": self._ping, "predict": self._predict, "explain": self._explain}

    def answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            operation = self._operations.get(request.get("op")) if isinstance(request, dict) else None
            if operation is None:
                raise BadRequestError(f"op must be one of {', '.join(self._operations)}")
            return operation(request)
        except (UnicodeDecodeError, json.JSONDecodeError):
            return {"error": "a request is one JSON object on one line"}
        except NoSuchMapError as error:
            return {"error": str(error), "kind": "no_such_map"}
        except (BadRequestError, ModelingError) as error:
            return {"error": str(error)}

    def _ping(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"ok": True}

    def _predict(self, request: dict[str, Any]) -> dict[str, Any]:
        texts = request.get("texts")
        if not isinstance(texts, list) or len(texts) > MOST_TEXTS:
            raise BadRequestError(f"texts must be a list of at most {MOST_TEXTS}")
        for text in texts:
            _check_text(text)
        with self._lock:
            return {"probabilities": self._version(request).predict_proba(texts).tolist()}

    def _explain(self, request: dict[str, Any]) -> dict[str, Any]:
        text, key = _check_text(request.get("text")), _map_key(request)
        with self._lock:
            scorer = self._version(request)
            found = attribute(key, text, scorer, lambda: self._weights_of(request, scorer))
        faithfulness = self._faithfulness(scorer, text, found, key) if request.get("measured") is True else {}
        delta = {} if found.convergence_delta is None else {"convergence_delta": found.convergence_delta, "difference": found.difference}
        return {"spans": found.spans, "probabilities": found.probabilities, **delta, **faithfulness}

    def _faithfulness(self, scorer: Scorer, text: str, found: Attribution, key: MapKey) -> dict[str, Any]:
        measured = measure(lambda texts: self._score_in_turns(scorer, texts), text, found, key.engine)
        return {"faithfulness": measured and measured.as_dict()}

    def _score_in_turns(self, scorer: Scorer, texts: Sequence[str]) -> NDArray[np.floating]:
        parts = []
        for start in range(0, len(texts), _AT_ONCE):
            with self._lock:
                parts.append(scorer.predict_proba(texts[start : start + _AT_ONCE]))
            time.sleep(0.001)  # a lock is not fair: without a pause its last holder takes it again
        return np.concatenate(parts)

    def _weights_of(self, request: dict[str, Any], scorer: Scorer) -> Classifier:
        """The weights in float32 of the version that `scorer` serves; of one version beside it they are kept."""
        if isinstance(scorer, Classifier):
            return scorer
        directory = self._directory(request)
        if self._weights is None or self._weights[0] != directory:
            self._weights = None  # before the next are read: two of them are 180 MB
            self._weights = directory, load_version(directory)
        return self._weights[1]

    def _version(self, request: dict[str, Any]) -> Scorer:
        """The least recently used one makes room."""
        directory = self._directory(request)
        if directory not in self._versions:
            self._versions[directory] = load_scorer(directory)
            if len(self._versions) > _KEPT_VERSIONS:
                self._versions.popitem(last=False)
        self._versions.move_to_end(directory)
        return self._versions[directory]

    def _directory(self, request: dict[str, Any]) -> Path:
        """Of a version, relative to or inside the models' directory."""
        name = request.get("directory")
        directory = (self._models_dir / name).resolve() if isinstance(name, str) and "\0" not in name else self._models_dir
        if not directory.is_relative_to(self._models_dir) or not (directory / MANIFEST).is_file():
            raise BadRequestError("directory must be that of a model version")
        return directory


def _map_key(request: dict[str, Any]) -> MapKey:
    engine, layer, head = request.get("engine", DEFAULT_MAP.engine), request.get("layer"), request.get("head")
    if engine not in list(MapEngine):
        raise BadRequestError(f"engine must be one of {', '.join(MapEngine)}")
    if any(number is not None and type(number) is not int for number in (layer, head)):
        raise BadRequestError("layer and head are whole numbers")
    try:
        return MapKey(MapEngine(engine), layer, head)
    except ValueError as error:
        raise BadRequestError(str(error)) from error


def _check_text(text: object) -> str:
    if not isinstance(text, str) or len(text) > MOST_CHARACTERS:
        raise BadRequestError(f"a text must be a string of at most {MOST_CHARACTERS} characters")
    return text


class _Handler(socketserver.StreamRequestHandler):
    timeout = _IDLE_SECONDS
    server: "_Server"

    def handle(self) -> None:
        try:
            while line := self.rfile.readline(MOST_BYTES):
                self.wfile.write(json.dumps(self._answer(line)).encode() + b"\n")
        except (TimeoutError, ConnectionError):
            return  # the client went away or said nothing for a minute

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            return self.server.service.answer(line)
        except Exception:  # one request must not end the server for the others
            logger.exception("a request failed")
            return {"error": "the model server failed on this request; its log says why"}


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    service: ModelService


def serve(socket_path: Path, models_dir: Path, stop: threading.Event | None = None) -> None:
    """Answer until `stop` is set (or SIGTERM or SIGINT arrives, in the main thread); then remove the socket. Mode 0600: its owner only."""
    stop = stop or threading.Event()
    socket_path.parent.mkdir(parents=True, exist_ok=True)
    socket_path.unlink(missing_ok=True)
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    # The mask and not a chmod afterwards: between the two, others could connect.
    mask = os.umask(0o177)
    try:
        server = _Server(str(socket_path), _Handler)
    finally:
        os.umask(mask)
    server.service = ModelService(models_dir)
    with server:
        thread = threading.Thread(target=server.serve_forever, name="model-server")
        thread.start()
        stop.wait()
        server.shutdown()
        thread.join()
    socket_path.unlink(missing_ok=True)
