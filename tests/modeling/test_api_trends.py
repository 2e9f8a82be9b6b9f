"""Trends and before/after tables over HTTP."""

import pytest

from modeling.models import Role
from tests.api_client import client_of, stranger
from tests.factories import make_dataset, make_member, make_project
from tests.modeling.trend_rows import make_trended

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_trended(project)
    make_trended(make_project("Elsewhere"))
    return project


@pytest.fixture
def lead(project):
    return client_of(make_member(project))


def ask(client, project, tail="", **query):
    return client.get(f"/api/v1/projects/{project.slug}/trends/{tail}", query)


def test_a_trend_travels_with_its_interval_n_months_and_tests(lead, project):
    body = ask(lead, project).json()
    assert body["count"] == 12
    assert [row["version"] for row in body["results"][:3]] == [None, 1, 2]
    row = ask(lead, project, version=2).json()["results"][0]
    assert row == {
        "version": 2,
        "measure": "accuracy",
        "slope": 0.018,
        "low": 0.009,
        "high": 0.027,
        "slope_p": 0.002,
        "slope_p_holm": 0.006,
        "n": 4000,
        "month_count": 6,
        "first_month": "2026-03",
        "last_month": "2026-08",
        "tau": 0.87,
        "p": 0.0167,
        "p_holm": 0.05,
        "change_month": "2026-06",
        "change_p": 0.0004,
        "change_p_holm": 0.0008,
        "pettitt_p": 0.1,
        "pettitt_p_holm": 0.3,
        "simulated": False,
        "dealt_dates": False,
    }


@pytest.mark.parametrize("tail", ["", "changes/"])
def test_each_row_says_what_is_simulated_about_the_project(lead, project, tail):
    project.feedback_batches.create(provenance="round 1: 2026-05", sha256="0" * 64, simulated=True)
    make_dataset(make_project("Dealt"), dealt_dates=True)
    row = ask(lead, project, tail).json()["results"][0]
    assert (row["simulated"], row["dealt_dates"]) == (True, False)


def test_a_change_says_what_it_rests_on(lead, project):
    rows = ask(lead, project, "changes/", version=2).json()["results"]
    assert [row["measure"] for row in rows] == ["accuracy", "macro_f1", "mean_kl_to_uniform", "fpr_gap"]
    assert (rows[0]["version"], rows[0]["previous"], rows[0]["kind"], rows[0]["unit"], rows[0]["n"]) == (2, 1, "promoted", "comment", 4000)
    assert rows[3]["difference"] is None
    assert ask(lead, project, "changes/", version=1).json()["count"] == 0


def test_no_list_reads_the_log_of_a_training(lead, project, django_assert_max_num_queries):
    for tail in ("", "changes/"):
        with django_assert_max_num_queries(8) as asked:
            ask(lead, project, tail)
        assert not [query["sql"] for query in asked.captured_queries if "loss_steps" in query["sql"] or "manifest" in query["sql"]]


@pytest.mark.parametrize("tail", ["", "changes/"])
def test_annotators_outsiders_and_nonsense_are_refused(lead, project, tail):
    assert ask(lead, project, tail, version="first").status_code == 400
    for role in (Role.ANNOTATOR, Role.ADJUDICATOR):
        assert ask(client_of(make_member(project, role)), project, tail).status_code == 403
    assert ask(stranger(), project, tail).status_code == 404
