"""The page of the parts of the loss, in the form of the paper's Table 7."""

import pytest
from django.urls import reverse

from modeling.models import Role
from modeling.reports import trained_versions, version_losses
from tests.factories import make_member, make_project, make_version
from tests.modeling.decided import losses

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
    response = client.get(reverse("modeling:dashboard-losses", args=[project.slug]), query)
    assert response.status_code == 200
    return response.content.decode()


def test_ten_rows_are_means_over_tenths_of_the_steps(project):
    steps = [{"step": step, "total": 2.0 * step, "ce": float(step), "weights": {"pairing": 0.5}} for step in range(1, 101)]
    make_version(project, champion=True, loss_steps=steps)
    found = version_losses(project=project, versions=trained_versions(project), number=None)
    assert [(part.first, part.last) for part in found.parts[:2]] == [(1, 10), (11, 20)]
    assert (found.parts[0].values[0], found.parts[9].values[0], found.parts[9].total) == (5.5, 95.5, 191.0)
    assert found.components[:2] == (("CE", None), ("KL (as printed)", None))
    assert dict(found.components)["pairing"] == 0.5
    assert found.parts[0].values[1] is None, "what was not logged is no 0"


def test_fewer_steps_than_ten_are_as_many_rows(project):
    make_version(project, champion=True, loss_steps=losses(steps=3, arms=("none",)))
    assert len(version_losses(project=project, versions=trained_versions(project), number=None).parts) == 3


def test_the_page_shows_the_version_in_use_or_the_one_that_is_asked_for(client, project, lead):
    make_version(project, champion=True, loss_steps=losses(arms=("none",)))
    make_version(project, arm="real")
    assert "Parts of the loss of v1" in shown(client, project)
    assert "Parts of the loss of v1" in shown(client, project, version="nonsense")
    other = shown(client, project, version=2)
    assert "No loss is logged for this version" in other
    assert "vega-bundle" not in other
    assert shown(client, project, csv="losses").splitlines()[0] == "step,part,value,simulated,dealt_dates"


def test_each_part_is_explained_and_the_total_looks_like_none_of_them(client, project, lead):
    make_version(project, champion=True, loss_steps=losses(arms=("none",)))
    assert "<dt>pairing</dt><dd>how differently a comment and its twin about another group are scored" in shown(client, project)
    found = version_losses(project=project, versions=trained_versions(project), number=None)
    scales = [found.chart.spec["layer"][0]["encoding"][channel]["scale"] for channel in ("color", "strokeDash")]
    assert scales[0]["domain"] == ["total", "CE", "KL (as printed)", "pairing", "feedback"]
    assert all(len({str(one) for one in scale["range"]}) == 5 for scale in scales)


def test_without_a_version_it_says_how_to_train_one(client, project, lead):
    assert reverse("modeling:first-training", args=[project.slug]) in shown(client, project)
