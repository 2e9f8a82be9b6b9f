"""What a person decides about their own data holds at once, is written down, and takes no more than was said."""

import pytest

from feedback.errors import LeaseExpiredError, NothingToUndoError
from feedback.models import Annotation, Annotator, Assignment, ErasureRequest, Participation, Pause, Withdrawal
from feedback.pipeline.annotate import skip, undo_last
from feedback.pipeline.assign import claim_next
from feedback.pipeline.rights import end_withdrawal, request_erasure, take_back_erasure, withdraw_consent
from modeling.ledger import verify
from modeling.models import CounterfactualPair, LedgerEntry
from tests.feedback.worlds import BIASED, World, answer_next, make_round, report_a_pair

pytestmark = pytest.mark.django_db


def actions() -> list[str]:
    return list(LedgerEntry.objects.filter(subject__startswith="annotator ").order_by("sequence").values_list("action", flat=True))


def test_who_withdraws_holds_nothing_more_and_keeps_their_answers(world: World, ann: Annotator) -> None:
    round = make_round(world)
    answer_next(round, ann, BIASED)
    held = claim_next(round=round, annotator=ann)
    withdraw_consent(annotator=ann)
    ann.refresh_from_db()
    assert not ann.has_consented
    held.refresh_from_db()
    assert (held.state, held.annotator) == (Assignment.State.FREE, None)
    assert Annotation.objects.get(annotator=ann).note
    with pytest.raises(LeaseExpiredError):
        skip(assignment_id=held.pk, annotator=ann, reason="too late")


def test_a_withdrawal_is_recorded_once_and_can_be_taken_back(world: World, ann: Annotator) -> None:
    for _ in range(2):
        withdraw_consent(annotator=ann)
    assert end_withdrawal(annotator=ann)
    assert not end_withdrawal(annotator=ann)
    withdraw_consent(annotator=ann)
    assert Withdrawal.objects.filter(annotator=ann).count() == 2
    assert actions() == ["consent.withdrawn", "consent.withdrawal_taken_back", "consent.withdrawn"]
    assert verify() == []


def test_erasure_removes_words_at_once_and_says_what_waits(world: World, ann: Annotator, ben: Annotator) -> None:
    round = make_round(world)
    answer_next(round, ann, BIASED)
    others = answer_next(round, ben, BIASED)
    skip(assignment_id=claim_next(round=round, annotator=ann).pk, annotator=ann, reason="my mother lives there")
    asked = request_erasure(annotator=ann)
    assert (asked.answer_count, asked.notes_removed, asked.state) == (1, 2, "waiting")
    assert Annotation.objects.get(annotator=ann).note == ""
    assert not Assignment.objects.filter(annotator=ann).exclude(skip_reason="").exists()
    others.refresh_from_db()
    assert others.note
    assert request_erasure(annotator=ann) == asked
    assert actions() == ["consent.withdrawn", "erasure.requested"]
    assert "mother" not in str(list(LedgerEntry.objects.values_list("payload", flat=True)))


def test_pairs_that_they_reported_go_at_once_and_those_of_others_stay(world: World, ann: Annotator, ben: Annotator) -> None:
    for annotator in (ann, ben):
        report_a_pair(world, annotator, "park")
    assert request_erasure(annotator=ann).notes_removed == 1
    assert CounterfactualPair.objects.get().reporter == ben.user
    assert "mosque" not in str(list(LedgerEntry.objects.values_list("payload", flat=True)))


def test_words_of_an_answer_that_was_taken_back_go_too(world: World, ann: Annotator) -> None:
    round = make_round(world)
    answer_next(round, ann, BIASED)
    undo_last(round=round, annotator=ann)
    request_erasure(annotator=ann)
    assert not Assignment.objects.filter(annotator=ann).exclude(taken_back=None).exists()
    assert not Assignment.objects.exclude(taken_back=None).exists()


def test_what_they_said_to_a_pause_goes_too(world: World, ann: Annotator) -> None:
    part = Participation.objects.create(round=make_round(world), annotator=ann)
    Pause.objects.create(participation=part, kind=Pause.Kind.SPEED, bad=3, count=3, appeal="I am ill.", reply="Take your time.")
    assert request_erasure(annotator=ann).notes_removed == 1
    pause = Pause.objects.get()
    assert (pause.appeal, pause.reply) == ("", "Take your time.")


def test_a_request_that_waits_can_be_taken_back(world: World, ann: Annotator) -> None:
    request_erasure(annotator=ann)
    take_back_erasure(annotator=ann)
    assert ErasureRequest.objects.get().state == "taken_back"
    with pytest.raises(NothingToUndoError):
        take_back_erasure(annotator=ann)
    assert request_erasure(annotator=ann).state == "waiting"
