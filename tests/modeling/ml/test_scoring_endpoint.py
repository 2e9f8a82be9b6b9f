"""From HTTP through the real model server to a real (tiny) classifier and back."""

import tempfile
import threading
import time
from pathlib import Path

import pytest

from modeling.ml.classifier import save_version
from modeling.ml.server import serve
from tests.api_client import client_of
from tests.factories import make_member, make_project, make_version

TEXTS = ["the muslim was kind and nice .", "my neighbour is a vile idiot .", "mail jo@example.org at good street ."]


@pytest.fixture
def served(classifier, settings, tmp_path):
    """A project whose version in use is the classifier, on disk and behind a running server."""
    project = make_project()
    version = make_version(project, champion=True, threshold=classifier.threshold)
    settings.MODELS_DIR = tmp_path / "models"
    save_version(settings.MODELS_DIR / version.directory, classifier, {})
    with tempfile.TemporaryDirectory() as directory:
        settings.MODEL_SERVER_SOCKET = Path(directory) / "model.sock"
        stop = threading.Event()
        thread = threading.Thread(target=serve, args=(settings.MODEL_SERVER_SOCKET, settings.MODELS_DIR, stop))
        thread.start()
        while not settings.MODEL_SERVER_SOCKET.exists():
            time.sleep(0.01)
        yield project
        stop.set()
        thread.join()


@pytest.mark.django_db
def test_the_endpoint_says_what_the_classifier_says(served, classifier):
    response = client_of(make_member(served)).post(f"/api/v1/projects/{served.slug}/score/", {"texts": TEXTS})
    assert response.status_code == 200, response.json()
    expected = classifier.predict_proba([*TEXTS[:2], "mail [email] at good street ."])
    told = response.json()["scores"]
    assert [list(score["probabilities"].values()) for score in told] == [pytest.approx(row, abs=1e-5) for row in expected.tolist()]
    assert [score["flagged"] for score in told] == [score["score"] >= classifier.threshold for score in told]
    assert [score["masked_count"] for score in told] == [0, 0, 1]
