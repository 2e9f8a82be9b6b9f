"""What if, over the API."""

import pytest

from modeling.models import CounterfactualPair, Role
from tests.api_client import client_of, stranger
from tests.factories import make_comment, make_dataset, make_member, make_prediction, make_project, make_version
from tests.model_server import running_model_server

pytestmark = pytest.mark.django_db
TEXT, TWIN = "The mosque is kind.", "The church is kind."


@pytest.fixture
def model_server(settings):
    with running_model_server() as server:
        server.toxic = "mosque"
        settings.MODEL_SERVER_SOCKET = server.server_address
        yield server


@pytest.fixture
def project():
    project = make_project()
    make_version(project, champion=True)
    return project


@pytest.fixture
def member(project):
    return client_of(make_member(project, Role.ANNOTATOR))


def post(client, project, path="", **body):
    return client.post(f"/api/v1/projects/{project.slug}/what-if/{path}", {"text": TEXT, "kind": "swap", **body})


def test_each_variant_comes_with_what_the_model_says(model_server, project, member):
    told = post(member, project).json()
    assert (told["model_version"], told["original"]["level"], told["swap_rate"], len(told["variants"])) == (1, "high", 1, 6)
    first = told["variants"][0]
    assert (first["flips"], first["before"], first["level"], first["verdict"]) == (True, "mosque", "low", "")
    assert first["score_difference"] == pytest.approx(-0.7)
    assert 0 < first["divergence"] <= 1
    assert len(model_server.asked) == 1


def test_measures_are_of_swaps_only(model_server, project, member):
    for body in ({"kind": "ablation"}, {"kind": "edit", "edited": "Ask jo@example.org."}):
        told = post(member, project, **body).json()
        assert (told["swap_rate"], told["mean_jsd"]) == (None, None)
    assert told["variants"][0]["text"] == "Ask [email]."
    assert told["masked_count"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 5_001}, "text"),
        ({"kind": "magic"}, "kind"),
        ({"kind": "edit"}, "edited"),
        ({"prediction": 0}, "prediction"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_said_by_field(model_server, project, member, body, field):
    response = post(member, project, **body)
    assert response.status_code == 400
    assert response.json()["errors"][field]


def test_pairs_are_reported_listed_and_taken_back(model_server, project, member):
    kept = post(member, project, "reports/", variant=TWIN, verdict="biased").json()
    assert (kept["verdict"], kept["twin"], kept["before"]) == ("biased", TWIN, "mosque")
    assert post(member, project).json()["variants"][0]["verdict"] in ("biased", "")
    listed = member.get(f"/api/v1/projects/{project.slug}/what-if/reports/").json()
    assert [row["key"] for row in listed] == [kept["key"]]
    other = client_of(make_member(project, Role.ANNOTATOR))
    address = f"/api/v1/projects/{project.slug}/what-if/reports/{kept['key']}/"
    assert other.delete(address).status_code == 404, "it is not theirs"
    assert member.delete(address).status_code == 204
    assert member.delete(address).status_code == 404
    assert not CounterfactualPair.objects.exists()


def test_a_variant_may_be_longer_than_the_longest_text_and_have_other_ends_of_lines(model_server, project, member):
    text = "The mosque is kind.\n" * 245
    longer = text.replace("mosque", "catholic church").strip()
    assert len(longer) > 5_000
    assert post(member, project, "reports/", text=text, variant=longer.replace("\n", "\r\n"), verdict="biased").status_code == 200
    assert CounterfactualPair.objects.get().twin == longer


def test_bias_is_reported_of_what_the_model_shows_alone(model_server, project, member, settings):
    same = post(member, project, "reports/", text="The church is kind.", variant="The synagogue is kind.", verdict="biased")
    assert (same.status_code, "same level" in same.json()["detail"]) == (409, True)
    other = {"text": "I love you all", "kind": "edit", "edited": "Go and hang them in the mosque", "variant": "Go and hang them in the mosque"}
    assert post(member, project, "reports/", **other, verdict="biased").status_code == 409
    settings.MODEL_SERVER_SOCKET = "/nowhere/model.sock"
    assert post(member, project, "reports/", variant=TWIN, verdict="biased").status_code == 503
    assert not CounterfactualPair.objects.exists()


def test_a_variant_that_is_not_made_of_the_text_is_a_conflict(model_server, project, member):
    response = post(member, project, "reports/", variant="You are awful.", verdict="biased")
    assert response.status_code == 409
    assert not CounterfactualPair.objects.exists()


def test_without_server_or_model_it_says_so(settings, tmp_path, project, member):
    settings.MODEL_SERVER_SOCKET = tmp_path / "nobody.sock"
    response = post(member, project)
    assert (response.status_code, response["Retry-After"]) == (503, "10")
    empty = make_project()
    assert post(client_of(make_member(empty)), empty).status_code == 409


def test_outsiders_learn_nothing_and_annotators_nothing_of_gate(model_server, project, member):
    outsider = stranger()
    assert post(outsider, project).status_code == 404
    assert post(outsider, project, "reports/", variant=TWIN, verdict="biased").status_code == 404
    of_gate = make_prediction(project.champion, make_comment(make_dataset(project), split="gate"))
    assert post(member, project, prediction=of_gate.pk).status_code == 404
    assert not model_server.asked
