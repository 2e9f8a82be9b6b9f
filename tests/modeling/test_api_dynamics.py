"""Social dynamics over HTTP."""

import pytest

from modeling.models import Role
from tests.api_client import client_of, stranger
from tests.factories import make_member, make_project
from tests.modeling.dynamics_rows import make_read

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_read(project)
    make_read(make_project("Elsewhere"))
    return project


def ask(client, project, tail="", **query):
    return client.get(f"/api/v1/projects/{project.slug}/social-dynamics/{tail}", query)


@pytest.fixture
def lead(project):
    return client_of(make_member(project))


def test_a_share_travels_with_its_interval_chance_and_n(lead, project):
    (row,) = ask(lead, project, version=2, subject="muslim", cut="all", engine="gradient_x_attention").json()["results"]
    assert row == {
        "version": 2,
        "engine": "gradient_x_attention",
        "subject": "muslim",
        "cut": "all",
        "place": "",
        "share": pytest.approx(0.16),
        "low": pytest.approx(0.13),
        "high": pytest.approx(0.19),
        "chance": 0.1,
        "chance_low": 0.08,
        "chance_high": 0.12,
        "n": 74,
        "families": 21,
        "simulated": False,
        "dealt_dates": False,
    }


@pytest.mark.parametrize(
    ("query", "count"),
    [({}, 56), ({"version": 1}, 28), ({"cut": "month"}, 24), ({"subject": ""}, 14), ({"engine": "attention"}, 8), ({"version": 9}, 0)],
)
def test_they_are_filtered(lead, project, query, count):
    assert ask(lead, project, **query).json()["count"] == count


def test_changes_name_both_versions_and_what_happened(lead, project):
    rows = ask(lead, project, "changes/", subject="muslim", engine="gradient_x_attention").json()["results"]
    assert [(row["version"], row["previous"], row["kind"], row["before"], row["after"], row["n"]) for row in rows] == [
        (2, 1, "promoted", 0.21, 0.14, 74)
    ]
    assert rows[0]["high"] < 0


def test_the_network_has_pairs_that_the_page_leaves_out(lead, project):
    rows = ask(lead, project, "network/", version=2).json()["results"]
    assert [(row["first"], row["second"], row["n"]) for row in rows][-1] == ("jewish", "muslim", 2)
    assert rows[0]["lift"] is None


@pytest.mark.parametrize("query", [{"version": "first"}, {"engine": "lime"}, {"cut": "weekday"}, {"version": 2**70}])
def test_a_filter_that_means_nothing_is_refused(lead, project, query):
    response = ask(lead, project, **query)
    assert response.status_code == 400
    assert response.json()["errors"][next(iter(query))]


@pytest.mark.parametrize("tail", ["", "changes/", "network/"])
def test_annotators_and_outsiders_do_not_see_them(project, tail):
    for role in (Role.ANNOTATOR, Role.ADJUDICATOR):
        assert ask(client_of(make_member(project, role)), project, tail).status_code == 403
    assert ask(stranger(), project, tail).status_code == 404
