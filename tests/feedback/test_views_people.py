import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from feedback.models import Annotation, Assignment, Participation
from feedback.pipeline.assign import claim_next
from tests.factories import make_project
from tests.feedback.worlds import BIASED, CORRECT, answer_next, make_annotator, make_panel, make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client, world):
    client.force_login(world.lead)
    return world.lead


def url(round, name="round-people"):
    return reverse(f"feedback:{name}", args=[round.project.slug, round.number])


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).replace("\N{NO-BREAK SPACE}", " ")


def rows_of(response) -> list[str]:
    body = response.content.decode().split("<tbody>")[1].split("</tbody>")[0]
    return re.findall(r'<th scope="row">([^<]+)</th>', body)


def names(*people) -> list[str]:
    return [person.user.username for person in people]


def test_each_person_has_a_line_with_what_they_did(client, world, lead, ann, ben):
    round = make_round(world, items=3)
    for answer in (CORRECT, BIASED):
        answer_next(round, ann, answer)
    Annotation.objects.update(seconds=12)
    claim_next(round=round, annotator=ben)
    response = client.get(url(round))
    assert rows_of(response) == names(ann, ben)
    shown = text_of(response)
    assert "2 50 % report a bias" in shown
    assert " 12 " in shown
    assert "Give 1 item back" in shown
    assert "not enough data" in shown


def test_it_is_sorted_filtered_and_paged_by_the_address(client, world, lead):
    crowd, experts = make_panel(world.project), make_panel(world.project, "expert")
    slow, fast, resting = make_annotator(world.project, crowd), make_annotator(world.project, experts), make_annotator(world.project, crowd)
    round = make_round(world, items=4, overlap=3)
    for person, count, seconds in ((slow, 3, 40), (fast, 2, 4), (resting, 1, 9)):
        for _ in range(count):
            answer_next(round, person)
        Annotation.objects.filter(annotator=person).update(seconds=seconds)
    Participation.objects.create(round=round, annotator=resting, paused_at=timezone.now())
    claim_next(round=round, annotator=slow)
    for query, expected in (
        ({}, (slow, fast, resting)),
        ({"sort": "pace"}, (fast, resting, slow)),
        ({"sort": "nonsense"}, (slow, fast, resting)),
        ({"panel": experts.name}, (fast,)),
        ({"state": "paused"}, (resting,)),
        ({"state": "holding"}, (slow,)),
        ({"state": "idle"}, (fast,)),
    ):
        assert rows_of(client.get(url(round), query)) == names(*expected), query


def test_it_asks_as_often_for_many_people_as_for_few(client, world, lead, django_assert_num_queries):
    few, many = make_round(world, items=1, overlap=1), make_round(world, items=1, overlap=8)
    answer_next(few, make_annotator(world.project))
    for _ in range(8):
        answer_next(many, make_annotator(world.project))
    with CaptureQueriesContext(connection) as asked:
        client.get(url(few))
    with django_assert_num_queries(len(asked)):
        client.get(url(many))


def test_it_refreshes_itself_while_the_round_is_open_only(client, world, lead, ann):
    round = make_round(world)
    answer_next(round, ann)
    assert "hx-trigger" in client.get(url(round)).content.decode()
    type(round).objects.update(state="closed")
    assert "hx-trigger" not in client.get(url(round)).content.decode()


def test_a_lead_gives_what_somebody_holds_back_to_others(client, world, lead, ann):
    round = make_round(world)
    claim_next(round=round, annotator=ann)
    told = text_of(client.post(url(round, "person-give-back"), {"annotator": ann.pk}, follow=True))
    assert "can be answered by others now" in told
    assert not Assignment.objects.filter(annotator=ann).exists()
    assert "nothing to give back" in text_of(client.post(url(round, "person-give-back"), {"annotator": ann.pk}, follow=True))


def test_a_lead_moves_somebody_and_the_round_they_began_keeps_their_panel(client, world, lead):
    crowd, experts = make_panel(world.project), make_panel(world.project, "expert")
    person, round = make_annotator(world.project, crowd), make_round(world)
    answer_next(round, person)
    client.post(url(round, "person-move"), {"annotator": person.pk, "panel": experts.pk})
    person.refresh_from_db()
    assert person.panel == experts
    assert rows_of(client.get(url(round), {"panel": crowd.name})) == names(person)


def test_people_and_panels_of_other_projects_are_not_there(client, world, lead, ann):
    round, other = make_round(world), make_project()
    stranger = make_annotator(other, make_panel(other))
    assert "Choose a person of this project" in text_of(client.post(url(round, "person-give-back"), {"annotator": stranger.pk}, follow=True))
    asked = {"annotator": ann.pk, "panel": stranger.panel_id}
    assert "Choose a panel of this project" in text_of(client.post(url(round, "person-move"), asked, follow=True))
