import pytest
from django.urls import reverse

from feedback.pipeline.close_round import close_round
from tests.api_client import client_of
from tests.factories import make_cycle
from tests.feedback.worlds import answer_next, make_annotator, make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client, world):
    client.force_login(world.lead)
    return world.lead


def url(round, name):
    return reverse(f"feedback:{name}", args=[round.project.slug, round.number])


def test_cancelling_asks_once_more_and_then_does_it(client, world, lead):
    round = make_round(world)
    assert url(round, "round-cancel") in client.get(url(round, "round-detail")).content.decode()
    assert "Nobody has answered yet" in client.get(url(round, "round-cancel")).content.decode()
    round.refresh_from_db()
    assert round.state == "open"
    assert "The round is cancelled" in client.post(url(round, "round-cancel"), follow=True).content.decode()
    round.refresh_from_db()
    assert round.state == "cancelled"


def test_a_round_with_answers_says_why_it_cannot_be_cancelled(client, world, lead):
    round = make_round(world)
    answer_next(round, make_annotator(world.project))
    assert url(round, "round-cancel") not in client.get(url(round, "round-detail")).content.decode()
    assert "Close the round instead" in client.get(url(round, "round-cancel")).content.decode()
    assert "Close the round instead" in client.post(url(round, "round-cancel"), follow=True).content.decode()


def test_a_closed_round_is_opened_again_until_a_cycle_was_given_its_labels(client, world, lead):
    round = make_round(world)
    answer_next(round, make_annotator(world.project))
    close_round(round=round, start_cycle=False)
    assert url(round, "round-reopen") in client.get(url(round, "round-detail")).content.decode()
    assert "no cycle was given them" in client.get(url(round, "round-reopen")).content.decode()
    assert "open again" in client.post(url(round, "round-reopen"), follow=True).content.decode()
    close_round(round=round, start_cycle=False)
    make_cycle(world.project).batches.add(round.batch)
    assert url(round, "round-reopen") not in client.get(url(round, "round-detail")).content.decode()
    assert "was given the labels" in client.get(url(round, "round-reopen")).content.decode()


def test_the_same_by_api(world):
    round = make_round(world)
    api = client_of(world.lead)
    answer_next(round, make_annotator(world.project))
    close_round(round=round, start_cycle=False)
    reopened = api.post(reverse("api:round-reopen", args=[round.pk]))
    assert (reopened.status_code, reopened.json()["state"]) == (200, "open")
    assert api.post(reverse("api:round-reopen", args=[round.pk])).status_code == 409
    assert api.post(reverse("api:round-cancel", args=[make_round(world, items=2).pk])).json()["state"] == "cancelled"
