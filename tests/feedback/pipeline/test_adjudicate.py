import pytest

from feedback.errors import AlreadyDecidedError, InvalidAnswerError, LabelsFrozenError, NothingToUndoError, UnknownPlaceError
from feedback.models import Adjudication, AnnotationRound
from feedback.pipeline.adjudicate import adjudicate, take_back
from feedback.pipeline.close_round import close_round
from modeling.models import FeedbackLabel, LedgerEntry, Role
from tests.factories import make_cycle, make_member
from tests.feedback.worlds import BIASED, CORRECT, LOW, UNSURE, World, answer_next, make_annotator, make_round

pytestmark = pytest.mark.django_db


@pytest.fixture
def adjudicator(world: World):
    return make_member(world.project, Role.ADJUDICATOR)


@pytest.fixture
def disputed(world: World) -> AnnotationRound:
    """The first item is called mild by one and low by another; the second by both mild."""
    round = make_round(world, items=2, overlap=2)
    for answers in ((CORRECT, CORRECT), (BIASED, CORRECT)):
        person = make_annotator(world.project)
        for answer in answers:
            answer_next(round, person, answer)
    return round


def first_item(round: AnnotationRound):
    return round.items.order_by("rank")[0]


def label_of(item) -> FeedbackLabel:
    return FeedbackLabel.objects.get(comment=item.comment_id)


def test_a_decision_takes_the_place_of_what_people_say_together(world, disputed, adjudicator):
    item, other = disputed.items.order_by("rank")
    adjudicate(round=disputed, item_id=item.pk, level="high", bias_types=["gender"], severity=3, reason="A threat.", by=adjudicator)
    close_round(round=disputed, start_cycle=False)
    decided = label_of(item)
    assert (decided.q_low, decided.q_mild, decided.q_high, decided.confidence) == (0, 0, 1, 1)
    assert (decided.bias_rates, decided.biased_rate, decided.severity, decided.incorrect_rate) == ({"gender": 1.0}, 1, 3, 1)
    assert decided.weight == pytest.approx(3 / 4)
    assert (decided.adjudicated, label_of(other).adjudicated) == (True, False)
    assert label_of(other).confidence < 1


def test_the_ledger_says_what_was_decided_and_how_many_labels_were(disputed, adjudicator):
    adjudicate(round=disputed, item_id=first_item(disputed).pk, level="low", reason="private", by=adjudicator)
    entry = LedgerEntry.objects.get(action="item.adjudicated")
    assert entry.payload == {"item": first_item(disputed).pk, "level": "low", "bias_types": [], "severity": None}
    assert entry.actor == adjudicator.username
    close_round(round=disputed, start_cycle=False)
    assert LedgerEntry.objects.get(action="round.aggregated").payload["adjudicated"] == 1


def test_a_decided_item_is_disputed_and_doubtful_no_more(world, adjudicator):
    round = make_round(world, items=1, overlap=2)
    for answer in (CORRECT, LOW):
        answer_next(round, make_annotator(world.project), answer)
    adjudicate(round=round, item_id=first_item(round).pk, level="low", by=adjudicator)
    close_round(round=round, start_cycle=False)
    assert round.joining.disputed_count == 0
    assert not round.joining.doubtful_labels.exists()


def test_an_item_of_which_nobody_named_a_level_gets_one_by_a_decision(world, adjudicator):
    round = make_round(world, items=2, overlap=1)
    person = make_annotator(world.project)
    unsure = answer_next(round, person, UNSURE)
    answer_next(round, person, CORRECT)
    adjudicate(round=round, item_id=unsure.item_id, level="low", by=adjudicator)
    close_round(round=round, start_cycle=False)
    assert label_of(unsure.item).q_low == 1
    assert round.joining.without_label_count == 0


def test_the_same_decision_twice_is_stored_once(disputed, adjudicator):
    item = first_item(disputed)
    first, again = (adjudicate(round=disputed, item_id=item.pk, level="low", by=adjudicator) for _ in range(2))
    assert first == again
    assert LedgerEntry.objects.filter(action="item.adjudicated").count() == 1


def test_it_does_not_overrule_what_somebody_decided_meanwhile(world, disputed, adjudicator):
    item = first_item(disputed)
    adjudicate(round=disputed, item_id=item.pk, level="low", by=world.lead)
    with pytest.raises(AlreadyDecidedError, match="Somebody has decided this item already: low"):
        adjudicate(round=disputed, item_id=item.pk, level="high", by=adjudicator)
    assert Adjudication.objects.get().level == "low"


def test_a_decision_can_be_taken_back_and_the_panels_label_stands_again(disputed, adjudicator):
    item = first_item(disputed)
    adjudicate(round=disputed, item_id=item.pk, level="high", by=adjudicator)
    assert take_back(round=disputed, by=adjudicator).item == item
    close_round(round=disputed, start_cycle=False)
    assert label_of(item).q_high < 0.5
    assert LedgerEntry.objects.filter(action="adjudication.undone").exists()


def test_ones_own_decision_is_taken_back_not_the_newest_of_all(world, disputed, adjudicator):
    mine, theirs = disputed.items.order_by("rank")
    adjudicate(round=disputed, item_id=mine.pk, level="low", by=adjudicator)
    adjudicate(round=disputed, item_id=theirs.pk, level="low", by=world.lead)
    assert take_back(round=disputed, by=adjudicator).item == mine
    with pytest.raises(NothingToUndoError):
        take_back(round=disputed, by=adjudicator)


def test_after_the_labels_are_frozen_nothing_is_decided_or_taken_back(disputed, adjudicator):
    item = first_item(disputed)
    adjudicate(round=disputed, item_id=item.pk, level="low", by=adjudicator)
    close_round(round=disputed, start_cycle=False)
    with pytest.raises(LabelsFrozenError, match="frozen"):
        adjudicate(round=disputed, item_id=disputed.items.order_by("rank")[1].pk, level="low", by=adjudicator)
    with pytest.raises(LabelsFrozenError, match="frozen"):
        take_back(round=disputed, by=adjudicator)


def test_a_closed_round_can_be_decided_until_its_labels_are_frozen(disputed, adjudicator):
    AnnotationRound.objects.filter(pk=disputed.pk).update(state="closed")
    assert adjudicate(round=disputed, item_id=first_item(disputed).pk, level="low", by=adjudicator).level == "low"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"level": "horrible"}, "level"),
        ({"level": "low", "bias_types": ["unknown"], "severity": 1}, "bias_types"),
        ({"level": "low", "bias_types": ["gender"]}, "severity"),
        ({"level": "low", "reason": "x" * 2001}, "reason"),
    ],
)
def test_it_refuses_what_contradicts_itself(disputed, adjudicator, said, field):
    with pytest.raises(InvalidAnswerError) as refused:
        adjudicate(round=disputed, item_id=first_item(disputed).pk, by=adjudicator, **said)
    assert list(refused.value.errors) == [field]


def test_known_answers_and_items_of_other_rounds_are_not_decided(world, disputed, adjudicator):
    other = make_round(world, items=1)
    disputed.items.update(gold_label="low")
    for item in (first_item(disputed), first_item(other)):
        with pytest.raises(UnknownPlaceError):
            adjudicate(round=disputed, item_id=item.pk, level="low", by=adjudicator)


def test_a_gate_round_is_what_experts_say_independently(world, disputed, adjudicator):
    AnnotationRound.objects.filter(pk=disputed.pk).update(kind="gate", judges=make_cycle(world.project))
    with pytest.raises(LabelsFrozenError, match="independently"):
        adjudicate(round=disputed, item_id=first_item(disputed).pk, level="low", by=adjudicator)
