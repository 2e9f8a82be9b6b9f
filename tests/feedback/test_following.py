"""Following the machine: from rows of people who said their own level first, and of people who saw the prediction at once."""

import pytest

from feedback.following import following
from feedback.models import Assignment
from feedback.pipeline.answer import Answer
from tests.feedback.worlds import CORRECT, UNSURE, answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db
HIGH = Answer(verdict="incorrect", corrected_label="high")


def answered(own, answer, count, round, ann):
    """The model says mild of everything."""
    for _ in range(count):
        given = answer_next(round, ann, answer)
        if own:
            Assignment.objects.filter(pk=given.assignment_id).update(blind=True, own_level=own)


@pytest.fixture
def round(db):
    return make_round(make_world(pool=140), items=130, overlap=1)


def test_who_moves_to_the_prediction_after_seeing_it_is_counted_against_what_they_said_before(round):
    ann = make_annotator(round.project)
    answered("high", HIGH, 18, round, ann)
    answered("high", CORRECT, 12, round, ann)
    answered("mild", CORRECT, 10, round, ann)
    answered("", CORRECT, 32, round, ann)
    answered("", HIGH, 8, round, ann)
    found = following(round)
    assert (found.moved.count, found.moved.n, found.kept) == (12, 30, 18)
    assert found.moved.low < 0.4 < found.moved.high
    assert (found.agree_blind.count, found.agree_blind.n) == (10, 40)
    assert (found.agree_shown.count, found.agree_shown.n) == (32, 40)
    assert found.pull.value == pytest.approx(0.8 - 0.25)
    assert 0.3 < found.pull.low < 0.55 < found.pull.high < 0.8


def test_below_thirty_nothing_is_said_and_who_is_unsure_counts_nowhere(round):
    ann = make_annotator(round.project)
    answered("high", CORRECT, 29, round, ann)
    answered("low", UNSURE, 5, round, ann)
    found = following(round)
    assert (found.moved.n, found.moved.value, found.agree_shown.n, found.pull.value) == (29, None, 0, None)
