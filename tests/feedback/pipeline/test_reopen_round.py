import pytest
from django.db import connection
from django.utils import timezone

from feedback.errors import LabelsFrozenError, RoundAnsweredError
from feedback.models import AnnotationRound, Joining
from feedback.pipeline.aggregate import hand_in_feedback
from feedback.pipeline.close_round import close_round
from feedback.pipeline.reopen_round import cancel_round, reopen_round
from feedback.tasks import aggregate_round
from modeling.models import FeedbackBatch, FeedbackLabel, LedgerEntry
from tests.factories import make_cycle
from tests.feedback.worlds import LOW, answer_next, make_annotator, make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(world) -> AnnotationRound:
    round = make_round(world, items=2, overlap=2)
    answer_next(round, make_annotator(world.project))
    return close_round(round=round, by=world.lead, start_cycle=False)


def test_people_go_on_and_the_labels_are_made_anew(world, closed):
    first = closed.batch.sha256
    reopened = reopen_round(round=closed, by=world.lead)
    assert (reopened.state, reopened.closed_at, reopened.batch) == ("open", None, None)
    assert not FeedbackBatch.objects.exists()
    assert not FeedbackLabel.objects.exists()
    assert not Joining.objects.exists()
    answer_next(reopened, make_annotator(world.project), LOW)
    again = close_round(round=reopened, by=world.lead, start_cycle=False)
    assert again.batch.annotation_count == 2
    assert again.batch.sha256 != first


def test_the_ledger_says_what_was_taken_back(world, closed):
    sha256 = closed.batch.sha256
    reopen_round(round=closed, by=world.lead)
    assert LedgerEntry.objects.get(action="round.reopened").payload == {"batch_sha256": sha256}
    assert LedgerEntry.objects.get(action="feedback.taken_back").payload["sha256"] == sha256


def test_labels_that_a_cycle_was_given_stay(world, closed):
    cycle = make_cycle(world.project)
    cycle.batches.add(closed.batch)
    with pytest.raises(LabelsFrozenError, match=f"Cycle {cycle.number} was given the labels"):
        reopen_round(round=closed, by=world.lead)
    closed.refresh_from_db()
    assert closed.state == "closed"
    assert closed.batch.labels.exists()


@pytest.mark.parametrize("state", ["open", "cancelled", "drawing", "failed"])
def test_only_a_closed_round_is_opened_again(world, closed, state):
    AnnotationRound.objects.filter(pk=closed.pk).update(state=state, batch=None)
    with pytest.raises(LabelsFrozenError, match="Only a closed round"):
        reopen_round(round=closed, by=world.lead)


def test_a_joining_that_was_queued_before_freezes_nothing_of_a_reopened_round(world, closed):
    reopen_round(round=closed, by=world.lead)
    aggregate_round(closed.pk, True, world.lead.pk)
    closed.refresh_from_db()
    assert (closed.batch, closed.cycle, closed.state) == (None, None, "open")
    assert hand_in_feedback(round=closed).batch is None


def test_a_round_that_was_reopened_and_closed_while_it_was_joined_loses_no_answer(world, closed):
    """The first closing has read the answers; before it locks the round, somebody answers more and closes it again."""
    reopen_round(round=closed, by=world.lead)
    AnnotationRound.objects.filter(pk=closed.pk).update(state="closed", closed_at=closed.closed_at)
    first_closing = AnnotationRound.objects.select_related("project").get(pk=closed.pk)
    meanwhile = iter([lambda: answer_and_close_again(closed)])

    def at_the_lock(execute, sql, params, many, context):
        if 'FROM "modeling_project"' in sql and (others := next(meanwhile, None)):
            others()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(at_the_lock):
        assert hand_in_feedback(round=first_closing, start_cycle=False).batch is None
    assert next(meanwhile, None) is None
    assert hand_in_feedback(round=AnnotationRound.objects.get(pk=closed.pk), start_cycle=False).batch.annotation_count == 2


def answer_and_close_again(round):
    AnnotationRound.objects.filter(pk=round.pk).update(state="open")
    answer_next(round, make_annotator(round.project), LOW)
    AnnotationRound.objects.filter(pk=round.pk).update(state="closed", closed_at=timezone.now())


def test_a_round_that_nobody_answered_is_cancelled_and_its_comments_are_free(world):
    everything = make_round(world, items=12)
    assert cancel_round(round=everything, by=world.lead).state == "cancelled"
    assert make_round(world, items=12).state == "open"
    assert LedgerEntry.objects.filter(action="round.cancelled").count() == 1


def test_what_people_answered_is_not_cancelled(world):
    round = make_round(world)
    answer_next(round, make_annotator(world.project))
    with pytest.raises(RoundAnsweredError, match="Close the round instead"):
        cancel_round(round=round, by=world.lead)


def test_only_an_open_round_is_cancelled(world, closed):
    with pytest.raises(RoundAnsweredError, match="Only an open round"):
        cancel_round(round=closed, by=world.lead)
    AnnotationRound.objects.filter(pk=closed.pk).update(kind="gate", judges=make_cycle(world.project), batch=None)
    closed.refresh_from_db()
    with pytest.raises(RoundAnsweredError):
        cancel_round(round=closed, by=world.lead)
