"""Rounds over HTTP: open, list, look at, close."""

import uuid

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from feedback import tasks
from feedback.models import Annotator, Panel
from feedback.pipeline import drawing
from feedback.pipeline.annotate import submit_annotation
from feedback.pipeline.answer import Answer
from feedback.pipeline.assign import claim_next
from feedback.pipeline.sample import open_round
from modeling.models import Role
from tests.api_client import client_of, stranger
from tests.factories import make_comment, make_dataset, make_member, make_prediction, make_project, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    version, dataset = make_version(project, champion=True), make_dataset(project)
    for _ in range(6):
        make_prediction(version, make_comment(dataset))
    return project


@pytest.fixture
def lead(project):
    return client_of(make_member(project, Role.LEAD))


def url(project):
    return f"/api/v1/projects/{project.slug}/rounds/"


def answer_one(round):
    user = make_member(round.project, Role.ANNOTATOR)
    panel = Panel.objects.get_or_create(project=round.project, name="Crowd")[0]
    annotator = Annotator.objects.create(project=round.project, user=user, panel=panel, consented_at=timezone.now())
    place = claim_next(round=round, annotator=annotator)
    submit_annotation(assignment_id=place.pk, annotator=annotator, key=uuid.uuid4(), answer=Answer(verdict="correct"))


def test_a_lead_opens_a_round(project, lead):
    Panel.objects.create(project=project, name="Experts", kind="expert")
    body = {
        "name": "August",
        "item_count": 3,
        "overlap": 2,
        "strategy": "entropy",
        "random_share": 0.5,
        "panels": ["Experts"],
        "deadline": "2099-01-31",
    }
    response = lead.post(url(project), body)
    assert response.status_code == 201, response.json()
    told, opened = response.json(), project.rounds.get()
    assert (told["number"], told["state"], told["version"], told["handed_in"], told["cycle"]) == (1, "open", 1, False, None)
    assert (opened.item_count, opened.overlap, opened.strategy, opened.random_share) == (3, 2, "entropy", 0.5)
    assert [panel.name for panel in opened.panels.all()] == ["Experts"]
    assert (opened.deadline.isoformat(), opened.assignments.count()) == ("2099-01-31", 6)
    assert lead.get(told["url"]).json()["name"] == "August"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"item_count": 0}, "item_count"),
        ({"item_count": "many"}, "item_count"),
        ({"item_count": 10**20}, "item_count"),
        ({"overlap": 0}, "overlap"),
        ({"strategy": "best"}, "strategy"),
        ({"random_share": 1.5}, "random_share"),
        ({"random_share": 0}, "random_share"),
        ({"panels": ["Nobody"]}, "panels"),
        ({"panels": [7, {}]}, "panels.1"),
        ({"deadline": "soon"}, "deadline"),
        ({"deadline": "2020-01-31"}, "deadline"),
        ({"seed": -1}, "seed"),
        ({"itemcount": 3}, "itemcount"),
    ],
)
def test_what_is_wrong_with_a_round_is_said_by_field(project, lead, change, field):
    response = lead.post(url(project), {"name": "August", "item_count": 3, **change})
    assert response.status_code == 400, response.json()
    assert response.json()["errors"][field]
    assert not project.rounds.exists()


def test_a_panel_of_another_project_is_unknown_here(project, lead):
    Panel.objects.create(project=make_project("Elsewhere"), name="Theirs")
    assert lead.post(url(project), {"name": "August", "item_count": 3, "panels": ["Theirs"]}).status_code == 400


def test_more_items_than_the_pool_has_are_a_conflict(project, lead):
    response = lead.post(url(project), {"name": "August", "item_count": 7})
    assert response.status_code == 409
    assert "6 comments left" in response.json()["detail"]


def test_a_round_from_a_large_pool_is_drawn_in_the_background(project, lead, monkeypatch):
    monkeypatch.setattr(drawing, "AT_ONCE", 0)
    made = lead.post(url(project), {"name": "August", "item_count": 3}).json()
    assert (made["state"], made["drawn_from"], made["effective_n"]) == ("drawing", None, None)
    assert lead.post(url(project), {"name": "September", "item_count": 3}).status_code == 409
    tasks.draw_round(made["id"])
    drawn = lead.get(made["url"]).json()
    assert (drawn["state"], drawn["drawn_from"], drawn["progress"]["wanted"]) == ("open", 6, 6)
    large = lead.post(url(project), {"name": "October", "item_count": 7}).json()
    tasks.draw_round(large["id"])
    failed = lead.get(large["url"]).json()
    assert (failed["state"], failed["handed_in"]) == ("failed", True)
    assert "comments left" in failed["draw_error"]


def test_leads_see_progress_and_agreement_and_annotators_do_not(project, lead):
    opened = open_round(project=project, name="August", item_count=2, strategy="random")
    answer_one(opened)
    address = f"/api/v1/rounds/{opened.pk}/"
    progress = lead.get(address).json()["progress"]
    assert (progress["wanted"], progress["done"], progress["verdicts"]["correct"], progress["agreement"]) == (4, 1, 1.0, {})
    agreement = lead.get(address, {"agreement": "true"}).json()["progress"]["agreement"]
    assert agreement["verdict"] == {"alpha": None, "low": None, "high": None, "ac1": None, "ac1_low": None, "ac1_high": None, "items": 0}
    assert client_of(make_member(project, Role.ANNOTATOR)).get(address, {"agreement": "true"}).json()["progress"] is None


def test_a_closed_round_is_aggregated_in_the_background(project, lead, django_capture_on_commit_callbacks):
    opened = open_round(project=project, name="August", item_count=2, strategy="random")
    answer_one(opened)
    with django_capture_on_commit_callbacks(execute=True):
        response = lead.post(f"/api/v1/rounds/{opened.pk}/close/", {"start_cycle": False})
    assert response.status_code == 202, response.json()
    assert (response.json()["state"], response.json()["handed_in"]) == ("closed", False)
    assert OrmQ.objects.count() == 1


def test_a_round_without_answers_stays_open(project, lead):
    opened = open_round(project=project, name="August", item_count=2, strategy="random")
    assert lead.post(f"/api/v1/rounds/{opened.pk}/close/", {}).status_code == 409
    assert lead.get(f"/api/v1/rounds/{opened.pk}/").json()["state"] == "open"


def test_members_read_leads_write_and_outsiders_find_nothing(project):
    opened = open_round(project=project, name="August", item_count=2, strategy="random")
    member, outsider = client_of(make_member(project, Role.ADJUDICATOR)), stranger()
    address = f"/api/v1/rounds/{opened.pk}/"
    assert member.get(url(project)).json()["count"] == 1
    assert member.get(address).status_code == 200
    assert member.post(url(project), {"name": "September", "item_count": 1}).status_code == 403
    assert member.post(f"{address}close/", {}).status_code == 403
    for response in (outsider.get(url(project)), outsider.get(address), outsider.post(url(project), {}), outsider.post(f"{address}close/", {})):
        assert response.status_code == 404
