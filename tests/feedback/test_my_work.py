"""What people see of their own work: counts, agreement, how they differ; and of others only what tells nobody apart."""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from feedback.models import Annotation, AnnotationRound, Annotator, Assignment, Purpose
from feedback.my_work import my_work, said_otherwise
from feedback.pipeline.annotate import skip
from feedback.pipeline.answer import Answer
from feedback.pipeline.assign import claim_next
from feedback.pipeline.close_round import close_round
from tests.feedback.worlds import BIASED, CORRECT, LOW, UNSURE, World, add_comment, answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db

ITEMS = 12
HIGH = Answer(verdict="incorrect", corrected_label="high")


def answered(world: World, me: Annotator, mine: Answer, others: Answer, peers: int) -> AnnotationRound:
    """Everybody answers every item of one round."""
    round = make_round(world, items=ITEMS, overlap=peers + 1)
    for person, answer in ((me, mine), *((make_annotator(world.project), others) for _ in range(peers))):
        for _ in range(ITEMS):
            answer_next(round, person, answer)
    return round


@pytest.fixture
def world() -> World:
    """Every comment is about Muslims, and the model says mild."""
    world = make_world(pool=0)
    for _ in range(ITEMS):
        add_comment(world, mentions=["muslim"])
    return world


def page(client, name: str, *args: object) -> str:
    return re.sub(r"\s+", " ", client.get(reverse(f"feedback:{name}", args=args)).content.decode())


def test_what_i_did_is_counted(client, world: World, ann: Annotator) -> None:
    round = make_round(world, items=4, overlap=1)
    for answer in (CORRECT, BIASED):
        answer_next(round, ann, answer)
    skip(assignment_id=claim_next(round=round, annotator=ann).pk, annotator=ann, reason="unclear")
    work = my_work(ann)
    assert (work.answers, work.days, len(work.weeks)) == (2, 1, 1)
    assert [(one.answers, one.skipped, one.days) for one in work.rounds] == [(2, 1, 1)]
    client.force_login(ann.user)
    assert "2 answers, on 1 day" in page(client, "my-work", world.project.slug)


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "took you less than a second"), (4.4, "took you 4 s or less")])
def test_no_answer_is_said_to_take_less_than_no_time(client, world: World, ann: Annotator, seconds: float, said: str) -> None:
    answer_next(make_round(world), ann)
    Annotation.objects.update(seconds=seconds)
    client.force_login(ann.user)
    assert f"half of them {said}" in page(client, "my-work", world.project.slug)


def test_nothing_is_said_of_others_while_a_round_is_open(world: World, ann: Annotator) -> None:
    answered(world, ann, BIASED, CORRECT, peers=5)
    work = my_work(ann)
    assert work.differences == {"biased": [], "level": []}
    assert work.rounds[0].joined is None
    assert work.joined.n == 0


def test_after_closing_my_answers_are_compared_with_the_joined_labels_and_with_others(client, world: World, ann: Annotator) -> None:
    round = close_round(round=answered(world, ann, BIASED, CORRECT, peers=5), start_cycle=False)
    work = my_work(ann)
    assert (work.joined.value, work.joined.n) == (0, ITEMS)
    (biased,), (level,) = work.differences["biased"], work.differences["level"]
    assert (biased.subgroup, biased.found.value, biased.peers, biased.is_clear) == ("muslim", 1, 5, True)
    assert (level.found.value, level.found.n) == (-1, ITEMS)
    client.force_login(ann.user)
    told = page(client, "my-work", world.project.slug)
    assert "you report more often" in told
    assert "you choose lower levels" in told
    assert len(said_otherwise(ann, round)) == ITEMS
    assert page(client, "my-round", world.project.slug, round.number).count("You said") == ITEMS


def test_with_fewer_than_five_others_nothing_is_said_of_them(client, world: World, ann: Annotator) -> None:
    round = close_round(round=answered(world, ann, BIASED, CORRECT, peers=4), start_cycle=False)
    work = my_work(ann)
    assert work.differences == {"biased": [], "level": []}
    assert (work.rounds[0].joined, work.joined.n) == (None, 0)
    assert said_otherwise(ann, round) is None
    client.force_login(ann.user)
    assert "too few others" in page(client, "my-work", world.project.slug)
    assert "it could be told who said what" in page(client, "my-round", world.project.slug, round.number)


def test_known_answers_are_told_after_closing_only(world: World, ann: Annotator) -> None:
    round = answered(world, ann, LOW, CORRECT, peers=1)
    round.items.update(gold_label="low")
    assert my_work(ann).known.n == 0
    close_round(round=round, start_cycle=False)
    assert (my_work(ann).known.value, my_work(ann).known.n) == (1, ITEMS)


def test_who_is_unsure_has_no_level_to_compare(world: World, ann: Annotator) -> None:
    close_round(round=answered(world, ann, UNSURE, CORRECT, peers=5), start_cycle=False)
    work = my_work(ann)
    assert work.joined.n == 0
    assert work.differences["level"] == []
    assert work.differences["biased"][0].found.value == 0


def asked_again(annotation: Annotation, purpose: str, **said: object) -> None:
    """A place outside the sample with its answer, as the stream leaves them."""
    place = Assignment.objects.create(
        item=annotation.item, round=annotation.item.round, rank=0, purpose=purpose, state=Assignment.State.DONE, annotator=annotation.annotator
    )
    same = {name: getattr(annotation, name) for name in ("verdict", "corrected_label", "biased", "bias_types", "severity")}
    Annotation.of_any_purpose.create(
        assignment=place, item=annotation.item, annotator=annotation.annotator, key=uuid4(), purpose=purpose, **{**same, **said}
    )


def test_repeats_tell_how_steady_i_am_and_count_for_nothing_else(world: World, ann: Annotator) -> None:
    round = answered(world, ann, LOW, CORRECT, peers=5)
    first, *others = Annotation.objects.filter(annotator=ann)
    asked_again(first, Purpose.REPEAT, verdict="correct", corrected_label="")
    for other in others:
        asked_again(other, Purpose.REPEAT)
    close_round(round=round, start_cycle=False)
    work = my_work(ann)
    assert (work.consistency.value, work.consistency.n) == (pytest.approx((ITEMS - 1) / ITEMS), ITEMS)
    assert work.joined.n == work.differences["level"][0].found.n == ITEMS
    assert work.answers == 2 * ITEMS


def test_the_page_asks_a_fixed_number_of_questions(world: World, ann: Annotator, django_assert_max_num_queries) -> None:
    for _ in range(2 * ITEMS):
        add_comment(world, mentions=["muslim"])
    for answer in (LOW, HIGH, CORRECT):
        close_round(round=answered(world, ann, answer, CORRECT, peers=5), start_cycle=False)
    with django_assert_max_num_queries(9):
        my_work(ann)


def test_a_member_who_never_answered_is_told_so(client, world: World) -> None:
    client.force_login(world.lead)
    assert "Nothing yet" in page(client, "my-work", world.project.slug)
