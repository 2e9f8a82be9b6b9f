"""Answers outside the sample: what they tell of people, and that nobody mistakes them for further voices on an item."""

from uuid import uuid4

import pytest

from feedback.errors import EmptyRoundError
from feedback.estimates import pool_estimates
from feedback.models import Annotation, AnnotationItem, Assignment, Purpose
from feedback.pipeline.aggregate import aggregate_feedback
from feedback.pipeline.close_round import close_round
from feedback.pipeline.export import export_annotations
from feedback.progress import round_progress
from feedback.quality import quality_by_person, quality_of
from modeling.models import FeedbackLabel
from tests.feedback.worlds import answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db


def again(first, purpose=Purpose.REPEAT, **fields):
    """The same person's answer on the same item, outside the sample."""
    return outside(first.item, first.annotator, purpose, **fields)


def outside(item, annotator, purpose, *, verdict="incorrect", corrected_label="high", **fields):
    place = Assignment.objects.create(item=item, round=item.round, rank=item.rank, purpose=purpose, state="done", annotator=annotator)
    said = {"verdict": verdict, "corrected_label": corrected_label, **fields}
    return Annotation.objects.create(assignment=place, item=item, annotator=annotator, purpose=purpose, key=uuid4(), **said)


@pytest.fixture
def round(world):
    return make_round(world, items=4, overlap=2)


def told(round):
    """All that is read from answers, as text."""
    joined = aggregate_feedback(round=round)
    return str((round_progress(round), joined.items, joined.voices, joined.reliability, pool_estimates(round)))


def test_a_repeat_is_no_further_voice_anywhere(round, ann, ben):
    answers = [answer_next(round, who) for who in (ann, ben) for _ in range(3)]
    before = told(round)
    for answer in answers:
        again(answer)
    assert Annotation.of_any_purpose.count() == 12
    assert told(round) == before


def test_neither_are_answers_to_known_items(world, round, ann, ben):
    answer_next(round, ann)
    before = told(round)
    known = round.items.last()
    AnnotationItem.objects.filter(pk=known.pk).update(is_drawn=False)
    outside(known, ben, Purpose.GOLD)
    assert told(round) == before


def test_repeats_and_known_answers_are_in_no_export_of_labels(world, round, ann, ben):
    first = answer_next(round, ann)
    again(first)
    outside(round.items.last(), ben, Purpose.GOLD)
    assert len("".join(export_annotations(project=world.project)).splitlines()) == 2


def test_what_is_handed_in_rests_on_the_sample_alone(world, round, ann, ben):
    first = answer_next(round, ann)
    again(first)
    known = round.items.last()
    AnnotationItem.objects.filter(pk=known.pk).update(is_drawn=False, gold_label="high")
    outside(known, ben, Purpose.GOLD)
    batch = close_round(round=round, start_cycle=False).batch
    label = FeedbackLabel.objects.get(batch=batch)
    assert (label.comment_id, label.annotation_count) == (first.item.comment_id, 1)


def test_a_round_with_nothing_but_answers_outside_the_sample_has_nothing_to_hand_in(round, ann):
    outside(round.items.first(), ann, Purpose.GOLD)
    with pytest.raises(EmptyRoundError):
        close_round(round=round, start_cycle=False)


def test_known_answers_and_repeats_tell_how_well_and_how_steadily_somebody_answers(ann, ben):
    round = make_round(make_world(pool=30), items=24, overlap=2)
    ann, ben = make_annotator(round.project), make_annotator(round.project)
    answers = [answer_next(round, ann) for _ in range(12)]  # correct: mild
    items = [answer.item_id for answer in answers]
    AnnotationItem.objects.filter(pk__in=items[:9]).update(gold_label="mild")
    AnnotationItem.objects.filter(pk__in=items[9:]).update(gold_label="low")
    for answer in answers[:10]:
        again(answer, verdict="correct", corrected_label="")
    again(answers[10])
    found = quality_by_person(round)
    assert list(found) == [ann.pk]
    assert (found[ann.pk].gold_accuracy.count, found[ann.pk].gold_accuracy.n) == (9, 12)
    assert found[ann.pk].gold_accuracy.low < 0.75 < found[ann.pk].gold_accuracy.high
    assert (found[ann.pk].consistency.count, found[ann.pk].consistency.n) == (10, 11)
    assert quality_by_person(round, [ben.pk]) == {}


def test_annotators_are_told_in_whole_tens_so_that_no_answer_shows_what_is_known(ann):
    round = make_round(make_world(pool=30), items=24, overlap=2)
    ann = make_annotator(round.project)
    round.items.update(gold_label="mild")
    told = []
    for _ in range(12):
        answer_next(round, ann)
        told.append(quality_of(round, ann).gold_accuracy.n)
    assert told == [0] * 9 + [10] * 3
    assert quality_of(round, ann).gold_accuracy.value == 1


def test_a_report_of_bias_that_is_not_made_again_is_not_consistent(round, ann):
    first = answer_next(round, ann)
    again(first, verdict="correct", corrected_label="", biased=True, severity=1, bias_types=["age"])
    found = quality_of(round, ann).consistency
    assert (found.count, found.n, found.value) == (0, 1, None)
