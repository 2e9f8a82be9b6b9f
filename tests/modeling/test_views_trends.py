"""The page of trends and before/after tables."""

import csv
import io

import pytest
from django.urls import reverse

from modeling.labels import Split
from modeling.models import BeforeAfter, Comment, Role, ScoringRun, Trend
from tests.factories import make_comment, make_dataset, make_member, make_project, make_version
from tests.modeling.trend_rows import make_trended

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
    response = client.get(reverse("modeling:trends", args=[project.slug]), query)
    assert response.status_code == 200
    return " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def test_each_trend_is_said_in_words_with_its_slope_interval_n_and_tests(client, project, lead):
    make_trended(project)
    html = shown(client, project)
    assert "when it ended, a month that is not over by what is in use so far" in html
    assert "Probably better: +1.8 points a month, between +0.90 and +2.7; 4,000 comments in 6 months." in html
    interval = '<span class="aside">+0.90 to +2.7</span> <span class="aside">p .006</span> <span class="aside">n = 4,000</span>'
    assert f'<span class="value">+1.8 points a month</span> {interval}' in html
    assert "tau +.87" in html
    assert "From 2026-06 on (p &lt; .001)." in html
    assert "Pettitt: p = .300" in html
    assert "Each p is after Holm over the rows of this table; the plain ones are in the CSV." in html
    row = next(csv.DictReader(io.StringIO(client.get(reverse("modeling:trends", args=[project.slug]), {"csv": "in-use"}).content.decode())))
    assert [row[name] for name in ("slope_p", "slope_p_holm", "p", "p_holm", "change_p")] == ["0.002", "0.006", "0.0167", "0.05", "0.0004"]
    assert "Not enough data: four months with enough comments are needed (40 comments in 2 months)." in html


def test_a_change_has_the_papers_table(client, project, lead):
    make_trended(project)
    html = shown(client, project)
    assert "v2 after v1: promoted on 3 Jun 2026" in html
    assert "92.5 %" in html
    assert "94.3 %" in html
    assert "+1.9 %" in html
    assert "McNemar (mid-p)" in html
    assert "unit: comment" in html
    assert '<span class="value">&lt; .001</span> <span class="aside">Holm .002</span>' in html


def test_another_version_is_chosen_in_the_address_and_nonsense_shows_the_one_in_use(client, project, lead):
    make_trended(project)
    assert "v1 on the comments of all months" in shown(client, project, version=1)
    for version in ("x", 99, -1, 2**70):
        assert "v2 on the comments of all months" in shown(client, project, version=version)


def test_demonstration_data_is_marked(client, project, lead):
    make_trended(project)
    assert "Made up" not in shown(client, project)
    make_dataset(project, name="Letters", made_up=True)
    assert "Made up for the demonstration: Letters." in shown(client, project)


def test_before_there_is_anything_it_says_what_is_needed(client, project, lead):
    assert reverse("modeling:first-training", args=[project.slug]) in shown(client, project)
    make_version(project, champion=True)
    html = shown(client, project)
    assert "no imported comment of audit has both" in html
    assert reverse("modeling:measure-again", args=[project.slug]) not in html, "it would change nothing"


def test_where_the_version_in_use_was_not_measured_by_month_it_is_measured_from_there(client, project, lead, monkeypatch):
    monkeypatch.setattr("django_q.tasks.async_task", lambda *args, **_: None)
    make_version(project, champion=True)
    comment = make_comment(make_dataset(project), split=Split.AUDIT, created_date=None)
    assert "no imported comment of audit has both" in shown(client, project), "without a date there is no month"
    Comment.objects.filter(pk=comment.pk).update(created_date="2026-05-03")
    assert "Measure v1 now" in shown(client, project)
    answer = client.post(reverse("modeling:measure-again", args=[project.slug]), {"back": "trends"})
    assert answer.url == reverse("modeling:trends", args=[project.slug])
    html = shown(client, project)
    assert "v1 is being measured. Its trends appear here when that is done." in html
    assert "Measure v1 now" not in html


@pytest.mark.parametrize("back", ["", "project-list", "https://example.org"])
def test_it_leads_back_to_no_other_page(client, project, lead, back):
    answer = client.post(reverse("modeling:measure-again", args=[project.slug]), {"back": back})
    assert answer.url == reverse("modeling:dashboard-curves", args=[project.slug])


def test_where_nothing_was_in_use_at_a_months_end_that_is_said(client, project, lead):
    make_trended(project)
    Trend.objects.filter(version=None).delete()
    assert "No comment of audit is of the month in which a version came into use" in shown(client, project)


def test_while_the_version_in_use_is_measured_no_change_is_told_of_as_missing(client, project, lead):
    make_trended(project)
    BeforeAfter.objects.all().delete()
    ScoringRun.objects.create(version=project.champion)
    html = shown(client, project)
    assert f"{project.champion} came into use at" in html
    assert f"No change has been measured yet: {project.champion} is being measured." in html
    assert "No version has taken the place of another yet" not in html


def test_it_asks_the_database_little_however_many_changes_there_are(client, project, lead, django_assert_max_num_queries):
    for _ in range(3):
        make_trended_again(project)
    with django_assert_max_num_queries(16):
        shown(client, project)


def make_trended_again(project):
    Trend.objects.filter(project=project, version=None).delete()
    make_trended(project)


def test_the_dashboard_leads_there(client, project, lead):
    page = client.get(reverse("modeling:dashboard", args=[project.slug])).content.decode()
    assert reverse("modeling:trends", args=[project.slug]) in page
