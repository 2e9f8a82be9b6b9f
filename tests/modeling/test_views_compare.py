"""Two versions side by side: every measure, and a difference with a paired interval where a cycle has compared the two."""

import csv

import pytest
from django.urls import reverse

from modeling.models import Difference, Evaluation, ModelVersion, Role, SubgroupScore
from modeling.reports import CompareFilter, comparison, dashboard_choices
from modeling.reports.counted import counted_subgroups
from tests.factories import brought_into_use, make_member, make_project, make_version
from tests.modeling.decided import make_decided_cycle, measure

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
    response = client.get(reverse("modeling:dashboard-compare", args=[project.slug]), query)
    assert response.status_code == 200
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def compared(project, a=1, b=5, split="test", subgroup=""):
    found = comparison(project=project, choices=dashboard_choices(project), chosen=CompareFilter(a, b, split, subgroup))
    return {row.measure.name: row for row in found.rows}


def test_a_difference_that_a_cycle_has_measured_is_paired(client, project, lead):
    make_decided_cycle(project)
    row = compared(project)["accuracy"]
    assert (row.a.value, row.b.value) == (0.80, 0.84)
    assert (row.difference.value, row.difference.low, row.difference.high) == pytest.approx((0.04, 0.02, 0.06))
    assert (row.is_paired, row.said) == (True, "better")
    assert "The differences are paired" in shown(client, project, a=1, b=5)


def test_the_other_way_round_it_has_the_other_sign(project):
    make_decided_cycle(project)
    row = compared(project, a=5, b=1)["accuracy"]
    assert (row.difference.value, row.difference.low, row.difference.high) == pytest.approx((-0.04, -0.06, -0.02))
    assert row.said == "worse"


def test_what_no_cycle_has_compared_has_no_interval_and_says_so(client, project, lead):
    make_decided_cycle(project)
    Difference.objects.all().delete()
    row = compared(project)["accuracy"]
    assert row.difference.value == pytest.approx(0.04)
    assert (row.difference.low, row.is_paired, row.said) == (None, False, "")
    assert "No cycle has compared v5 with v1 on test, so their intervals are not paired" in shown(client, project, a=1, b=5)


def test_of_a_subgroup_its_own_measures_are_compared(client, project, lead):
    make_decided_cycle(project)
    rows = compared(project, subgroup="muslim")
    assert set(rows) == {"fpr", "tpr", "bpsn_auc", "bnsp_auc", "subgroup_auc"}
    assert rows["fpr"].is_paired
    assert not rows["tpr"].is_paired
    assert compared(project, subgroup="hindu")["fpr"].difference is None
    assert "not enough data" in shown(client, project, subgroup="hindu")


def test_versions_that_were_measured_on_different_comments_say_so(client, project, lead):
    make_decided_cycle(project)
    assert "rest on different numbers of comments" not in shown(client, project)
    Evaluation.objects.filter(version__number=5, split="test", measure="accuracy", month="").update(n=900)
    assert "rest on different numbers of comments" in shown(client, project)


def test_a_verdict_on_other_comments_than_the_values_says_so(client, project, lead):
    make_decided_cycle(project)
    assert "rest on different numbers of comments" not in shown(client, project, a=1, b=5)
    Difference.objects.filter(split="test", measure="accuracy").update(n=7)
    assert not compared(project)["accuracy"].same_n
    assert "rest on different numbers of comments" in shown(client, project, a=1, b=5)


def test_by_itself_it_compares_the_newest_with_the_one_in_use(client, project, lead):
    make_decided_cycle(project)
    assert "v5 beside v1" in shown(client, project)
    assert "v5 beside v1" in shown(client, project, a="x", b="1", split="nonsense", subgroup="nobody")


def test_after_a_promotion_the_newer_stands_beside_the_older_and_the_difference_says_what_it_brought(client, project, lead):
    cycle = make_decided_cycle(project)
    brought_into_use(project, cycle.candidate)
    measure(make_version(project), "test", 0.7)
    found = comparison(project=project, choices=dashboard_choices(project), chosen=CompareFilter(None, None, "test", ""))
    accuracy = next(row for row in found.rows if row.measure.name == "accuracy")
    assert (found.a, found.b) == (cycle.champion, cycle.candidate)
    assert (accuracy.difference.value, accuracy.said) == (pytest.approx(0.04), "better")
    html = shown(client, project)
    assert "v5 beside v1" in html
    assert "v5 − v1" in html
    assert "v5 is" in html


def test_with_fewer_than_two_it_says_what_to_do(client, project, lead):
    assert reverse("modeling:first-training", args=[project.slug]) in shown(client, project)
    measure(make_version(project, champion=True), "test", 0.8)
    assert "There is one measured version" in shown(client, project)


def test_it_says_over_how_many_subgroups_worst_values_run(client, project, lead):
    make_decided_cycle(project)
    assert counted_subgroups(ModelVersion.objects.get(number=5), "test") == ("muslim", "transgender", "x_dialect")
    assert "run over 3, those with 30 toxic and 30 harmless comments" in shown(client, project, a=1, b=5)
    SubgroupScore.objects.filter(subgroup="x_dialect").update(n_toxic=29)
    SubgroupScore.objects.filter(subgroup="transgender", measure="subgroup_auc").update(low=None)
    assert "rest on one subgroup of test: Muslim" in shown(client, project, a=1, b=5)
    assert "rest on one subgroup" not in shown(client, project, a=1, b=5, subgroup="muslim")
    SubgroupScore.objects.update(n_non_toxic=3)
    assert "No subgroup of test has 30 toxic and 30 harmless comments" in shown(client, project, a=1, b=5)


def test_it_can_be_downloaded(client, project, lead):
    make_decided_cycle(project)
    response = client.get(reverse("modeling:dashboard-compare", args=[project.slug]), {"csv": "measures"})
    row = next(row for row in csv.DictReader(response.content.decode().splitlines()) if row["measure"] == "accuracy")
    assert (row["v1_value"], row["v5_value"], row["paired"]) == ("0.8", "0.84", "true")


def test_it_asks_the_database_a_fixed_number_of_times(client, project, lead, django_assert_max_num_queries):
    for _ in range(3):
        make_decided_cycle(project)
    with django_assert_max_num_queries(15):
        shown(client, project)
