from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from feedback.models import Annotation
from feedback.pace import Pace, done_about, pace_of
from tests.feedback.worlds import answer_next, make_annotator, make_round

pytestmark = pytest.mark.django_db


def answered(world, *counts, days=2):
    """A round in which one person gave each count of answers, over so many days."""
    round = make_round(world, items=max(counts), overlap=len(counts))
    for count in counts:
        person = make_annotator(world.project)
        for _ in range(count):
            answer_next(round, person)
    said = Annotation.objects.filter(item__round=round)
    said.update(created_at=timezone.now())
    said.filter(pk=said.first().pk).update(created_at=timezone.now() - timedelta(days=days))
    return round


def test_without_a_past_nothing_is_foretold(world):
    assert pace_of(world.project) is None
    answered(world, 4, 4)
    assert pace_of(world.project) is None, "two people are too few"


def test_a_persons_pace_counts_days_off_and_has_an_interval_by_people(world):
    answered(world, 2, 4, 6, days=2)
    found = pace_of(world.project)
    assert found.people == 3
    assert found.each == pytest.approx(2, rel=0.01)
    assert 1 <= found.low < found.each < found.high <= 3.01


def test_scripted_answers_are_no_pace(world):
    round = answered(world, 2, 2, 2)
    type(round).objects.update(simulated=True)
    assert pace_of(world.project) is None


def test_more_people_take_fewer_days():
    pace = Pace(people=3, each=10, low=8, high=12)
    assert pace.days(answers=240, people=3) == (8, 7, 10)
    assert pace.days(answers=240, people=6) == (4, 4, 5)


def test_the_form_tells_days_for_as_many_people_as_are_typed(client, world):
    client.force_login(world.lead)
    address = reverse("feedback:round-forecast", args=[world.project.slug])
    assert "nobody can say yet" in client.get(address).content.decode()
    answered(world, 4, 4, 4, days=2)
    shown = client.get(address, {"item_count": "12", "overlap": "2", "people": "2"}).content.decode()
    assert "<output data-days>6</output> days with 2 people" in shown
    assert "days with 3 people" in client.get(address, {"item_count": "12"}).content.decode()
    assert "days with 3 people" in client.get(address, {"item_count": "12", "people": "many"}).content.decode()


def test_an_open_round_says_when_it_will_be_done(client, world):
    round = make_round(world, items=12, overlap=2)
    assert done_about(round, 24) is None, "nobody has answered yet"
    person = make_annotator(world.project)
    for _ in range(12):
        answer_next(round, person)
    type(round).objects.filter(pk=round.pk).update(opened_at=timezone.now() - timedelta(days=3))
    round.refresh_from_db()
    day = done_about(round, 12)
    assert day == timezone.localdate(timezone.now() + timedelta(days=3))
    client.force_login(world.lead)
    shown = client.get(reverse("feedback:round-progress", args=[world.project.slug, round.number])).content.decode()
    assert f"it is done about {day:%-d %B %Y}" in shown
    assert done_about(round, 0) is None
