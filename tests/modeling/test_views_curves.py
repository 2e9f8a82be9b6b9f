"""The page of curves: ROC, confusion and calibration of a version beside another, with a table behind each."""

import csv
import json
import re

import pytest
from django.urls import reverse

from modeling.models import CurveSummary, Role, ScoringRun
from tests.factories import make_member, make_project, make_version
from tests.modeling.decided import make_decided_cycle

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def lead(client, project):
    user = make_member(project, Role.LEAD)
    client.force_login(user)
    return user


def shown(client, project, **query):
    response = client.get(reverse("modeling:dashboard-curves", args=[project.slug]), query)
    assert response.status_code == 200
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def spec_of(html, key):
    return json.loads(re.search(rf'<script id="chart-{key}" type="application/json">(.*?)</script>', html, re.DOTALL)[1])


def test_without_a_measure_it_says_when_there_will_be_one(client, project, lead):
    assert reverse("modeling:first-training", args=[project.slug]) in shown(client, project)
    make_version(project, champion=True)
    assert "Nothing has been measured yet" in shown(client, project)


def test_two_versions_stand_beside_each_other(client, project, lead):
    make_decided_cycle(project)
    html = shown(client, project, against=5)
    for key in ("roc", "calibration"):
        assert {row["series"] for row in spec_of(html, key)["data"]["values"]} == {"v1", "v5"}
    assert "v1 on test: 400 comments" in html
    assert "Area under the curve of v5: .840 (.820 to .860)" in html
    assert html.count('aria-label="Confusion matrix of') == 2
    assert "The intervals count each comment for one, so many near-duplicates make them too narrow." in html
    assert {row["series"] for row in spec_of(shown(client, project), "roc")["data"]["values"]} == {"v1"}, "by itself, the version in use alone"


def test_a_subgroup_and_a_month_have_their_own_curves(client, project, lead):
    make_decided_cycle(project)
    html = shown(client, project, of="muslim")
    assert "v1 on test: 201 comments" in html
    assert '<optgroup label="that mention"' in html
    assert "v1 on test: 100 comments" in shown(client, project, of="2026-04")


@pytest.mark.parametrize("query", [{"version": "x"}, {"against": "999"}, {"split": "train"}, {"of": "nobody"}])
def test_an_address_that_makes_no_sense_shows_the_default(client, project, lead, query):
    make_decided_cycle(project)
    assert "v1 on test: 400 comments" in shown(client, project, **query)


def test_too_few_comments_are_no_curve_but_their_counts_stand(client, project, lead):
    make_decided_cycle(project)
    html = shown(client, project, of="hindu")
    assert "Not enough data: it needs 10 toxic and 10 harmless comments." in html
    assert "v1 on test: 15 comments" in html
    row = CurveSummary.objects.get(version__number=1, split="test", subgroup="hindu")
    assert sum(map(sum, row.levels)) == 15
    CurveSummary.objects.filter(pk=row.pk).update(levels=[[0] * 3] * 3)
    assert "no comment that v1 was measured on has a level" in shown(client, project, of="hindu")


def test_a_version_that_was_measured_before_curves_were_kept_can_be_measured_again(client, project, lead, monkeypatch):
    make_decided_cycle(project)
    CurveSummary.objects.all().delete()
    assert "Measure v1 again" in shown(client, project)
    asked = []
    monkeypatch.setattr("django_q.tasks.async_task", lambda *args, **_: asked.append(args))
    for _ in range(2):
        client.post(reverse("modeling:measure-again", args=[project.slug]))
    assert ScoringRun.objects.filter(version=project.versions.get(number=1)).count() == len(asked) == 1
    assert "Measure v5 again" not in shown(client, project, version=5), "it is measured with its cycle"


@pytest.mark.parametrize("name", ["roc", "calibration", "confusion"])
def test_every_table_can_be_downloaded(client, project, lead, name):
    make_decided_cycle(project)
    response = client.get(reverse("modeling:dashboard-curves", args=[project.slug]), {"against": 5, "csv": name})
    rows = list(csv.DictReader(response.content.decode().splitlines()))
    assert {row.get("series") or row["version"] for row in rows} == {"v1", "v5"}
    assert len(rows) > 15


def test_it_asks_the_database_a_fixed_number_of_times(client, project, lead, django_assert_max_num_queries):
    for _ in range(3):
        make_decided_cycle(project)
    with django_assert_max_num_queries(12):
        shown(client, project, against=5)
