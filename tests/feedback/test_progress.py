import math

import pytest

from feedback.models import Annotator
from feedback.pipeline.annotate import skip, undo_last
from feedback.pipeline.assign import claim_next
from feedback.pipeline.close_round import close_round
from feedback.progress import round_progress
from tests.feedback.worlds import BIASED, CORRECT, UNSURE, World, add_comment, answer_next, make_round

pytestmark = pytest.mark.django_db


def test_an_untouched_round(world: World) -> None:
    progress = round_progress(make_round(world, items=4, overlap=2))
    assert (progress.wanted, progress.done, progress.held, progress.annotators) == (8, 0, 0, 0)
    assert progress.share == 0
    assert progress.verdicts == {"correct": 0.0, "incorrect": 0.0, "unsure": 0.0}
    assert progress.agreement == {}
    assert progress.is_open


def test_it_counts_what_people_do(world: World, ann: Annotator, ben: Annotator) -> None:
    round = make_round(world, items=4, overlap=2)
    answer_next(round, ann, BIASED)
    answer_next(round, ann, CORRECT)
    answer_next(round, ben, CORRECT)
    skip(assignment_id=claim_next(round=round, annotator=ann).pk, annotator=ann, reason="not my language", flagged=True)
    claim_next(round=round, annotator=ann)
    progress = round_progress(round)
    assert (progress.done, progress.held, progress.skipped, progress.flagged) == (3, 1, 1, 1)
    assert (progress.items, progress.complete_items, progress.annotators) == (4, 1, 2)
    assert progress.share == pytest.approx(3 / 8)
    assert progress.verdicts == pytest.approx({"correct": 2 / 3, "incorrect": 1 / 3, "unsure": 0})
    assert progress.biased_share == pytest.approx(1 / 3)
    assert progress.bias_types == {"religious": 1}


def test_an_answer_too_many_fills_no_place_of_another_item(world: World, ann: Annotator, ben: Annotator) -> None:
    """Whoever takes a skip back after somebody else has stepped in gives one answer more than the item was to get."""
    round = make_round(world, items=2, overlap=1)
    skip(assignment_id=claim_next(round=round, annotator=ann).pk, annotator=ann, reason="not my language")
    for _ in range(2):
        answer_next(round, ben)
    undo_last(round=round, annotator=ann)
    answer_next(round, ann)
    progress = round_progress(round)
    assert (progress.done, progress.extra, progress.filled, progress.missing, progress.complete_items) == (3, 1, 2, 0, 2)
    assert progress.share == 1
    round.items.first().annotations.all().delete()
    progress = round_progress(round)
    assert progress.filled + progress.missing == progress.wanted == 2
    assert progress.missing == 1


def test_agreement_is_told_per_question_with_how_many_items_it_rests_on(world: World, ann: Annotator, ben: Annotator) -> None:
    for _ in range(22):
        add_comment(world)
    round = make_round(world, items=22, overlap=2)
    for annotator in (ann, ben):
        for answer in (*[BIASED, CORRECT] * 10, UNSURE):
            answer_next(round, annotator, answer)
    answer_next(round, ann)
    agreement = round_progress(round).agreement
    assert set(agreement) == {"verdict", "level", "biased"}
    assert agreement["verdict"].alpha == pytest.approx(1)
    assert (agreement["verdict"].items, agreement["level"].items) == (21, 20)


def test_a_few_answers_are_no_agreement_yet(world: World, ann: Annotator, ben: Annotator) -> None:
    """On an open round's page too, two comments answered alike were alpha 1.00 (1.00 to 1.00)."""
    round = make_round(world, items=4, overlap=2)
    for annotator in (ann, ben):
        for answer in (BIASED, CORRECT):
            answer_next(round, annotator, answer)
    found = round_progress(round).agreement["verdict"]
    assert math.isnan(found.alpha)
    assert math.isnan(found.ac1)


def test_agreement_is_not_guessed_from_single_answers(world: World, ann: Annotator) -> None:
    round = make_round(world, items=4, overlap=2)
    answer_next(round, ann)
    assert math.isnan(round_progress(round).agreement["verdict"].alpha)


def test_a_fragment_that_polls_can_leave_agreement_out(world: World, ann: Annotator, django_assert_max_num_queries) -> None:
    round = make_round(world)
    answer_next(round, ann)
    with django_assert_max_num_queries(7):
        assert round_progress(round, with_agreement=False).agreement == {}


def test_it_tells_closed_from_handed_in(world: World, ann: Annotator) -> None:
    round = make_round(world)
    answer_next(round, ann)
    waiting = round_progress(close_round(round=round, in_background=True))
    assert (waiting.is_open, waiting.is_handed_in, waiting.is_aggregating) == (False, False, True)
    done = round_progress(close_round(round=round))
    assert (done.is_handed_in, done.is_aggregating) == (True, False)
