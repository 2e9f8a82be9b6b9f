import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modeling.ml.classifier import save_version
from modeling.ml.server import ModelService, serve

Ask = Callable[[object], dict[str, Any]]


@pytest.fixture
def models_dir(classifier, tmp_path) -> Path:
    for name in ("v1", "v2", "v3"):
        save_version(tmp_path / "models" / name, classifier, {})
    return tmp_path / "models"


@pytest.fixture
def socket_path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as directory:  # a Unix socket's path may have 107 bytes only
        yield Path(directory) / "model.sock"


@pytest.fixture
def ask(models_dir, socket_path) -> Iterator[Ask]:
    stop = threading.Event()
    thread = threading.Thread(target=serve, args=(socket_path, models_dir, stop))
    thread.start()
    wait_for(socket_path)
    yield lambda request: exchange(socket_path, [request])[0]
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert not socket_path.exists()


def wait_for(socket_path: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            exchange(socket_path, [{"op": "ping"}])
            return
        except (FileNotFoundError, ConnectionRefusedError):
            time.sleep(0.02)
    raise AssertionError("the server did not come up")


def exchange(socket_path: Path, requests: list[object]) -> list[dict[str, Any]]:
    """Over one connection, one line each; a str is sent as it is."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(socket_path))
        file = connection.makefile("rwb")
        answers = []
        for request in requests:
            file.write((request if isinstance(request, str) else json.dumps(request)).encode() + b"\n")
            file.flush()
            answers.append(json.loads(file.readline()))
        return answers


def test_it_predicts_and_explains(ask, classifier):
    texts = ["vile cake", "nice tea"]
    p = ask({"op": "predict", "directory": "v1", "texts": texts})["probabilities"]
    assert p == [pytest.approx(row, abs=1e-6) for row in classifier.predict_proba(texts).tolist()]
    explained = ask({"op": "explain", "directory": "v1", "text": "vile cake"})
    assert [span[:2] for span in explained["spans"]] == [[0, 4], [5, 9]]
    assert explained["probabilities"] == pytest.approx(p[0], abs=1e-6)


@pytest.mark.parametrize("engine", ["occlusion", "integrated_gradients", "attention_rollout", "shap"])
def test_it_makes_any_map_and_measures_it_against_chance(ask, engine):
    asked = {"op": "explain", "directory": "v1", "text": "the vile cake and nice tea", "engine": engine, "measured": True}
    answer = ask(asked)
    assert [span[:2] for span in answer["spans"]] == [[0, 3], [4, 8], [9, 13], [14, 17], [18, 22], [23, 26]]
    assert answer["faithfulness"]["beats_chance"] in (True, False)
    assert answer["faithfulness"]["orders"] == 20
    assert (answer["faithfulness"]["loo_tau"] is None) == (engine == "occlusion")
    assert ("convergence_delta" in answer) == (engine == "integrated_gradients")
    assert ask(asked) == answer


def test_a_layer_and_a_head_can_be_asked_for(ask):
    asked = {"op": "explain", "directory": "v1", "text": "vile cake", "engine": "attention"}
    assert ask({**asked, "layer": 1, "head": 2})["spans"] != ask({**asked, "layer": 2})["spans"]
    assert "3 layers" in ask({**asked, "layer": 9})["error"]


def test_nobody_waits_until_a_map_is_measured(models_dir):
    """Others have their turn between the parts of it."""
    service, parts = ModelService(models_dir), []

    class Watched:
        def predict_proba(self, texts):
            assert service._lock.locked()
            parts.append(len(texts))
            return np.zeros((len(texts), 3))

    assert service._score_in_turns(Watched(), ["tea"] * 70).shape == (70, 3)
    assert parts == [32, 32, 6]
    assert not service._lock.locked()


def test_a_directory_may_be_given_whole(ask, models_dir):
    assert "probabilities" in ask({"op": "predict", "directory": str(models_dir / "v1"), "texts": []})


def test_its_socket_is_for_its_owner_only(ask, socket_path):
    assert stat.S_IMODE(socket_path.stat().st_mode) == 0o600


@pytest.mark.parametrize("directory", ["../outside", "/etc", "", ".", "absent", None, "v1\0"])
def test_it_opens_no_directory_but_that_of_a_version(ask, models_dir, classifier, directory):
    save_version(models_dir.parent / "outside", classifier, {})
    answer = ask({"op": "predict", "directory": directory, "texts": ["tea"]})
    assert answer == {"error": "directory must be that of a model version"}


@pytest.mark.parametrize(
    "request_line",
    [
        "not JSON",
        "[]",
        '{"op": "delete"}',
        "{}",
        '{"op": "predict", "directory": "v1"}',
        '{"op": "predict", "directory": "v1", "texts": [1]}',
        '{"op": "explain", "directory": "v1"}',
        '{"op": "explain", "directory": "v1", "text": "tea", "engine": "tea leaves"}',
        '{"op": "explain", "directory": "v1", "text": "tea", "engine": []}',
        '{"op": "explain", "directory": "v1", "text": "tea", "engine": "shap", "layer": 1}',
        '{"op": "explain", "directory": "v1", "text": "tea", "engine": "attention", "layer": "1"}',
        '{"op": "explain", "directory": "v1", "text": "tea", "engine": "attention", "layer": true}',
        json.dumps({"op": "predict", "directory": "v1", "texts": ["tea"] * 257}),
        json.dumps({"op": "explain", "directory": "v1", "text": "x" * 20_001}),
    ],
)
def test_a_bad_request_is_answered_and_the_next_one_too(ask, socket_path, request_line):
    bad, good = exchange(socket_path, [request_line, {"op": "ping"}])
    assert bad["error"]
    assert good == {"ok": True}


def test_changed_weights_are_reported(ask, models_dir):
    (models_dir / "v2" / "model.safetensors").write_bytes(b"tampered with")
    assert "changed" in ask({"op": "predict", "directory": "v2", "texts": ["tea"]})["error"]


def test_a_broken_version_ends_one_request_and_not_the_server(ask, models_dir):
    (models_dir / "v2" / "manifest.json").write_text("{}")
    assert "log" in ask({"op": "predict", "directory": "v2", "texts": ["tea"]})["error"]
    assert ask({"op": "ping"}) == {"ok": True}


def test_clients_are_served_side_by_side(ask, socket_path):
    with socket.socket(socket.AF_UNIX) as idle:
        idle.connect(str(socket_path))
        assert ask({"op": "ping"}) == {"ok": True}


def test_it_keeps_the_two_versions_used_last(models_dir):
    service = ModelService(models_dir)
    for name in ("v1", "v2", "v1", "v3"):
        service.answer(json.dumps({"op": "predict", "directory": name, "texts": []}).encode())
    assert [path.name for path in service._versions] == ["v1", "v3"]


def test_it_ends_cleanly_on_sigterm_and_takes_a_dead_ones_place(models_dir, socket_path):
    socket_path.touch()  # what a killed server leaves behind
    code = "import sys; from pathlib import Path; from modeling.ml.server import serve; serve(Path(sys.argv[1]), Path(sys.argv[2]))"
    process = subprocess.Popen([sys.executable, "-c", code, str(socket_path), str(models_dir)], env=os.environ | {"OMP_NUM_THREADS": "1"})
    try:
        wait_for(socket_path)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert not socket_path.exists()
    finally:
        process.kill()
