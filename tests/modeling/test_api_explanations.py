"""Maps through the API: the same roles and the same veil as on the page, each figure with what it is held against."""

import pytest
from django.core.cache import cache

from modeling.access import veils
from modeling.models import Role
from tests.api_client import client_of
from tests.factories import make_comment, make_dataset, make_member, make_prediction, make_project, make_version
from tests.model_server import running_model_server

pytestmark = pytest.mark.django_db
AGAINST = {"value": 0.4, "chance": 0.1, "limit": 0.3, "passes": True}
FAITHFULNESS = {"comprehensiveness": AGAINST, "sufficiency": AGAINST, "loo_tau": None, "words": 6, "orders": 20, "beats_chance": True}
ANSWER = {"spans": [[4, 10, 0.4], [24, 28, -0.2]], "probabilities": [0.2, 0.5, 0.3], "faithfulness": FAITHFULNESS}


@pytest.fixture
def project():
    cache.clear()
    return make_project()


@pytest.fixture
def prediction(project):
    comment = make_comment(make_dataset(project), text="The mosque [email] gave tea [handle].")
    return make_prediction(make_version(project, champion=True), comment)


@pytest.fixture
def server(settings):
    with running_model_server() as server:
        server.answer = ANSWER
        settings.MODEL_SERVER_SOCKET = server.server_address
        yield server


def ask(user, prediction, slug="", **query):
    slug = slug or prediction.version.project.slug
    return client_of(user).get(f"/api/v1/projects/{slug}/predictions/{prediction.pk}/explanation/", query)


def test_a_map_comes_with_its_words_and_what_it_is_worth(server, project, prediction):
    response = ask(make_member(project, Role.ANNOTATOR), prediction)
    assert response.status_code == 200
    shown = response.json()
    assert [(one["text"], one["start"], one["end"], one["attribution"]) for one in shown["words"]] == [("mosque", 4, 10, 0.4), ("tea ", 24, 28, -0.2)]
    assert shown["faithfulness"] == FAITHFULNESS
    assert (shown["is_measured"], shown["is_share"], shown["engine"]) == (True, True, server.asked[0]["engine"])
    assert server.asked[0]["measured"] is True


def test_a_span_over_what_was_masked_is_not_handed_out(server, project, prediction):
    server.answer = {**ANSWER, "spans": [[4, 18, 0.4], [0, 3, 0.1]]}
    assert [one["text"] for one in ask(make_member(project), prediction).json()["words"]] == ["The"]


def test_a_slow_map_is_waited_for(server, project, prediction):
    response = ask(make_member(project), prediction, engine="shap")
    assert response.status_code == 202
    assert response["Retry-After"] == "20"
    prediction.explanations.create(engine="shap", spans=[], figures={"faithfulness": None})
    assert ask(make_member(project), prediction, engine="shap").json()["engine"] == "shap"


@pytest.mark.parametrize(
    "query", [{"engine": "tea leaves"}, {"engine": "lime", "layer": 2}, {"engine": "attention", "head": 1}, {"engine": "attention", "layer": 0}]
)
def test_a_map_that_cannot_be_is_refused(server, project, prediction, query):
    response = ask(make_member(project), prediction, **query)
    assert response.status_code == 400
    assert response.json()["detail"]
    assert not server.asked


def test_a_layer_that_the_version_lacks_is_refused_with_how_many_there_are(server, project, prediction):
    server.answer = {"error": "This version has 6 layers, numbered from 1.", "kind": "no_such_map"}
    response = ask(make_member(project), prediction, engine="attention", layer=9)
    assert response.status_code == 400
    assert "6 layers" in str(response.json())


def test_annotators_see_the_pool_and_others_nothing(server, project, prediction):
    of_gate = make_prediction(prediction.version, make_comment(prediction.comment.dataset, split="gate"))
    annotator = make_member(project, Role.ANNOTATOR)
    assert [ask(annotator, one).status_code for one in (prediction, of_gate)] == [200, 404]
    assert ask(make_member(project), of_gate).status_code == 200
    other = make_project()
    assert ask(make_member(other, Role.ADMIN), prediction).status_code == 404
    assert ask(make_member(other, Role.ADMIN), prediction, slug=other.slug).status_code == 404


def test_before_their_own_level_nobody_learns_what_it_rests_on(server, project, prediction, monkeypatch):
    monkeypatch.setattr("modeling.access.veils", [*veils, lambda user, project, comments: {prediction.comment_id} & set(comments)])
    response = ask(make_member(project), prediction)
    assert response.status_code == 403
    assert not server.asked
    assert not prediction.explanations.exists()
