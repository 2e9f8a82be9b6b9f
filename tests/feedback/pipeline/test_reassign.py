from threading import Event
from time import sleep
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from feedback.access import annotator_for, rounds_open_to, seat_of
from feedback.errors import InvalidRoundError, LeaseExpiredError, NothingToUndoError, NotOnPanelError
from feedback.models import Annotation, AnnotatorWeight, Assignment
from feedback.pipeline.aggregate import aggregate_feedback
from feedback.pipeline.annotate import submit_annotation
from feedback.pipeline.assign import claim_ahead, claim_next
from feedback.pipeline.close_round import close_round
from feedback.pipeline.reassign import give_back, move_to_panel
from feedback.pipeline.stream import and_go_on
from modeling.models import LedgerEntry
from tests.factories import make_project
from tests.feedback.pipeline.test_assign import in_threads
from tests.feedback.worlds import CORRECT, answer_next, make_annotator, make_panel, make_round, make_world

pytestmark = pytest.mark.django_db


def test_what_a_person_holds_goes_to_others_and_what_they_answered_stays(world, ann, ben):
    round = make_round(world, items=2, overlap=1)
    answered = answer_next(round, ann)
    held = claim_next(round=round, annotator=ann)
    assert claim_next(round=round, annotator=ben) is None
    assert give_back(round=round, annotator=ann, by=world.lead) == 1
    assert claim_next(round=round, annotator=ben).pk == held.pk
    assert answered.item.annotations.count() == 1
    assert LedgerEntry.objects.get(action="round.places_given_back").payload == {"annotator": ann.pk, "places": 1}
    with pytest.raises(LeaseExpiredError):
        submit_annotation(assignment_id=held.pk, annotator=ann, key="00000000-0000-4000-8000-000000000001", answer=CORRECT)


def test_both_places_are_given_back(world, ann):
    round = make_round(world)
    claim_next(round=round, annotator=ann)
    claim_ahead(round_id=round.pk, annotator_id=ann.pk)
    assert give_back(round=round, annotator=ann, by=world.lead) == 2


def test_places_are_given_back_while_an_answer_is_on_its_way(shared_database):
    """Neither waits for what the other holds, whichever of the two places was made first."""
    world = make_world(pool=3)
    round, person = make_round(world, items=3), make_annotator(world.project)
    first = claim_next(round=round, annotator=person).pk
    front = claim_ahead(round_id=round.pk, annotator_id=person.pk)
    Assignment.objects.filter(pk=first).update(shown_at=None)
    Assignment.objects.filter(pk=front).update(shown_at=timezone.now())
    stored = Event()

    def answer():
        submit_annotation(assignment_id=front, annotator=person, key=uuid4(), answer=CORRECT)
        stored.set()
        sleep(0.5)  # until the other has taken all that it can

    def lead():
        assert stored.wait(10)
        give_back(round=round, annotator=person, by=world.lead)

    in_threads([lambda: and_go_on(answer, round_id=round.pk, annotator_id=person.pk), lead])
    assert Annotation.objects.count() == 1
    assert Assignment.objects.get(pk=first).state == "free"


def test_places_are_taken_in_one_order(world, ann):
    """Round by round and front first, as an own level takes them: on PostgreSQL another order would be a deadlock."""
    round = make_round(world)
    claim_next(round=round, annotator=ann)
    with CaptureQueriesContext(connection) as asked:
        give_back(round=round, annotator=ann, by=world.lead)
    (taken,) = {query["sql"].partition("ORDER BY")[2] for query in asked if '"shown_at" ASC' in query["sql"] and '"annotator_id" ASC' in query["sql"]}
    assert taken.index('"annotator_id" ASC') < taken.index('"round_id" ASC') < taken.index('"shown_at" ASC')


def test_who_holds_nothing_has_nothing_to_give_back(world, ann):
    with pytest.raises(NothingToUndoError):
        give_back(round=make_round(world), annotator=ann, by=world.lead)


def test_a_moved_person_answers_for_the_new_panel_in_new_rounds_only(world):
    crowd, experts = make_panel(world.project), make_panel(world.project, "expert")
    person = make_annotator(world.project, crowd)
    begun, new = make_round(world, items=1, overlap=1), make_round(world, items=1, overlap=1)
    answer_next(begun, person)
    move_to_panel(annotator=person, panel=experts, by=world.lead)
    answer_next(new, person)
    assert list(aggregate_feedback(round=begun).panels) == [crowd.pk]
    assert list(aggregate_feedback(round=new).panels) == [experts.pk]
    close_round(round=begun, start_cycle=False)
    assert AnnotatorWeight.objects.get(joining__round=begun).panel == crowd
    assert LedgerEntry.objects.get(action="annotator.moved").payload["to"] == experts.name


def test_a_moved_person_goes_on_with_a_round_for_the_panel_of_then(world):
    crowd, experts = make_panel(world.project), make_panel(world.project, "expert")
    person = make_annotator(world.project, crowd)
    person.consented_at = world.dataset.requested_at
    person.save()
    begun, other = make_round(world, panels=[crowd]), make_round(world, panels=[crowd])
    answer_next(begun, person)
    move_to_panel(annotator=person, panel=experts, by=world.lead)
    assert annotator_for(person.user, begun) == person
    assert seat_of(person.user, world.project.slug, begun.number) is not None
    assert rounds_open_to(person.user, world.project) == [begun]
    assert seat_of(person.user, world.project.slug, other.number) is None
    with pytest.raises(NotOnPanelError):
        annotator_for(person.user, other)


def test_nobody_is_moved_to_a_panel_of_another_project(world, ann):
    with pytest.raises(InvalidRoundError):
        move_to_panel(annotator=ann, panel=make_panel(make_project()), by=world.lead)
