import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from feedback.errors import InvalidRoundError
from modeling.models import LedgerEntry
from tests.api_client import client_of
from tests.feedback.worlds import make_round

pytestmark = pytest.mark.django_db

FORM = {"name": "December", "item_count": "4", "overlap": "1", "strategy": "random", "random_share": "25"}


def opened(client, world, **more):
    client.force_login(world.lead)
    return client.post(reverse("feedback:round-create", args=[world.project.slug]), {**FORM, **more})


def test_what_is_left_empty_is_what_the_form_proposes(client, world):
    assert opened(client, world).status_code == 302
    round = world.project.rounds.get()
    assert (round.gold_rate, round.repeat_rate, round.blind_share) == (0.05, 0.03, 0.2)
    assert (round.time_floor, round.exposure_budget, round.break_minutes) == (1, 40, 45)


def test_a_lead_chooses_them_in_percent_and_the_ledger_keeps_them(client, world):
    opened(client, world, gold_rate="10", repeat_rate="0", blind_share="50", time_floor="2.5", exposure_budget="0", break_minutes="30")
    round = world.project.rounds.get()
    assert (round.gold_rate, round.repeat_rate, round.blind_share, round.time_floor) == (0.1, 0, 0.5, 2.5)
    chosen = {"gold_rate": 0.1, "repeat_rate": 0, "blind_share": 0.5, "time_floor": 2.5, "exposure_budget": 0, "break_minutes": 30}
    assert LedgerEntry.objects.get(action="round.opened").payload["stream"] == chosen


def test_a_wrong_setting_is_told_where_it_stands_and_its_fold_is_open(client, world):
    response = opened(client, world, blind_share="120")
    assert response.status_code == 422
    assert "Ensure this value is less than or equal to 100" in response.content.decode()
    assert "<details open>" in response.content.decode()
    assert not world.project.rounds.exists()


def test_the_same_by_api(client, world):
    url = reverse("api:round-list", args=[world.project.slug])
    body = {"name": "December", "item_count": 4, "blind_share": 0.5, "exposure_budget": 12}
    answer = client_of(world.lead).post(url, body, content_type="application/json")
    assert answer.status_code == 201, answer.json()
    assert (answer.json()["blind_share"], answer.json()["exposure_budget"], answer.json()["gold_rate"]) == (0.5, 12, 0)


def test_the_same_by_command(world):
    call_command("open_round", project=world.project.slug, name="December", items=4, blind_share=0.5, break_minutes=20)
    round = world.project.rounds.get()
    assert (round.blind_share, round.break_minutes, round.exposure_budget) == (0.5, 20, 40)


def test_the_command_takes_no_half_minutes(world):
    with pytest.raises(CommandError, match="invalid int value"):
        call_command("open_round", "--project", world.project.slug, "--name", "December", "--break-minutes", "12.5")
    assert not world.project.rounds.exists()


@pytest.mark.parametrize("wrong", [{"blind_share": 1.2}, {"time_floor": -1}, {"no_such_thing": 1}])
def test_a_setting_that_cannot_be_opens_no_round(world, wrong):
    with pytest.raises(InvalidRoundError) as refused:
        make_round(world, **wrong)
    assert list(refused.value.errors) == list(wrong)
    assert not world.project.rounds.exists()
