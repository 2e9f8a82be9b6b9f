"""The schema says what the API does: checked as a document, and against generated requests."""

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from rest_framework.authtoken.models import Token
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from biasapp.wsgi import application
from feedback.access import crowd_of
from feedback.models import Annotator
from feedback.pipeline.assign import claim_next
from feedback.pipeline.sample import open_round
from modeling.models import Role
from tests.factories import make_comment, make_cycle, make_dataset, make_member, make_prediction, make_project, make_version
from tests.model_server import running_model_server

schema = schemathesis.openapi.from_wsgi("/api/schema/", application, headers={"Accept": "application/json"})
schema.config.generation.deterministic = True


@pytest.fixture
def world(db, settings, tmp_path):
    """One of everything, its ids by the names of path parameters, and the token of an admin who annotates as well."""
    settings.UPLOADS_DIR = tmp_path / "uploads"
    project = make_project()
    user = make_member(project, Role.ADMIN)
    version, dataset = make_version(project, champion=True), make_dataset(project)
    for _ in range(4):
        prediction = make_prediction(version, make_comment(dataset))
    prediction.explanations.create(spans=[[0, 2, 0.3]], figures={"faithfulness": None})
    opened = open_round(project=project, name="August", item_count=2, strategy="random")
    annotator = Annotator.objects.create(project=project, user=user, panel=crowd_of(project.pk), consented_at=dataset.requested_at)
    ids = {"predictions": prediction.pk, "datasets": dataset.pk, "rounds": opened.pk, "assignments": claim_next(round=opened, annotator=annotator).pk}
    with running_model_server() as server:
        settings.MODEL_SERVER_SOCKET = server.server_address
        yield {"slug": project.slug, "number": make_cycle(project).number, "ids": ids, "token": Token.objects.create(user=user).key}


@pytest.fixture
def open_connection():
    """A WSGI application closes its connections around each request; here they belong to the test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_the_schema_is_valid_and_complete(capsys):
    call_command("spectacular", validate=True, fail_on_warn=True)
    assert "/api/v1/assignments/{id}/submit/" in capsys.readouterr().out


@schema.parametrize()
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_the_schema_knows(case, world, open_connection):
    if not case.meta.components[ParameterLocation.PATH].mode.is_negative:
        case.path_parameters.update(known_parameters(case.path, world))
    # Forms send everything as text, and Django ignores an unknown filter; what JSON may hold is checked to the letter.
    is_json = case.media_type == "application/json"
    excluded = [positive_data_acceptance] if is_json else [positive_data_acceptance, negative_data_rejection]
    case.call_and_validate(headers={"Authorization": f"Token {world['token']}"}, excluded_checks=excluded)


def known_parameters(path, world):
    """What is there, for the parameters of a path; the id is of the kind that the path names."""
    pk = next((pk for name, pk in world["ids"].items() if f"/{name}/" in path), 1)
    known = {"slug": world["slug"], "number": world["number"], "id": pk}
    return {name: value for name, value in known.items() if f"{{{name}}}" in path}
