import pytest
from django.urls import reverse

from feedback.errors import AnswersReadError
from feedback.models import Adjudication, Annotator
from feedback.pipeline.adjudicate import adjudicate
from feedback.pipeline.annotate import skip, undo_last
from feedback.pipeline.assign import claim_next
from feedback.pipeline.close_round import close_round
from modeling.models import Role
from tests.api_client import client_of, stranger
from tests.factories import make_member
from tests.feedback.worlds import CORRECT, LOW, answer_next, make_annotator, make_panel, make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def round(world):
    round = make_round(world, items=1, overlap=2)
    for answer in (CORRECT, LOW):
        answer_next(round, make_annotator(world.project), answer)
    return round


@pytest.fixture
def api(world):
    return client_of(make_member(world.project, Role.ADJUDICATOR))


def url(round, name):
    return reverse(f"api:{name}", args=[round.pk])


def test_a_script_decides_what_is_disputed_and_takes_it_back(round, api):
    (row,) = api.get(url(round, "round-disputed-so-far")).json()["results"]
    assert row["reasons"] == ["people name different levels"]
    assert row["share"] == 0.5
    body = {"item": row["item"], "level": "low", "bias_types": ["gender"], "severity": 2}
    made = api.post(url(round, "round-adjudications"), body)
    assert (made.status_code, made.json()["level"], made.json()["comment"]) == (201, "low", row["comment"])
    assert api.get(url(round, "round-disputed-so-far")).json()["results"] == []
    assert len(api.get(url(round, "round-adjudications")).json()["results"]) == 1
    assert api.post(url(round, "adjudication-undo"), {}).json() == {"item": row["item"]}
    assert api.post(url(round, "adjudication-undo"), {}).status_code == 409


def test_what_cannot_be_is_told_by_field_or_as_a_conflict(round, api):
    item = round.items.get().pk
    assert "severity" in api.post(url(round, "round-adjudications"), {"item": item, "level": "low", "bias_types": ["gender"]}).json()["errors"]
    assert api.post(url(round, "round-adjudications"), {"item": item + 1, "level": "low"}).status_code == 404
    close_round(round=round, start_cycle=False)
    refused = api.post(url(round, "round-adjudications"), {"item": item, "level": "low"})
    assert refused.status_code == 409
    assert "frozen" in refused.json()["detail"]


def test_a_script_of_an_adjudicator_meets_no_item_that_they_may_still_be_asked_about(world, api):
    round = make_round(world, items=1, overlap=3)
    answer_next(round, make_annotator(world.project), LOW)
    other = make_annotator(world.project)
    skip(assignment_id=claim_next(round=round, annotator=other).pk, annotator=other, reason="names a neighbour", flagged=True)
    assert api.get(url(round, "round-disputed-so-far")).json()["results"] == []
    body = {"item": round.items.get().pk, "level": "low"}
    refused = api.post(url(round, "round-adjudications"), body)
    assert refused.status_code == 409
    assert "You may still be asked about this item yourself" in refused.json()["detail"]
    assert not Adjudication.objects.exists()
    lead = client_of(world.lead)
    assert [row["item"] for row in lead.get(url(round, "round-disputed-so-far")).json()["results"]] == [body["item"]]
    assert lead.post(url(round, "round-adjudications"), body).status_code == 201
    assert api.get(url(round, "round-adjudications")).json()["results"] == []
    assert len(lead.get(url(round, "round-adjudications")).json()["results"]) == 1


@pytest.mark.parametrize("name", ["round-disputed-so-far", "round-adjudications"])
def test_who_has_read_the_lists_does_not_take_their_own_answer_back(world, name):
    """Or they could give another one, in the light of what others say."""
    user = make_member(world.project, Role.ADJUDICATOR)
    person = Annotator.objects.create(project=world.project, user=user, panel=make_panel(world.project))
    round = make_round(world, items=1, overlap=2)
    answer_next(round, make_annotator(world.project), CORRECT)
    answer_next(round, person, LOW)
    if name == "round-adjudications":
        adjudicate(round=round, item_id=round.items.get().pk, level="low", by=world.lead)
    assert len(client_of(user).get(url(round, name)).json()["results"]) == 1
    with pytest.raises(AnswersReadError, match="looked at what others say"):
        undo_last(round=round, annotator=person)


@pytest.mark.parametrize("name", ["round-disputed-so-far", "round-adjudications"])
def test_annotators_and_strangers_do_not_see_what_is_disputed(world, round, name):
    assert client_of(make_member(world.project, Role.ANNOTATOR)).get(url(round, name)).status_code == 403
    assert stranger().get(url(round, name)).status_code == 404


def test_a_lead_gives_places_back_and_moves_people(world, ann):
    round, lead = make_round(world), client_of(world.lead)
    experts = make_panel(world.project, "expert")
    claim_next(round=round, annotator=ann)
    assert lead.post(url(round, "person-give-back"), {"annotator": ann.pk}).json() == {"places": 1}
    assert lead.post(url(round, "person-give-back"), {"annotator": ann.pk}).status_code == 409
    assert lead.post(url(round, "person-move"), {"annotator": ann.pk, "panel": experts.name}).json()["panel"] == experts.name
    assert "panel" in lead.post(url(round, "person-move"), {"annotator": ann.pk, "panel": "nowhere"}).json()["errors"]
    assert "annotator" in lead.post(url(round, "person-move"), {"annotator": ann.pk + 1000, "panel": experts.name}).json()["errors"]


def test_only_leads_move_people(round, api, ann):
    for name in ("person-give-back", "person-move"):
        assert api.post(url(round, name), {"annotator": ann.pk, "panel": "x"}).status_code == 403
