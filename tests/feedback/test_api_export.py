"""Annotations out over HTTP."""

import csv
import io
import json
import uuid

import pytest

from feedback.access import crowd_of
from feedback.models import Annotator
from feedback.pipeline.annotate import submit_annotation
from feedback.pipeline.answer import Answer
from feedback.pipeline.assign import claim_next
from feedback.pipeline.sample import open_round
from modeling.models import LedgerEntry, Role
from tests.api_client import client_of, stranger
from tests.factories import make_comment, make_dataset, make_member, make_prediction, make_project, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def round():
    project = make_project()
    version, dataset = make_version(project, champion=True), make_dataset(project)
    make_prediction(version, make_comment(dataset, "=1+1 is what I said"))
    opened = open_round(project=project, name="August", item_count=1, overlap=1, strategy="random")
    user = make_member(project, Role.ANNOTATOR)
    annotator = Annotator.objects.create(project=project, user=user, panel=crowd_of(project.pk))
    place = claim_next(round=opened, annotator=annotator)
    submit_annotation(assignment_id=place.pk, annotator=annotator, key=uuid.uuid4(), answer=Answer(verdict="unsure"))
    return opened


def export(client, project, **query):
    return client.get(f"/api/v1/projects/{project.slug}/annotations/export/", query)


def body(response):
    return b"".join(response.streaming_content).decode()


def test_an_admin_takes_csv_out_and_it_is_written_down(round):
    response = export(client_of(make_member(round.project, Role.ADMIN)), round.project)
    assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert response["Content-Disposition"].endswith('.csv"')
    rows = list(csv.DictReader(io.StringIO(body(response))))
    assert [(row["verdict"], row["text"]) for row in rows] == [("unsure", "'=1+1 is what I said")]
    assert LedgerEntry.objects.filter(action="export").count() == 1


def test_json_lines_are_asked_for_by_format_whatever_is_accepted(round):
    client = client_of(make_member(round.project, Role.ADMIN))
    client.credentials(**client._credentials, HTTP_ACCEPT="text/csv")
    rows = [json.loads(line) for line in body(export(client, round.project, format="jsonl", round=1)).splitlines()]
    assert [row["verdict"] for row in rows] == ["unsure"]


@pytest.mark.parametrize(("query", "field"), [({"format": "xml"}, "format"), ({"round": "first"}, "round"), ({"round": 9}, "round")])
def test_what_cannot_be_exported_is_said_by_field(round, query, field):
    response = export(client_of(make_member(round.project, Role.ADMIN)), round.project, **query)
    assert response.status_code == 400
    assert response.json()["errors"][field]


def test_only_admins_export(round):
    assert export(client_of(make_member(round.project, Role.LEAD)), round.project).status_code == 403
    assert export(stranger(), round.project).status_code == 404
