"""What people do, over time, through the API."""

import pytest

from feedback.models import AnnotationRound
from feedback.pipeline.summarise_rounds import summarise_rounds
from modeling.models import Role
from tests.api_client import client_of, stranger
from tests.factories import make_member
from tests.feedback.over_time_rows import make_months
from tests.feedback.worlds import World

pytestmark = pytest.mark.django_db


def url(world: World) -> str:
    return f"/api/v1/projects/{world.project.slug}/over-time/"


def test_each_month_and_each_round_is_one_object(world: World) -> None:
    make_months(world)
    lead = client_of(world.lead)
    august, september = lead.get(url(world)).json()["results"]
    assert (august["period"], august["rounds"], august["judged"], september["period"]) == ("2026-08", [1], 36, "2026-09")
    anything, religious = august["types"]
    assert (anything["name"], religious["name"], religious["reported"]["n"]) == ("Any bias", "Religious", 36)
    assert religious["reported"]["low"] < religious["reported"]["value"] < religious["reported"]["high"]
    assert august["following"]["moved"] == {"count": 10, "n": 18, "value": None, "low": None, "high": None}
    assert (august["cost"]["answers"], august["cost"]["per_confirmed"]["n"]) == (72, 12)
    assert [one["period"] for one in lead.get(url(world), {"by": "round", "first": "2026-09"}).json()["results"]] == ["2"]


def test_rounds_with_scripted_annotators_stand_apart_and_say_so(world: World) -> None:
    make_months(world)
    AnnotationRound.objects.filter(number=2).update(simulated=True)
    summarise_rounds()
    found = [client_of(world.lead).get(url(world), {"scripted": scripted}).json()["results"] for scripted in (False, True)]
    assert [[(one["period"], one["simulated"]) for one in rows] for rows in found] == [[("2026-08", False)], [("2026-09", True)]]


def test_a_panel_is_asked_for_by_name(world: World) -> None:
    make_months(world, months=(8,))
    lead = client_of(world.lead)
    panel = world.project.panels.get(kind="expert")
    assert lead.get(url(world), {"panel": panel.name}).json()["results"][0]["cost"]["answers"] == 36
    refused = lead.get(url(world), {"panel": "nobody"})
    assert (refused.status_code, refused.json()["errors"]) == (400, {"panel": ["There is no such panel in this project."]})


@pytest.mark.parametrize("query", [{"by": "day"}, {"first": "2026-13"}, {"last": "9999-12"}, {"scripted": "perhaps"}])
def test_what_no_filter_means_is_refused(world: World, query: dict[str, str]) -> None:
    assert client_of(world.lead).get(url(world), query).status_code == 400


def test_it_is_for_leads(world: World) -> None:
    assert client_of(make_member(world.project, Role.ANNOTATOR)).get(url(world)).status_code == 403
    assert stranger().get(url(world)).status_code == 404
