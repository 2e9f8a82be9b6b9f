"""Blind first: the own level is stored before the answer, once, with its entry in the ledger."""

import hashlib
from threading import Event
from time import sleep
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback.errors import OwnLevelError, UnknownPlaceError
from feedback.models import Annotation, AnnotationRound, Annotator, Assignment
from feedback.pipeline.annotate import submit_annotation
from feedback.pipeline.assign import claim_ahead, claim_next, set_free
from feedback.pipeline.own_level import say_own_level
from feedback.pipeline.stream import and_go_on
from modeling.models import LedgerEntry
from tests.feedback.pipeline.test_assign import in_threads
from tests.feedback.worlds import CORRECT, World, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(world: World, ann: Annotator) -> Assignment:
    round = make_round(world)
    AnnotationRound.objects.update(blind_share=1)
    round.refresh_from_db()
    return claim_next(round=round, annotator=ann)


def test_no_answer_is_taken_before_the_own_level(place: Assignment, ann: Annotator) -> None:
    assert place.blind
    with pytest.raises(OwnLevelError, match="before you see what the model says"):
        submit_annotation(assignment_id=place.pk, annotator=ann, key=uuid4(), answer=CORRECT)
    place.refresh_from_db()
    assert place.state == "claimed"
    say_own_level(assignment_id=place.pk, annotator=ann, level="low")
    assert submit_annotation(assignment_id=place.pk, annotator=ann, key=uuid4(), answer=CORRECT)
    assert Annotation.objects.get().assignment.own_level == "low"


def test_what_was_said_first_stands(place: Assignment, ann: Annotator) -> None:
    assert say_own_level(assignment_id=place.pk, annotator=ann, level="low").own_level == "low"
    assert say_own_level(assignment_id=place.pk, annotator=ann, level="mild").own_level == "low"
    entry = LedgerEntry.objects.get(action="annotation.own_level")
    place.refresh_from_db()
    assert entry.payload["own_level_sha256"] == hashlib.sha256(f"{place.own_level_key}:low".encode()).hexdigest()


def test_nobody_says_it_for_somebody_else_or_of_what_is_in_sight(place: Assignment, ann: Annotator, ben: Annotator) -> None:
    with pytest.raises(UnknownPlaceError):
        say_own_level(assignment_id=place.pk, annotator=ben, level="low")
    with pytest.raises(OwnLevelError, match="three levels"):
        say_own_level(assignment_id=place.pk, annotator=ann, level="awful")
    Assignment.objects.filter(pk=place.pk).update(blind=False)
    with pytest.raises(UnknownPlaceError):
        say_own_level(assignment_id=place.pk, annotator=ann, level="low")


def test_a_place_that_is_given_back_keeps_nothing_of_it(place: Assignment, ann: Annotator) -> None:
    say_own_level(assignment_id=place.pk, annotator=ann, level="low")
    set_free(Assignment.objects.filter(pk=place.pk))
    place.refresh_from_db()
    assert (place.state, place.blind, place.own_level, place.own_level_key) == ("free", False, "", None)


def test_it_is_said_while_the_answer_before_it_is_on_its_way(shared_database: None) -> None:
    """The page shows the next item before the answer is stored: neither of the two requests may wait for what the other holds."""
    world = make_world(pool=3)
    AnnotationRound.objects.filter(pk=make_round(world, items=3).pk).update(blind_share=1)
    round, annotator = AnnotationRound.objects.get(), make_annotator(world.project)
    front = claim_next(round=round, annotator=annotator)
    behind = claim_ahead(round_id=round.pk, annotator_id=annotator.pk)
    say_own_level(assignment_id=front.pk, annotator=annotator, level="low")
    stored = Event()

    def answer() -> None:
        submit_annotation(assignment_id=front.pk, annotator=annotator, key=uuid4(), answer=CORRECT)
        stored.set()
        sleep(0.5)  # until the other has taken all that it can

    def go_on() -> None:
        and_go_on(answer, round_id=round.pk, annotator_id=annotator.pk)

    def say() -> None:
        assert stored.wait(10)
        say_own_level(assignment_id=behind, annotator=annotator, level="high")

    in_threads([go_on, say])
    assert Annotation.objects.count() == 1
    assert Assignment.objects.get(pk=behind).own_level == "high"


def test_it_takes_places_alone(place: Assignment, ann: Annotator) -> None:
    """The answer before it holds the round and waits for this place: whoever takes the round too would wait for that answer in turn."""
    with CaptureQueriesContext(connection) as asked:
        say_own_level(assignment_id=place.pk, annotator=ann, level="low")
    assert not [query["sql"] for query in asked if AnnotationRound._meta.db_table in query["sql"]]
