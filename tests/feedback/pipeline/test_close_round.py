from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_q.models import OrmQ

from feedback import tasks
from feedback.errors import EmptyRoundError
from feedback.models import AnnotationRound
from feedback.pipeline.annotate import submit_annotation
from feedback.pipeline.assign import claim_next
from feedback.pipeline.close_round import close_round
from feedback.pipeline.reopen_round import reopen_round
from feedback.tasks import aggregate_round, resume_closing
from modeling import ledger
from modeling.models import FeedbackBatch, FeedbackLabel, LedgerEntry, RetrainingCycle
from tests.factories import make_cycle
from tests.feedback.pipeline.test_assign import in_threads
from tests.feedback.worlds import BIASED, CORRECT, UNSURE, World, answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def answered(world: World) -> AnnotationRound:
    round = make_round(world, items=3, overlap=2)
    for answer in (BIASED, CORRECT):
        annotator = make_annotator(world.project)
        for _ in range(3):
            answer_next(round, annotator, answer)
    return round


def test_it_hands_each_item_in_as_one_frozen_label(world: World, answered: AnnotationRound) -> None:
    closed = close_round(round=answered, by=world.lead)
    assert closed.state == AnnotationRound.State.CLOSED
    assert closed.closed_at is not None
    assert closed.batch.annotation_count == 6
    labels = list(closed.batch.labels.all())
    assert {label.comment_id for label in labels} == set(answered.items.values_list("comment_id", flat=True))
    chances = {item.comment_id: item.inclusion_probability for item in answered.items.all()}
    for label in labels:
        assert label.version == world.version
        assert label.q_low + label.q_mild + label.q_high == pytest.approx(1)
        assert label.inclusion_probability == chances[label.comment_id]
        assert label.annotation_count == 2
        assert label.bias_rates.keys() == {"religious"}
        assert 0 < label.biased_rate < 1


def test_it_requests_the_cycle(world: World, answered: AnnotationRound) -> None:
    closed = close_round(round=answered, by=world.lead)
    assert closed.cycle.state == RetrainingCycle.State.REQUESTED
    assert closed.cycle.requested_by == world.lead
    assert list(closed.cycle.batches.all()) == [closed.batch]
    assert closed.cycle.provenance == "round 1: November"


def test_it_can_leave_the_cycle_for_later(answered: AnnotationRound) -> None:
    closed = close_round(round=answered, start_cycle=False)
    assert closed.batch is not None
    assert closed.cycle is None
    assert not RetrainingCycle.objects.exists()


def test_closing_twice_does_it_once(answered: AnnotationRound) -> None:
    first = close_round(round=answered)
    closed_at = first.closed_at
    again = close_round(round=AnnotationRound.objects.get(pk=answered.pk))
    assert (again.batch_id, again.cycle_id, again.closed_at) == (first.batch_id, first.cycle_id, closed_at)
    assert FeedbackBatch.objects.count() == RetrainingCycle.objects.count() == 1
    assert LedgerEntry.objects.filter(action="round.closed").count() == 1


def test_a_second_try_goes_on_where_the_first_one_died(answered: AnnotationRound) -> None:
    close_round(round=answered, start_cycle=False)
    again = close_round(round=AnnotationRound.objects.get(pk=answered.pk))
    assert FeedbackBatch.objects.count() == 1
    assert again.cycle is not None


def test_a_running_cycle_does_not_stop_the_closing(world: World, answered: AnnotationRound) -> None:
    make_cycle(world.project, RetrainingCycle.State.TRAINING)
    closed = close_round(round=answered)
    assert closed.batch.labels.count() == 3
    assert closed.cycle is None
    assert "Wait for it" in LedgerEntry.objects.get(action="cycle.not_started").payload["reason"]


@pytest.mark.parametrize("written", ["modeling_feedbackbatch", "modeling_retrainingcycle"])
def test_handing_in_locks_the_project_before_the_round_as_everybody_does(answered: AnnotationRound, written: str) -> None:
    with CaptureQueriesContext(connection) as seen:
        close_round(round=answered)
    queries = [query["sql"] for query in seen.captured_queries]
    before = queries[: next(place for place, sql in enumerate(queries) if sql.startswith(f'INSERT INTO "{written}"'))]
    lock = max(place for place, sql in enumerate(before) if 'FROM "feedback_annotationround"' in sql)
    assert 'FROM "modeling_project"' in before[lock - 1]


def test_the_ledger_tells_what_was_made_of_the_answers(world: World, answered: AnnotationRound) -> None:
    closed = close_round(round=answered, by=world.lead)
    entry = LedgerEntry.objects.get(action="round.aggregated")
    assert entry.payload["batch_sha256"] == closed.batch.sha256
    assert entry.payload["labels"] == 3
    assert LedgerEntry.objects.get(action="round.closed").actor == world.lead.username
    assert ledger.verify() == []


def test_a_round_that_nobody_answered_stays_open(world: World) -> None:
    round = make_round(world)
    with pytest.raises(EmptyRoundError, match="Nobody has answered in round 1 yet"):
        close_round(round=round)
    assert AnnotationRound.objects.get(pk=round.pk).state == AnnotationRound.State.OPEN


def test_a_round_of_unsure_answers_stays_open(world: World) -> None:
    round = make_round(world)
    answer_next(round, make_annotator(world.project), UNSURE)
    with pytest.raises(EmptyRoundError, match="unsure"):
        close_round(round=round)
    assert AnnotationRound.objects.get(pk=round.pk).state == AnnotationRound.State.OPEN


def test_a_round_may_be_closed_before_all_its_places_are_filled(world: World) -> None:
    round = make_round(world, items=4)
    answer_next(round, make_annotator(world.project))
    assert close_round(round=round).batch.labels.count() == 1


def test_in_the_background_it_closes_at_once_and_leaves_the_rest_to_the_queue(
    world: World, answered: AnnotationRound, django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        closed = close_round(round=answered, by=world.lead, in_background=True)
    assert closed.state == AnnotationRound.State.CLOSED
    assert closed.batch is None
    task = OrmQ.objects.get().task
    assert (task["func"], task["args"]) == ("feedback.tasks.aggregate_round", (answered.pk, True, world.lead.pk))
    aggregate_round(*task["args"])
    assert AnnotationRound.objects.get(pk=answered.pk).cycle.requested_by == world.lead


def test_the_task_may_be_delivered_twice(answered: AnnotationRound) -> None:
    close_round(round=answered)
    aggregate_round(answered.pk)
    assert FeedbackBatch.objects.count() == RetrainingCycle.objects.count() == 1


def test_a_closing_lost_with_its_worker_is_queued_again(answered: AnnotationRound) -> None:
    AnnotationRound.objects.filter(pk=answered.pk).update(state=AnnotationRound.State.CLOSED, closed_at="2026-01-01T00:00Z")
    assert resume_closing() == 1
    task = OrmQ.objects.get().task
    aggregate_round(*task["args"])
    assert resume_closing() == 0


def test_a_cycle_that_was_promised_is_asked_for_where_the_worker_died_after_the_labels_were_frozen(answered: AnnotationRound) -> None:
    close_round(round=answered, start_cycle=False)
    long_ago = AnnotationRound.objects.filter(pk=answered.pk)
    long_ago.update(closed_at="2026-01-01T00:00Z")
    assert resume_closing() == 0, "nobody has asked for one"
    long_ago.update(wants_cycle=True)
    assert resume_closing() == 1
    aggregate_round(*OrmQ.objects.get().task["args"])
    assert AnnotationRound.objects.get(pk=answered.pk).cycle is not None
    assert FeedbackBatch.objects.count() == 1
    assert resume_closing() == 0


def test_a_cycle_that_was_refused_is_not_asked_for_again(world: World, answered: AnnotationRound) -> None:
    make_cycle(world.project, RetrainingCycle.State.TRAINING)
    close_round(round=answered)
    AnnotationRound.objects.filter(pk=answered.pk).update(closed_at="2026-01-01T00:00Z")
    assert resume_closing() == 0


def test_closing_at_once_from_two_sides_hands_in_once(shared_database: None) -> None:
    world = make_world(pool=3)
    round = make_round(world, items=3)
    answer_next(round, make_annotator(world.project))
    in_threads([lambda: close_round(round=AnnotationRound.objects.select_related("project").get(pk=round.pk))] * 3)
    assert FeedbackBatch.objects.count() == RetrainingCycle.objects.count() == 1


def test_no_answer_slips_in_after_the_labels_were_counted(shared_database: None) -> None:
    """Whoever got an answer stored before the round closed finds it among the labels."""
    from uuid import uuid4

    from feedback.errors import RoundClosedError

    world = make_world(pool=8)
    round = make_round(world, items=8, overlap=1)
    people = [make_annotator(world.project) for _ in range(3)]
    answer_next(round, people[0])

    def work_through(annotator) -> None:
        try:
            while place := claim_next(round=round, annotator=annotator):
                submit_annotation(assignment_id=place.pk, annotator=annotator, key=uuid4(), answer=CORRECT)
        except RoundClosedError:
            pass

    def close() -> None:
        close_round(round=AnnotationRound.objects.select_related("project").get(pk=round.pk), start_cycle=False)

    in_threads([*(lambda who=who: work_through(who) for who in people), close])
    batch = AnnotationRound.objects.get(pk=round.pk).batch
    answered = round.items.filter(annotations__isnull=False).count()
    assert FeedbackLabel.objects.filter(batch=batch).count() == batch.annotation_count == answered


def test_a_refusal_from_before_a_round_was_reopened_is_none_of_its_second_closing(world: World, answered: AnnotationRound, monkeypatch) -> None:
    monkeypatch.setattr(tasks, "UNFINISHED_AFTER", timedelta(0))
    running = make_cycle(world.project, RetrainingCycle.State.TRAINING)
    close_round(round=answered)
    assert resume_closing() == 0, "it was refused, and the ledger says so"
    reopen_round(round=answered, by=world.lead)
    RetrainingCycle.objects.filter(pk=running.pk).update(state=RetrainingCycle.State.FAILED)
    close_round(round=answered, start_cycle=False)
    # As a worker leaves it that dies between the labels and the cycle.
    AnnotationRound.objects.filter(pk=answered.pk).update(wants_cycle=True)
    assert resume_closing() == 1
