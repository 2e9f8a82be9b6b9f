"""Scores over HTTP."""

import pytest

from modeling.models import Role
from tests.api_client import client_of, stranger
from tests.factories import make_member, make_project, make_version
from tests.model_server import running_model_server

pytestmark = pytest.mark.django_db


@pytest.fixture
def model_server(settings):
    with running_model_server() as server:
        settings.MODEL_SERVER_SOCKET = server.server_address
        yield server


@pytest.fixture
def no_model_server(settings, tmp_path):
    settings.MODEL_SERVER_SOCKET = tmp_path / "nobody.sock"


@pytest.fixture
def project():
    project = make_project()
    make_version(project, champion=True, threshold=0.4)
    return project


@pytest.fixture
def member(project):
    return client_of(make_member(project, Role.ANNOTATOR))


def score(client, project, body):
    return client.post(f"/api/v1/projects/{project.slug}/score/", body)


def test_texts_are_scored_in_their_order_by_the_version_in_use(model_server, project, member):
    response = score(member, project, {"texts": ["You are awful.", "A quiet street."]})
    assert response.status_code == 200, response.json()
    told = response.json()
    assert (told["model_version"], told["threshold"]) == (1, 0.4)
    first, second = told["scores"]
    assert (first["level"], first["flagged"], first["probabilities"]) == ("high", True, {"low": 0.1, "mild": 0.2, "high": 0.7})
    assert first["score"] == pytest.approx(0.8)
    assert (second["level"], second["flagged"]) == ("low", False)
    assert model_server.asked[0]["directory"] == project.champion.directory


def test_private_details_never_reach_the_model(model_server, project, member):
    told = score(member, project, {"texts": ["Write to jo@example.org about it."]}).json()
    assert model_server.asked[0]["texts"] == ["Write to [email] about it."]
    assert told["scores"][0]["masked_count"] == 1


def test_the_most_texts_fit_in_one_request(model_server, project, member):
    response = score(member, project, {"texts": ["ж" * 9_000] * 256})
    assert response.status_code == 200
    assert len(response.json()["scores"]) == 256


def test_a_text_that_grows_by_masking_is_cut_to_what_the_server_takes(model_server, project, member):
    assert score(member, project, {"texts": ["@jo " * 5_000]}).status_code == 200
    assert len(model_server.asked[0]["texts"][0]) == 20_000


def test_it_says_why_nothing_can_be_scored_when_the_server_is_away(no_model_server, project, member):
    response = score(member, project, {"texts": ["A quiet street."]})
    assert response.status_code == 503
    assert "The model server is not running" in response.json()["detail"]
    assert response["Retry-After"] == "10"


def test_it_passes_on_what_the_server_says_is_wrong(model_server, project, member):
    model_server.answer = {"error": "the weights have changed"}
    response = score(member, project, {"texts": ["A quiet street."]})
    assert response.status_code == 503
    assert "the weights have changed" in response.json()["detail"]


def test_without_a_model_it_is_a_conflict(no_model_server):
    project = make_project()
    assert score(client_of(make_member(project)), project, {"texts": ["A quiet street."]}).status_code == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "texts"),
        ({"texts": []}, "texts"),
        ({"texts": "A quiet street."}, "texts"),
        ({"texts": ["fine"] * 257}, "texts"),
        ({"texts": ["fine", "x" * 20_001]}, "texts.1"),
        ({"texts": ["fine", "  "]}, "texts.1"),
        ({"texts": ["fine", None]}, "texts.1"),
        ({"texts": ["fine", ["nested"]]}, "texts.1"),
        ({"texts": ["fine", "a\0b"]}, "texts.1"),
        ({"texts": ["fine"], "version": 2}, "version"),
    ],
)
def test_what_is_wrong_with_texts_is_said_by_place(no_model_server, project, member, body, field):
    response = score(member, project, body)
    assert response.status_code == 400
    assert response.json()["errors"][field]


def test_a_body_beyond_all_bounds_is_not_even_read(no_model_server, project, member):
    response = score(member, project, {"texts": ["x" * 20_000] * 256})
    assert response.status_code == 413
    assert "5,000,000 bytes" in response.json()["detail"]


def test_outsiders_score_nothing(no_model_server, project):
    assert score(stranger(), project, {"texts": ["fine"]}).status_code == 404
