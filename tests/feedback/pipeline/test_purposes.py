"""Known answers and repeats in the stream: at the round's rate, to be told from nothing, outside the overlap, and never anybody else's."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from feedback.models import Annotation, AnnotationItem, AnnotationRound, Annotator, Assignment, Purpose
from feedback.pipeline.annotate import skip, undo_last
from feedback.pipeline.assign import claim_ahead, claim_next, release_expired
from feedback.pipeline.purposes import REPEATED_AFTER, Shares
from tests.feedback.worlds import answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db


def stream(**shares: float) -> AnnotationRound:
    round = make_round(make_world(pool=60), items=50, overlap=2)
    AnnotationRound.objects.filter(pk=round.pk).update(**shares)
    round.refresh_from_db()
    return round


def known_only(round: AnnotationRound, count: int) -> list[int]:
    """Known answers that were not drawn: they have no places of their own."""
    items = list(round.items.order_by("-rank").values_list("pk", flat=True)[:count])
    Assignment.objects.filter(item__in=items).delete()
    AnnotationItem.objects.filter(pk__in=items).update(is_drawn=False, gold_label="mild")
    return items


def purposes(annotator: Annotator) -> Counter[str]:
    return Counter(Annotation.of_any_purpose.filter(annotator=annotator).values_list("purpose", flat=True))


def test_the_draw_keeps_to_the_rates_and_is_the_same_again(settings) -> None:
    settings.SECRET_KEY = "the draw is keyed, and each installation has a key of its own"
    shares = Shares(gold=0.1, repeat=0.05, blind=0.2, seed=3)
    drawn = [shares.draw(7, after) for after in range(4000)]
    counts = Counter(one.purpose for one in drawn)
    assert 330 < counts[Purpose.GOLD] < 470
    assert 145 < counts[Purpose.REPEAT] < 255
    assert 700 < sum(one.is_blind for one in drawn) < 900
    assert drawn == [shares.draw(7, after) for after in range(4000)]
    assert drawn != [shares.draw(8, after) for after in range(4000)]


def test_everybody_meets_known_answers_outside_the_overlap() -> None:
    round = stream(gold_rate=0.5)
    known = known_only(round, 8)
    for annotator in (make_annotator(round.project), make_annotator(round.project), make_annotator(round.project)):
        for _ in range(20):
            answer_next(round, annotator)
        met = Annotation.of_any_purpose.filter(annotator=annotator, item__in=known)
        assert 1 <= met.count() <= 8
        assert set(met.values_list("purpose", flat=True)) == {"gold"}
        assert len(set(met.values_list("item", flat=True))) == met.count()
    assert Assignment.objects.filter(item__in=known).exclude(purpose="gold").count() == 0


def test_a_known_answer_that_was_drawn_fills_a_place_of_its_own() -> None:
    round = stream(gold_rate=0.5)
    round.items.update(gold_label="mild")
    annotator = make_annotator(round.project)
    for _ in range(20):
        answer_next(round, annotator)
    assert purposes(annotator) == {"sample": 20}
    assert Assignment.objects.filter(round=round).count() == 100


def test_without_known_answers_the_sample_goes_on() -> None:
    round = stream(gold_rate=0.5, repeat_rate=0.5)
    annotator = make_annotator(round.project)
    for _ in range(10):
        answer_next(round, annotator)
    assert purposes(annotator) == {"sample": 10}


def test_an_answer_comes_again_after_twenty_others_and_once_only() -> None:
    round = stream(repeat_rate=0.5)
    annotator = make_annotator(round.project)
    answers = [answer_next(round, annotator) for _ in range(45)]
    seen: dict[int, int] = {}
    repeats = 0
    for position, answer in enumerate(answers):
        if answer.purpose == Purpose.REPEAT:
            repeats += 1
            assert position - seen.pop(answer.item_id) > REPEATED_AFTER
        else:
            seen[answer.item_id] = position
    assert repeats >= 3


def test_a_repeat_is_blind_where_the_first_was() -> None:
    round = stream(repeat_rate=0.5)
    annotator = make_annotator(round.project)
    firsts = [answer_next(round, annotator) for _ in range(22)]
    Assignment.objects.filter(pk__in=[first.assignment_id for first in firsts]).update(blind=True, own_level="low")
    places = [claim_next(round=round, annotator=annotator)]
    while places[-1].purpose != Purpose.REPEAT:
        answer_next(round, annotator)
        places.append(claim_next(round=round, annotator=annotator))
    assert places[-1].blind
    assert places[-1].own_level == ""


def outside(round: AnnotationRound, annotator: Annotator) -> Assignment:
    """A place outside the sample that they hold."""
    while True:
        place = claim_next(round=round, annotator=annotator)
        if place.purpose != Purpose.SAMPLE:
            return place
        answer_next(round, annotator)


def test_what_is_outside_the_sample_goes_to_nobody_else() -> None:
    round = stream(gold_rate=0.5)
    known_only(round, 5)
    ann, ben = make_annotator(round.project), make_annotator(round.project)
    place = outside(round, ann)
    Assignment.objects.filter(pk=place.pk).update(lease_expires_at=timezone.now() - timedelta(minutes=1))
    assert release_expired() == 1
    place.refresh_from_db()
    assert (place.state, place.annotator) == (Assignment.State.LAPSED, ann)
    held = {answer_next(round, ben).assignment_id for _ in range(20)}
    assert place.pk not in held


def test_skipping_it_makes_no_place_and_undoing_that_takes_none_away() -> None:
    round = stream(gold_rate=0.5)
    known = known_only(round, 5)
    ann = make_annotator(round.project)
    place = outside(round, ann)
    count = Assignment.objects.filter(round=round).count()
    skip(assignment_id=place.pk, annotator=ann, reason="language")
    assert Assignment.objects.filter(round=round).count() == count
    assert not Assignment.objects.filter(item__in=known, state="free").exists()
    assert undo_last(round=round, annotator=ann) == place.pk
    assert Assignment.objects.filter(round=round).count() == count


def test_reloading_the_page_draws_nothing_anew() -> None:
    round = stream(gold_rate=0.5)
    known_only(round, 5)
    ann = make_annotator(round.project)
    for _ in range(6):
        front = claim_next(round=round, annotator=ann)
        behind = claim_ahead(round_id=round.pk, annotator_id=ann.pk)
        again = (claim_next(round=round, annotator=ann).pk, claim_ahead(round_id=round.pk, annotator_id=ann.pk))
        assert again == (front.pk, behind)
        answer_next(round, ann)


def test_the_number_of_a_place_does_not_tell_when_it_was_made():
    round = make_round(make_world(pool=20), items=20, overlap=1)
    made = [place.pk for item in round.items.all() for place in item.assignments.all()]
    made += [Assignment.objects.create(item=item, round=round, rank=item.rank).pk for item in round.items.all()]
    assert made != sorted(made)
    assert len(set(made)) == 40
    # JSON's readers keep integers up to here.
    assert all(0 < number < 2**53 for number in made)
