"""Scripted people answer in a fixed order, are marked as scripted, and go on after a kill as they would have gone."""

import pytest

from biasapp.study.people import answer_round, first_day, people_of
from biasapp.study.spec import Group, StudySpec
from feedback.models import Annotation, Annotator, Assignment
from tests.feedback.worlds import make_round, make_world

pytestmark = pytest.mark.django_db
SPEC = StudySpec(groups=(Group("Crowd", "crowd", 2), Group("Experts", "expert", 1, accuracy=1.0)))
BEGINS = first_day("2026-05")


@pytest.fixture
def round():
    return make_round(make_world(), items=4, overlap=2)


def told(round):
    rows = Annotation.objects.filter(item__round=round).order_by("created_at")
    return list(rows.values_list("item", "annotator__user__username", "verdict", "corrected_label", "created_at", "seconds"))


def answer_all(round):
    return answer_round(round, people_of(round.project, SPEC, 0), SPEC, 0, BEGINS, lambda what: None)


def test_every_place_is_filled_by_marked_people(round):
    assert answer_all(round) == 8
    assert not Assignment.objects.filter(round=round).exclude(state=Assignment.State.DONE).exists()
    assert set(Annotator.objects.values_list("simulated", flat=True)) == {True}
    assert set(Annotator.objects.values_list("panel__name", flat=True)) == {"Crowd", "Experts"}
    assert not any(person.user.has_usable_password() for person in Annotator.objects.select_related("user"))


def test_answers_stand_in_the_month_that_is_replayed(round):
    answer_all(round)
    assert {when.strftime("%Y-%m") for *_, when, _ in told(round)} == {"2026-05"}
    assert all(5 <= seconds <= 15 for *_, seconds in told(round))


def test_whoever_goes_on_says_what_would_have_been_said(round):
    answer_all(round)
    whole = told(round)
    for pk in Annotation.objects.order_by("-created_at").values_list("pk", flat=True)[:3]:
        place = Annotation.objects.get(pk=pk).assignment_id
        Annotation.objects.filter(pk=pk).delete()
        Assignment.objects.filter(pk=place).update(state=Assignment.State.FREE, annotator=None)
    assert answer_all(round) == 8
    assert told(round) == whole


def test_a_perfect_expert_says_what_is_true(round):
    expert = StudySpec(groups=(Group("Experts", "expert", 2, accuracy=1.0, bias_recall=0, false_reports=0),))
    answer_round(round, people_of(round.project, expert, 0), expert, 0, BEGINS, lambda what: None)
    for said in Annotation.objects.select_related("item__comment", "item__prediction"):
        assert (said.corrected_label or said.item.prediction.predicted_label) == said.item.comment.level
