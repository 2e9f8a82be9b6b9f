import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from feedback.errors import (
    AlreadyAnsweredError,
    InvalidAnswerError,
    KeyReusedError,
    LeaseExpiredError,
    NothingToUndoError,
    OvertakenError,
    PausedError,
    RoundClosedError,
    UnknownPlaceError,
)
from feedback.models import Annotation, AnnotationRound, Annotator, Assignment, Participation
from feedback.pipeline import annotate
from feedback.pipeline.annotate import skip, submit_annotation, undo_last
from feedback.pipeline.answer import Answer
from feedback.pipeline.assign import claim_ahead, claim_next, release_expired, set_free
from modeling import ledger
from modeling.models import LedgerEntry
from tests.feedback.pipeline.test_assign import expire, in_threads
from tests.feedback.worlds import BIASED, CORRECT, LOW, UNSURE, World, answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def round(world: World) -> AnnotationRound:
    return make_round(world)


def close(round: AnnotationRound) -> None:
    AnnotationRound.objects.filter(pk=round.pk).update(state=AnnotationRound.State.CLOSED)


def test_it_stores_all_that_was_said(round: AnnotationRound, ann: Annotator) -> None:
    annotation = answer_next(round, ann, BIASED)
    stored = Annotation.objects.get(pk=annotation.pk)
    assert (stored.verdict, stored.corrected_label, stored.biased) == ("incorrect", "low", True)
    assert (stored.bias_types, stored.subgroup, stored.pattern) == (["religious"], "muslim", "identity_term")
    assert (stored.severity, stored.note) == (2, "a harmless remark")
    assert stored.assignment.state == Assignment.State.DONE


def test_it_measures_the_time_from_sight_to_answer(round: AnnotationRound, ann: Annotator) -> None:
    place = claim_next(round=round, annotator=ann)
    Assignment.objects.filter(pk=place.pk).update(shown_at=timezone.now() - timedelta(seconds=20))
    annotation = submit_annotation(assignment_id=place.pk, annotator=ann, key=uuid4(), answer=CORRECT)
    assert annotation.seconds == pytest.approx(20, abs=2)


def test_the_ledger_gets_a_hash_and_not_the_words(round: AnnotationRound, ann: Annotator) -> None:
    annotation = answer_next(round, ann, BIASED)
    entry = LedgerEntry.objects.get(action="annotation.submitted")
    assert entry.actor == ann.user.username
    assert entry.subject == f"annotation {annotation.pk}"
    assert entry.payload["answer_sha256"] == BIASED.digest(annotation.key)
    assert "harmless" not in json.dumps(entry.payload)
    assert ledger.verify() == []


def test_the_same_key_again_gives_back_what_is_stored(round: AnnotationRound, ann: Annotator) -> None:
    place, key = claim_next(round=round, annotator=ann), uuid4()
    first = submit_annotation(assignment_id=place.pk, annotator=ann, key=key, answer=LOW)
    second = submit_annotation(assignment_id=place.pk, annotator=ann, key=key, answer=LOW)
    assert first.pk == second.pk
    assert Annotation.objects.count() == LedgerEntry.objects.filter(action="annotation.submitted").count() == 1


def test_the_same_key_is_answered_even_after_the_round_has_closed(round: AnnotationRound, ann: Annotator) -> None:
    stored = answer_next(round, ann, key=(key := uuid4()))
    close(round)
    assert submit_annotation(assignment_id=stored.assignment_id, annotator=ann, key=key, answer=CORRECT).pk == stored.pk


def test_a_key_serves_one_item_only(round: AnnotationRound, ann: Annotator) -> None:
    answer_next(round, ann, key=(key := uuid4()))
    with pytest.raises(KeyReusedError, match="used for another item"):
        answer_next(round, ann, key=key)
    assert Annotation.objects.count() == 1


def test_nobody_reads_somebody_elses_answer_by_its_key(round: AnnotationRound, ann: Annotator, ben: Annotator) -> None:
    stored = answer_next(round, ann, key=(key := uuid4()))
    with pytest.raises(KeyReusedError):
        submit_annotation(assignment_id=stored.assignment_id, annotator=ben, key=key, answer=CORRECT)


def test_it_refuses_a_second_annotation(round: AnnotationRound, ann: Annotator) -> None:
    stored = answer_next(round, ann)
    with pytest.raises(AlreadyAnsweredError, match="your answer is stored"):
        submit_annotation(assignment_id=stored.assignment_id, annotator=ann, key=uuid4(), answer=LOW)
    assert Annotation.objects.get().verdict == "correct"


def test_a_lease_that_ran_out_does_no_harm_while_nobody_else_has_the_item(round: AnnotationRound, ann: Annotator) -> None:
    place = claim_next(round=round, annotator=ann)
    expire(place)
    assert submit_annotation(assignment_id=place.pk, annotator=ann, key=uuid4(), answer=CORRECT).pk


def test_a_stale_lease_cannot_overwrite_anothers_answer(world: World, ann: Annotator, ben: Annotator) -> None:
    round = make_round(world, items=1, overlap=1)
    place = claim_next(round=round, annotator=ann)
    expire(place)
    release_expired()
    bens = answer_next(round, ben, LOW)
    assert bens.assignment_id == place.pk
    with pytest.raises(LeaseExpiredError, match="given to somebody else"):
        submit_annotation(assignment_id=place.pk, annotator=ann, key=uuid4(), answer=CORRECT)
    assert Annotation.objects.get().annotator == ben


def test_a_freed_place_must_be_claimed_again(round: AnnotationRound, ann: Annotator) -> None:
    place = claim_next(round=round, annotator=ann)
    expire(place)
    release_expired()
    with pytest.raises(LeaseExpiredError):
        submit_annotation(assignment_id=place.pk, annotator=ann, key=uuid4(), answer=CORRECT)


def test_places_of_other_projects_do_not_exist(round: AnnotationRound) -> None:
    outsider = make_annotator(make_world(pool=1).project)
    with pytest.raises(UnknownPlaceError):
        submit_annotation(assignment_id=round.assignments.first().pk, annotator=outsider, key=uuid4(), answer=CORRECT)


def test_a_closed_round_takes_no_answer(round: AnnotationRound, ann: Annotator) -> None:
    place = claim_next(round=round, annotator=ann)
    close(round)
    with pytest.raises(RoundClosedError):
        submit_annotation(assignment_id=place.pk, annotator=ann, key=uuid4(), answer=CORRECT)
    with pytest.raises(RoundClosedError):
        skip(assignment_id=place.pk, annotator=ann, reason="too late")
    with pytest.raises(RoundClosedError):
        undo_last(round=round, annotator=ann)


@pytest.mark.parametrize("answer", [CORRECT, LOW, UNSURE, BIASED, replace(BIASED, verdict="correct", corrected_label="", pattern="", subgroup="")])
def test_whole_answers_are_valid(answer: Answer) -> None:
    assert answer.validate() == {}


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        (Answer(verdict="maybe"), "verdict"),
        (Answer(verdict="incorrect"), "corrected_label"),
        (Answer(verdict="incorrect", corrected_label="terrible"), "corrected_label"),
        (Answer(verdict="correct", corrected_label="low"), "corrected_label"),
        (Answer(verdict="unsure", corrected_label="low"), "corrected_label"),
        (Answer(verdict="correct", note="x" * 2001), "note"),
        (Answer(verdict="correct", severity=2), "severity"),
        (Answer(verdict="correct", subgroup="muslim"), "subgroup"),
        (Answer(verdict="correct", pattern="negation"), "pattern"),
        (replace(BIASED, severity=None), "severity"),
        (replace(BIASED, severity=4), "severity"),
        (replace(BIASED, bias_types=("astrological",)), "bias_types"),
        (replace(BIASED, bias_types=("religious", "religious")), "bias_types"),
        (replace(BIASED, pattern="vibes"), "pattern"),
        (replace(BIASED, subgroup="martians"), "subgroup"),
    ],
)
def test_a_contradiction_is_named_by_its_field(answer: Answer, field: str) -> None:
    assert list(answer.validate()) == [field]


def test_an_invalid_answer_leaves_the_place_in_hand(round: AnnotationRound, ann: Annotator) -> None:
    place = claim_next(round=round, annotator=ann)
    with pytest.raises(InvalidAnswerError):
        submit_annotation(assignment_id=place.pk, annotator=ann, key=uuid4(), answer=Answer(verdict="incorrect"))
    same_as_predicted = Answer(verdict="incorrect", corrected_label="mild")
    with pytest.raises(InvalidAnswerError, match="says mild already"):
        submit_annotation(assignment_id=place.pk, annotator=ann, key=uuid4(), answer=same_as_predicted)
    assert claim_next(round=round, annotator=ann).pk == place.pk


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "maybe"},
        {"corrected_label": ""},
        {"verdict": "correct"},
        {"severity": None},
        {"severity": 4},
        {"biased": False},
    ],
)
def test_the_database_refuses_what_a_form_might_let_through(round: AnnotationRound, ann: Annotator, change: dict) -> None:
    annotation = answer_next(round, ann, BIASED)
    with pytest.raises(IntegrityError), transaction.atomic():
        Annotation.objects.filter(pk=annotation.pk).update(**change)


def test_skipping_keeps_the_reason_and_makes_another_place(round: AnnotationRound, ann: Annotator) -> None:
    place = claim_next(round=round, annotator=ann)
    skip(assignment_id=place.pk, annotator=ann, reason="  not my language ", flagged=True)
    skipped = Assignment.objects.get(pk=place.pk)
    assert (skipped.state, skipped.skip_reason, skipped.flagged) == (Assignment.State.SKIPPED, "not my language", True)
    assert Assignment.objects.filter(item=place.item, state=Assignment.State.FREE).count() == round.overlap


def test_skipping_twice_is_refused_and_makes_no_further_place(round: AnnotationRound, ann: Annotator) -> None:
    place = claim_next(round=round, annotator=ann)
    skip(assignment_id=place.pk, annotator=ann, reason="no")
    with pytest.raises(AlreadyAnsweredError):
        skip(assignment_id=place.pk, annotator=ann, reason="no")
    assert Assignment.objects.filter(item=place.item).count() == round.overlap + 1


def test_undoing_brings_the_item_back_to_the_same_annotator(round: AnnotationRound, ann: Annotator) -> None:
    annotation = answer_next(round, ann)
    front, behind = claim_next(round=round, annotator=ann).pk, claim_ahead(round_id=round.pk, annotator_id=ann.pk)
    place = undo_last(round=round, annotator=ann)
    assert place == annotation.assignment_id
    assert claim_next(round=round, annotator=ann).pk == place
    assert claim_ahead(round_id=round.pk, annotator_id=ann.pk) == front
    assert Assignment.objects.get(pk=behind).state == Assignment.State.FREE
    assert Assignment.objects.get(pk=place).ended_at is None, "it is in hand again"
    assert not Annotation.objects.exists()
    assert LedgerEntry.objects.get(action="annotation.undone").subject == f"annotation {annotation.pk}"


def test_who_is_paused_takes_nothing_back_because_it_could_not_be_shown_again(round: AnnotationRound, ann: Annotator) -> None:
    answer_next(round, ann)
    Participation.objects.update_or_create(round=round, annotator=ann, defaults={"paused_at": timezone.now()})
    with pytest.raises(PausedError, match="what you answered stays as it is"):
        undo_last(round=round, annotator=ann)
    assert Annotation.objects.count() == 1


def test_an_item_that_a_lead_gave_back_is_not_called_late(round: AnnotationRound, ann: Annotator) -> None:
    place = claim_next(round=round, annotator=ann)
    set_free(Assignment.objects.filter(pk=place.pk))
    with pytest.raises(LeaseExpiredError, match="its time ran out, or a lead gave it back"):
        skip(assignment_id=place.pk, annotator=ann, reason="")


@pytest.mark.django_db(transaction=True)
def test_an_undo_beside_a_tab_that_is_given_a_place_takes_its_answer_back_all_the_same(
    round: AnnotationRound, ann: Annotator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As both see it on PostgreSQL: the slot was empty when the undo looked."""
    annotation = answer_next(round, ann)
    make_room, seen = annotate._make_room, []

    def looked_too_early(held: QuerySet[Assignment]) -> int:
        seen.append(held.count())
        return 0 if len(seen) == 1 else make_room(held)

    claim_next(round=round, annotator=ann)
    monkeypatch.setattr(annotate, "_make_room", looked_too_early)
    assert undo_last(round=round, annotator=ann) == annotation.assignment_id
    assert len(seen) == 2
    assert not Annotation.objects.exists()
    assert Assignment.objects.filter(annotator=ann, state=Assignment.State.CLAIMED).count() == 2


def test_an_undone_item_can_be_answered_anew(round: AnnotationRound, ann: Annotator) -> None:
    answer_next(round, ann)
    undo_last(round=round, annotator=ann)
    assert answer_next(round, ann, LOW).verdict == "incorrect"
    assert Annotation.objects.count() == 1


def test_undoing_twice_goes_back_two_answers(round: AnnotationRound, ann: Annotator) -> None:
    first, second = answer_next(round, ann), answer_next(round, ann)
    assert undo_last(round=round, annotator=ann) == second.assignment_id
    assert undo_last(round=round, annotator=ann) == first.assignment_id
    with pytest.raises(NothingToUndoError):
        undo_last(round=round, annotator=ann)


def test_it_takes_back_the_answer_that_is_meant_and_no_other(round: AnnotationRound, ann: Annotator) -> None:
    first, second = answer_next(round, ann), answer_next(round, ann)
    with pytest.raises(OvertakenError, match="Nothing was taken back"):
        undo_last(round=round, annotator=ann, meant=first.assignment_id)
    for _ in range(2):
        assert undo_last(round=round, annotator=ann, meant=second.assignment_id) == second.assignment_id
    assert list(Annotation.objects.all()) == [first]


def test_a_skip_can_be_undone_too(round: AnnotationRound, ann: Annotator) -> None:
    place = claim_next(round=round, annotator=ann)
    skip(assignment_id=place.pk, annotator=ann, reason="slipped", flagged=True)
    again = Assignment.objects.get(pk=undo_last(round=round, annotator=ann))
    assert (again.pk, again.state, again.skip_reason, again.flagged) == (place.pk, Assignment.State.CLAIMED, "", False)
    assert Assignment.objects.filter(item=place.item).count() == round.overlap


def test_nobody_undoes_anothers_answer(round: AnnotationRound, ann: Annotator, ben: Annotator) -> None:
    answer_next(round, ann)
    with pytest.raises(NothingToUndoError, match="nothing to take back"):
        undo_last(round=round, annotator=ben)


def test_a_double_click_is_stored_once(shared_database: None) -> None:
    world = make_world(pool=3)
    round, annotator, key = make_round(world, items=3), make_annotator(world.project), uuid4()
    place = claim_next(round=round, annotator=annotator)
    stored = in_threads([lambda: submit_annotation(assignment_id=place.pk, annotator=annotator, key=key, answer=LOW).pk] * 6)
    assert len(set(stored)) == Annotation.objects.count() == 1
    assert LedgerEntry.objects.filter(action="annotation.submitted").count() == 1
    assert ledger.verify() == []


def test_two_answers_at_once_to_one_place_store_one(shared_database: None) -> None:
    world = make_world(pool=3)
    round, annotator = make_round(world, items=3), make_annotator(world.project)
    place = claim_next(round=round, annotator=annotator)

    def send(answer: Answer) -> str:
        try:
            submit_annotation(assignment_id=place.pk, annotator=annotator, key=uuid4(), answer=answer)
        except AlreadyAnsweredError:
            return "refused"
        return "stored"

    outcomes = in_threads([lambda: send(LOW), lambda: send(CORRECT)] * 2)
    assert sorted(outcomes) == ["refused", "refused", "refused", "stored"]
    assert Annotation.objects.count() == 1


def test_annotations_of_many_people_at_once_make_one_chain(shared_database: None) -> None:
    world = make_world(pool=5)
    round = make_round(world, items=5, overlap=4)
    people = [make_annotator(world.project) for _ in range(4)]

    def work_through(annotator: Annotator) -> None:
        while place := claim_next(round=round, annotator=annotator):
            submit_annotation(assignment_id=place.pk, annotator=annotator, key=uuid4(), answer=CORRECT)

    in_threads([lambda who=who: work_through(who) for who in people])
    assert Annotation.objects.count() == LedgerEntry.objects.filter(action="annotation.submitted").count() == 20
    assert ledger.verify() == []
