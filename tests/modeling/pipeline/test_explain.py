"""Which map is asked of whom: quick ones of the model server, slow ones of the worker; what was made is kept."""

from dataclasses import replace

import pytest
import torch
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django_q.models import OrmQ

from modeling.config import TrainingConfig
from modeling.errors import NoSuchMapError
from modeling.map_engines import DEFAULT_MAP, MapEngine, MapKey
from modeling.ml.classifier import new_classifier, save_version
from modeling.models import Explanation
from modeling.pipeline.explain import explain
from tests.factories import make_comment, make_dataset, make_prediction, make_project, make_version
from tests.model_server import running_model_server
from tests.modeling.ml.conftest import tiny_encoder

__all__ = ["tiny_encoder"]
pytestmark = pytest.mark.django_db
SHAP, ATTENTION = MapKey(MapEngine.SHAP), MapKey(MapEngine.ATTENTION, 2, 1)
FIGURES = {"faithfulness": {"beats_chance": True}}
ANSWER = {"spans": [[0, 4, 0.3]], "probabilities": [0.2, 0.5, 0.3]}


@pytest.fixture
def prediction(settings, tmp_path):
    settings.MODEL_SERVER_SOCKET, settings.MODELS_DIR = tmp_path / "nobody-listens.sock", tmp_path / "models"
    cache.clear()
    project = make_project()
    return make_prediction(make_version(project, champion=True), make_comment(make_dataset(project), text="vile cake and nice tea [email]"))


@pytest.fixture
def server(settings, prediction):
    with running_model_server() as server:
        server.answer = ANSWER
        settings.MODEL_SERVER_SOCKET = server.server_address
        yield server


@pytest.fixture
def version_on_disk(prediction, settings, tiny_encoder):
    config = TrainingConfig(precision="float32", max_tokens=32, threads=1)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        classifier = new_classifier(config, str(tiny_encoder))
    save_version(settings.MODELS_DIR / prediction.version.directory, replace(classifier, threshold=0.4), {})


def queued():
    return [job.task["args"] for job in OrmQ.objects.all() if job.task["func"] == "modeling.tasks.explain"]


def test_a_map_is_asked_for_once_and_kept(server, prediction):
    made = explain(prediction=prediction, key=ATTENTION)
    assert (made.engine, made.spans, made.is_measured) == ("attention.2.1", [[0, 4, 0.3]], False)
    assert explain(prediction=prediction, key=ATTENTION) == made
    assert [(asked["engine"], asked["layer"], asked["head"], asked["measured"]) for asked in server.asked] == [("attention", 2, 1, False)]


def test_a_stored_map_gets_its_figures_when_they_are_wanted_and_keeps_them(server, prediction):
    explain(prediction=prediction)
    server.answer = {**ANSWER, **FIGURES}
    assert explain(prediction=prediction, measured=True).figures == FIGURES
    assert explain(prediction=prediction, measured=True).is_measured
    assert [asked["measured"] for asked in server.asked] == [False, True]
    assert Explanation.objects.count() == 1


def test_a_slow_map_is_the_workers_and_nobody_waits_for_it(server, prediction):
    assert explain(prediction=prediction, key=SHAP) is None
    assert explain(prediction=prediction, key=SHAP) is None
    assert not server.asked
    assert queued() == [(prediction.pk, "shap")]


def test_a_slow_map_in_the_queue_does_not_hold_a_quick_one_up(prediction):
    explain(prediction=prediction, key=SHAP)
    assert explain(prediction=prediction) is None
    assert queued() == [(prediction.pk, "shap"), (prediction.pk, DEFAULT_MAP.stored_as)]


def test_a_map_that_cannot_be_made_is_not_asked_for_again_and_again(server, prediction):
    server.answer = {"error": "This version has 3 layers, numbered from 1.", "kind": "no_such_map"}
    with pytest.raises(NoSuchMapError, match="3 layers"):
        explain(prediction=prediction, key=ATTENTION)
    assert not queued()


@pytest.mark.parametrize("map_", ["occlusion", "lime", "integrated_gradients", "attention.2.1"])
def test_the_worker_makes_and_measures_a_map_once(prediction, version_on_disk, map_):
    call_command("explain", prediction.pk, map=map_)
    stored = prediction.explanations.get()
    assert stored.engine == map_
    assert [span[:2] for span in stored.spans] == [[0, 4], [5, 9], [10, 13], [14, 18], [19, 22]]
    assert stored.figures["faithfulness"]["words"] == 5
    assert ("convergence_delta" in stored.figures) == (map_ == "integrated_gradients")
    prediction.explanations.update(spans=[])
    call_command("explain", prediction.pk, map=map_)
    assert prediction.explanations.get().spans == []


@pytest.mark.parametrize(("map_", "said"), [("tea leaves", "no map"), ("attention.9", "3 layers")])
def test_a_map_that_there_is_not_is_refused_with_the_reason(prediction, version_on_disk, map_, said):
    with pytest.raises(CommandError, match=said):
        call_command("explain", prediction.pk, map=map_)
    assert not Explanation.objects.exists()
