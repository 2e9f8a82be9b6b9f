"""Stored measures over HTTP."""

import pytest

from modeling.models import Evaluation, ProbeScore, Role, SubgroupScore
from tests.api_client import client_of, stranger
from tests.factories import make_member, make_project, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    for version in (make_version(project, champion=True), make_version(project)):
        for split, month in (("test", ""), ("test", "2026-03"), ("gate", "")):
            Evaluation.objects.create(version=version, split=split, month=month, measure="accuracy", value=0.9, low=0.88, high=0.92, n=500)
        SubgroupScore.objects.create(version=version, split="test", subgroup="muslim", measure="fpr", value=None, n=12, n_toxic=3, n_non_toxic=9)
        ProbeScore.objects.create(version=version, measure="swap_rate", value=0.12, low=0.1, high=0.15, n=3544)
    other = make_version(make_project("Elsewhere"), champion=True)
    Evaluation.objects.create(version=other, split="test", measure="accuracy", value=0.1, n=5)
    ProbeScore.objects.create(version=other, measure="swap_rate", value=0.9, n=3544)
    return project


def ask(client, project, tail="", **query):
    return client.get(f"/api/v1/projects/{project.slug}/measures/{tail}", query)


def test_every_value_travels_with_its_interval_and_n(project):
    row = ask(client_of(make_member(project)), project, version=1, split="gate").json()["results"][0]
    assert row == {
        "version": 1,
        "split": "gate",
        "source": "",
        "month": "",
        "measure": "accuracy",
        "value": 0.9,
        "low": 0.88,
        "high": 0.92,
        "n": 500,
        "simulated": False,
        "dealt_dates": False,
    }


@pytest.mark.parametrize(("query", "count"), [({}, 6), ({"version": 2}, 3), ({"split": "test"}, 4), ({"month": "2026-03"}, 2), ({"version": 9}, 0)])
def test_they_are_filtered_by_version_split_and_month(project, query, count):
    assert ask(client_of(make_member(project)), project, **query).json()["count"] == count


def test_too_few_comments_are_told_as_null_and_not_as_a_number(project):
    rows = ask(client_of(make_member(project)), project, "subgroups/", version=1).json()["results"]
    assert [(row["subgroup"], row["value"], row["n"], row["n_non_toxic"]) for row in rows] == [("muslim", None, 12, 9)]


def test_probes_say_what_their_n_counts(project):
    rows = ask(client_of(make_member(project)), project, "probes/").json()["results"]
    assert [row["version"] for row in rows] == [2, 1], "those of another project do not leak in"
    figures = {"value": 0.12, "low": 0.1, "high": 0.15, "n": 3544, "counted": "pairs"}
    assert rows[0] == {"version": 2, "measure": "swap_rate", **figures, "simulated": False, "dealt_dates": False}
    assert ask(client_of(make_member(project)), project, "probes/", version=1).json()["count"] == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [({"version": "first"}, "version"), ({"version": 2**70}, "version"), ({"split": "all"}, "split"), ({"month": "2026-13"}, "month")],
)
def test_a_filter_that_means_nothing_is_refused(project, query, field):
    response = ask(client_of(make_member(project)), project, **query)
    assert response.status_code == 400
    assert response.json()["errors"][field]


def test_a_page_has_at_most_five_hundred_rows(project):
    version = project.versions.first()
    Evaluation.objects.bulk_create(Evaluation(version=version, split="audit", measure=f"m{i}", value=0, n=1) for i in range(600))
    assert len(ask(client_of(make_member(project)), project, limit=1_000_000).json()["results"]) == 500


def test_annotators_and_outsiders_do_not_see_them(project):
    assert ask(client_of(make_member(project, Role.ANNOTATOR)), project).status_code == 403
    assert ask(client_of(make_member(project, Role.ANNOTATOR)), project, "probes/").status_code == 403
    outsider = stranger()
    assert ask(outsider, project, "subgroups/").status_code == 404
    assert ask(outsider, project, "probes/").status_code == 404
