"""Import and its report, over HTTP."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from modeling.models import Dataset, RejectedRow, Role
from tests.api_client import client_of, stranger
from tests.factories import make_dataset, make_member, make_project

pytestmark = pytest.mark.django_db

CSV = b"id,comment_text,target\n1,A quiet street,0.1\n"


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    settings.UPLOADS_DIR = tmp_path / "uploads"


@pytest.fixture
def project():
    return make_project()


def upload(client, project, content=CSV, file_name="comments.csv", **fields):
    values = {"name": "August", "file": SimpleUploadedFile(file_name, content), **fields}
    return client.post(f"/api/v1/projects/{project.slug}/datasets/", {k: v for k, v in values.items() if v is not None}, format="multipart")


def test_a_lead_uploads_a_file_and_is_told_where_to_ask(project):
    client = client_of(make_member(project, Role.LEAD))
    response = upload(client, project)
    assert response.status_code == 202, response.json()
    assert response.json()["state"] == "requested"
    status = client.get(response.json()["status_url"])
    assert response["Location"] == response.json()["status_url"]
    assert status.status_code == 200
    assert status.json()["rejected_rows"] == []
    dataset = Dataset.objects.get()
    assert (dataset.name, dataset.file_name, dataset.level_kind) == ("August", "comments.csv", "toxicity")
    assert dataset.requested_by == project.memberships.get().user


def test_sentiment_levels_are_asked_for_by_name(project):
    assert upload(client_of(make_member(project)), project, level_kind="sentiment").status_code == 202
    assert Dataset.objects.get().level_kind == "sentiment"


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.ADJUDICATOR])
def test_others_may_neither_import_nor_read_reports(project, role):
    client, dataset = client_of(make_member(project, role)), make_dataset(project)
    assert upload(client, project).status_code == 403
    for tail in ("", f"{dataset.pk}/", f"{dataset.pk}/rejected-rows/"):
        assert client.get(f"/api/v1/projects/{project.slug}/datasets/{tail}").status_code == 403


def test_outsiders_do_not_learn_that_the_project_exists(project):
    client = stranger()
    assert upload(client, project).status_code == 404
    assert client.get(f"/api/v1/projects/{project.slug}/datasets/").status_code == 404


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"file": None}, "file"),
        ({"file": "a path, not a file"}, "file"),
        ({"name": None}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"level_kind": "mood"}, "level_kind"),
        ({"levels": "toxicity"}, "levels"),
    ],
)
def test_what_is_wrong_with_an_upload_is_said_by_field(project, fields, field):
    response = upload(client_of(make_member(project)), project, **fields)
    assert response.status_code == 400
    assert response.json()["errors"][field]
    assert not Dataset.objects.exists()


def test_a_name_can_be_used_once_per_project(project):
    make_dataset(project, name="August")
    response = upload(client_of(make_member(project)), project)
    assert response.status_code == 400
    assert "“August” already" in response.json()["detail"]


def test_a_file_of_an_unknown_kind_is_refused_at_once(project):
    response = upload(client_of(make_member(project)), project, file_name="comments.docx")
    assert response.status_code == 400
    assert ".csv" in response.json()["detail"]
    assert not Dataset.objects.exists()


def test_json_is_refused_where_a_file_is_wanted(project):
    response = client_of(make_member(project)).post(f"/api/v1/projects/{project.slug}/datasets/", {"name": "August"})
    assert response.status_code == 415


def test_rejected_rows_come_in_pages(project):
    dataset = make_dataset(project, rejected_count=30)
    RejectedRow.objects.bulk_create(RejectedRow(dataset=dataset, line=line, reason="no text") for line in range(2, 32))
    client = client_of(make_member(project))
    detail = client.get(f"/api/v1/projects/{project.slug}/datasets/{dataset.pk}/").json()
    assert len(detail["rejected_rows"]) == 20
    page = client.get(detail["rejected_rows_url"], {"limit": 5, "offset": 25}).json()
    assert page["count"] == 30
    assert [row["line"] for row in page["results"]] == [27, 28, 29, 30, 31]


def test_a_data_set_of_another_project_is_not_found(project):
    other = make_dataset(make_project("Elsewhere"))
    assert client_of(make_member(project)).get(f"/api/v1/projects/{project.slug}/datasets/{other.pk}/").status_code == 404


def test_a_list_is_read_in_a_fixed_number_of_queries(project, django_assert_max_num_queries):
    client = client_of(make_member(project))
    for _ in range(12):
        make_dataset(project)
    with django_assert_max_num_queries(6):
        assert client.get(f"/api/v1/projects/{project.slug}/datasets/").json()["count"] == 12
