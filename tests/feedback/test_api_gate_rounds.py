"""Gate rounds over HTTP: open, cancel, and who may."""

import pytest

from feedback.models import AnnotationRound, Panel
from modeling.labels import Split
from modeling.models import Comment, RetrainingCycle, Role
from tests.api_client import client_of, stranger
from tests.factories import make_cycle, make_member, make_version
from tests.feedback.worlds import LOW, World, answer_next, make_annotator, make_panel

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(world: World) -> RetrainingCycle:
    cycle = make_cycle(world.project, state="held", decision={"eligible": False})
    cycle.candidate = make_version(world.project, cycle=cycle, arm="real")
    cycle.save()
    return cycle


@pytest.fixture
def experts(world: World) -> Panel:
    return make_panel(world.project, Panel.Kind.EXPERT)


@pytest.fixture
def lead(world: World):
    return client_of(world.lead)


def url(world: World, number: int = 1) -> str:
    return f"/api/v1/projects/{world.project.slug}/cycles/{number}/gate-rounds/"


def test_a_lead_opens_one_and_cancels_it(world, held, experts, lead) -> None:
    response = lead.post(url(world), {"item_count": 3, "panels": [experts.name]})
    assert response.status_code == 201, response.json()
    told = response.json()
    assert (told["kind"], told["strategy"], told["item_count"], told["overlap"]) == ("gate", "random", 3, 2)
    assert Comment.objects.filter(split=Split.GATE).count() == 3
    assert lead.post(url(world), {"item_count": 3, "panels": [experts.name]}).status_code == 409
    cancelled = lead.post(f"/api/v1/rounds/{told['id']}/cancel/")
    assert (cancelled.status_code, cancelled.json()["state"], cancelled.json()["handed_in"]) == (200, "cancelled", True)


def test_what_cannot_be_is_told_by_field_or_as_a_conflict(world, held, experts, lead) -> None:
    crowd = make_panel(world.project)
    for body, field in (
        ({"item_count": 3}, "panels"),
        ({"item_count": 3, "panels": [crowd.name]}, "panels"),
        ({"panels": [experts.name]}, "item_count"),
    ):
        response = lead.post(url(world), body)
        assert (response.status_code, list(response.json()["errors"])) == (400, [field])
    assert "fresh comments left" in lead.post(url(world), {"item_count": 13, "panels": [experts.name]}).json()["detail"]
    assert not AnnotationRound.objects.exists()


def test_one_with_answers_is_not_cancelled(world, held, experts, lead) -> None:
    pk = lead.post(url(world), {"item_count": 3, "panels": [experts.name]}).json()["id"]
    answer_next(AnnotationRound.objects.get(pk=pk), make_annotator(world.project, experts), LOW)
    assert lead.post(f"/api/v1/rounds/{pk}/cancel/").status_code == 409


def test_only_leads_may_and_a_missing_cycle_is_not_found(world, held, experts, lead) -> None:
    body = {"item_count": 3, "panels": [experts.name]}
    assert client_of(make_member(world.project, Role.ADJUDICATOR)).post(url(world), body).status_code == 403
    assert stranger().post(url(world), body).status_code == 404
    assert lead.post(url(world, 9), body).status_code == 404
