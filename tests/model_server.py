"""A model server that speaks the real protocol on a real socket, and scores as toxic what says `awful`, or another word."""

import json
import socketserver
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

MOST_BYTES = 8_000_000
"""What the real one reads as one request."""


class ModelServer(socketserver.ThreadingUnixStreamServer):
    """`asked`: every request so far. `toxic`: the word. `answer`: given to each of them, when it is set; `answers`: to those of one operation."""

    asked: list[dict[str, Any]]
    toxic: str
    answer: dict[str, Any] | None
    answers: dict[str, dict[str, Any]]


class Answering(socketserver.StreamRequestHandler):
    server: ModelServer

    def handle(self) -> None:
        request = json.loads(self.rfile.readline(MOST_BYTES))
        self.server.asked.append(request)
        answer = (
            self.server.answers.get(request["op"])
            or self.server.answer
            or {"probabilities": [score(text, self.server.toxic) for text in request["texts"]]}
        )
        self.wfile.write(json.dumps(answer).encode() + b"\n")


def score(text: str, toxic: str) -> list[float]:
    return [0.1, 0.2, 0.7] if toxic in text else [0.8, 0.2, 0.0]


@contextmanager
def running_model_server() -> Iterator[ModelServer]:
    """In a directory of its own: the path of a Unix socket may have 107 bytes only."""
    with tempfile.TemporaryDirectory() as directory, ModelServer(f"{directory}/model.sock", Answering) as server:
        server.asked, server.toxic, server.answer, server.answers = [], "awful", None, {}
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
