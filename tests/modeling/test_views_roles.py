"""Who may see which page: every URL of modeling, for every kind of visitor."""

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from modeling.models import FirstTraining, Role
from modeling.urls import urlpatterns
from tests.factories import make_comment, make_dataset, make_member, make_prediction, make_project
from tests.modeling.decided import make_decided_cycle
from tests.modeling.report_rows import make_report

pytestmark = pytest.mark.django_db

LEAD_PAGES = {
    "project-settings": [],
    "dataset-list": [],
    "dataset-import": [],
    "dataset-detail": ["pk"],
    "dataset-progress": ["pk"],
    "version-list": [],
    "roll-back": [],
    "roll-back-undo": [],
    "cycle-list": [],
    "cycle-start": [],
    "cycle-detail": ["number"],
    "cycle-progress": ["number"],
    "first-training": [],
    "first-training-progress": [],
    "dashboard": [],
    "dashboard-compare": [],
    "dashboard-curves": [],
    "trends": [],
    "dashboard-losses": [],
    "report-list": [],
    "report-progress": [],
    "report-view": ["report"],
    "report-file": ["report", "kind"],
    "social-dynamics": [],
    "social-dynamics-progress": [],
    "social-dynamics-comments": [],
    "project-paper": [],
}
ASKED = {"social-dynamics-comments": {"version": 1}}
"""What an address needs besides."""
LEAD_ACTIONS = (
    "measure-again",
    "report-make",
    "report-schedule",
    "social-dynamics-again",
    "social-dynamics-watch",
    "social-dynamics-unwatch",
    "what-if-decide",
    "cycle-cancel",
    "cycle-promote",
    "cycle-retry",
    "cycle-seal",
    "cycle-judge-again",
)
ADMIN_ACTIONS = ("cycle-bundle",)
MEMBER_PAGES = {"project-list", "project-detail", "project-create", "explanation", "what-if-of", "paper"}
WHAT_IF = {"what-if": 200, "what-if-pins": 405, "what-if-report": 405, "what-if-take-back": 405}
"""For every member; what a GET gives."""
FINE = (200, 286)


@pytest.fixture
def world():
    project = make_project()
    dataset = make_dataset(project)
    FirstTraining.objects.create(project=project)
    make_report(project)
    return project, dataset, make_decided_cycle(project)


def url_of(name, world):
    project, dataset, cycle = world
    parts = {"pk": dataset.pk, "number": cycle.number, "kind": "json"}
    parts |= {"report": project.monthly_reports.get().pk}
    of_a_cycle = ["number"] if name.startswith("cycle-") else []
    return reverse(f"modeling:{name}", args=[project.slug, *(parts[part] for part in LEAD_PAGES.get(name, of_a_cycle))])


def sign_in(client, project, role):
    client.force_login(make_member(project, role))


def test_every_url_is_held_against_a_rule_here():
    assert {pattern.name for pattern in urlpatterns} == {*LEAD_PAGES, *LEAD_ACTIONS, *ADMIN_ACTIONS, *MEMBER_PAGES, *WHAT_IF}


@pytest.mark.parametrize("name", LEAD_PAGES)
def test_leads_and_admins_see_it_and_nobody_else(client, world, name):
    url = url_of(name, world)
    assert client.get(url).url.startswith(reverse("login"))
    sign_in(client, make_project(), Role.ADMIN)
    assert client.get(url).status_code == 404, "outsiders do not learn that the project exists"
    for role, status in ((Role.ANNOTATOR, (403,)), (Role.ADJUDICATOR, (403,)), (Role.LEAD, FINE), (Role.ADMIN, FINE)):
        sign_in(client, world[0], role)
        assert client.get(url, ASKED.get(name)).status_code in status, role


@pytest.mark.parametrize("name", LEAD_ACTIONS)
def test_actions_are_for_leads_and_take_posts_only(client, world, name):
    url = url_of(name, world)
    assert client.post(url).url.startswith(reverse("login"))
    for role in (Role.ANNOTATOR, Role.ADJUDICATOR):
        sign_in(client, world[0], role)
        assert client.post(url).status_code == 403
    sign_in(client, world[0], Role.LEAD)
    assert client.get(url).status_code == 405


@pytest.mark.parametrize("name", ADMIN_ACTIONS)
def test_what_takes_data_out_is_for_admins_and_takes_posts_only(client, world, name):
    url = url_of(name, world)
    assert client.post(url).url.startswith(reverse("login"))
    for role in (Role.ANNOTATOR, Role.ADJUDICATOR, Role.LEAD):
        sign_in(client, world[0], role)
        assert client.post(url).status_code == 403, role
    sign_in(client, make_project(), Role.ADMIN)
    assert client.post(url).status_code == 404
    sign_in(client, world[0], Role.ADMIN)
    assert client.get(url).status_code == 405
    assert client.post(url).status_code == 302


@pytest.mark.parametrize(
    "name", ["cycle-bundle", "cycle-seal", "cycle-cancel", "cycle-promote", "cycle-start", "dataset-import", "roll-back", "project-settings"]
)
def test_a_change_without_a_csrf_token_is_refused(world, name):
    client = Client(enforce_csrf_checks=True)
    sign_in(client, world[0], Role.LEAD)
    assert client.post(url_of(name, world)).status_code == 403


def test_for_annotators_a_project_is_its_rounds(client, world):
    sign_in(client, world[0], Role.ANNOTATOR)
    response = client.get(reverse("modeling:project-detail", args=[world[0].slug]))
    assert response.url == reverse("feedback:annotate-next", args=[world[0].slug])


@pytest.mark.parametrize(("role", "status"), [(Role.ANNOTATOR, 403), (Role.ADJUDICATOR, 403), (Role.LEAD, 200), (Role.ADMIN, 200)])
def test_who_leads_a_project_may_make_another(client, world, role, status):
    sign_in(client, world[0], role)
    assert client.get(reverse("modeling:project-create")).status_code == status


def test_rows_of_another_project_are_not_reached_through_ones_own(client, world):
    own = make_project()
    sign_in(client, own, Role.LEAD)
    _, dataset, cycle = world
    for name in ("dataset-detail", "dataset-progress"):
        assert client.get(reverse(f"modeling:{name}", args=[own.slug, dataset.pk])).status_code == 404
    for name in ("cycle-detail", "cycle-progress"):
        assert client.get(reverse(f"modeling:{name}", args=[own.slug, cycle.number])).status_code == 404


@pytest.mark.parametrize("name", ["explanation", "what-if-of"])
def test_annotators_see_explanations_of_the_pool_and_of_nothing_that_judges(client, world, name):
    project, dataset, cycle = world
    of_pool, of_gate = (make_prediction(cycle.champion, make_comment(dataset, split=split)) for split in ("pool", "gate"))
    for prediction in (of_pool, of_gate):
        prediction.explanations.create(spans=[])
    fine = 286 if name == "explanation" else 200
    expected = {Role.ANNOTATOR: (fine, 404), Role.LEAD: (fine, fine)}
    for role, statuses in expected.items():
        sign_in(client, project, role)
        found = tuple(client.get(reverse(f"modeling:{name}", args=[p.pk]), headers={"HX-Request": "true"}).status_code for p in (of_pool, of_gate))
        assert found == statuses
    sign_in(client, make_project(), Role.ADMIN)
    assert client.get(reverse(f"modeling:{name}", args=[of_pool.pk]), headers={"HX-Request": "true"}).status_code == 404


@pytest.mark.parametrize("name", WHAT_IF)
def test_the_what_if_is_for_every_member_and_nobody_else(client, world, name):
    url = reverse(f"modeling:{name}", args=[world[0].slug])
    assert client.post(url).url.startswith(reverse("login"))
    sign_in(client, make_project(), Role.ADMIN)
    assert client.post(url).status_code == 404
    for role in Role.values:
        sign_in(client, world[0], role)
        assert client.get(url).status_code == WHAT_IF[name], role


def test_urls_of_the_site_include_these():
    assert get_resolver().resolve("/projects/").url_name == "project-list"
