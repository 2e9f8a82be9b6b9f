import pytest

from feedback.models import AnnotationItem, AnnotationRound, AnnotatorWeight, Joining, PanelWeight
from feedback.pipeline.aggregate import aggregate_feedback
from feedback.pipeline.answer import Answer
from feedback.pipeline.close_round import close_round
from modeling.models import LedgerEntry, SubgroupMention
from tests.feedback.worlds import BIASED, CORRECT, LOW, UNSURE, World, add_comment, answer_next, make_annotator, make_panel, make_round

pytestmark = pytest.mark.django_db

NOTE = "This is plainly an attack on our neighbours."


@pytest.fixture
def closed(world: World) -> AnnotationRound:
    """Six items: two of the crowd say low, an expert calls the prediction correct."""
    crowd, experts = make_panel(world.project), make_panel(world.project, "expert", weight=2)
    round = make_round(world, items=6, overlap=3)
    people = [make_annotator(world.project, crowd), make_annotator(world.project, crowd), make_annotator(world.project, experts)]
    for person, answer in zip(people, (LOW, BIASED, CORRECT), strict=True):
        for _ in range(6):
            answer_next(round, person, answer)
    return close_round(round=round, by=world.lead, start_cycle=False)


def test_closing_keeps_how_the_labels_came_about(closed: AnnotationRound) -> None:
    joining = closed.joining
    assert joining.method == "dawid_skene"
    assert joining.disputed_count == 6
    assert {(pair["first"], pair["second"]) for pair in joining.differences} == {("majority_vote", "without_panels")}
    assert joining.differences[0]["share"] == 1
    crowd, experts = joining.panel_weights.order_by("panel__pk")
    assert (crowd.stated, crowd.trust, crowd.weight, crowd.annotator_count, crowd.answer_count) == (1, 1, 1, 2, 12)
    assert (experts.stated, experts.weight) == (2, 2)
    assert experts.method == "majority_vote"
    assert experts.method_reason == "Fewer than 3 independent people answered."


def test_each_disputed_item_is_kept_with_what_each_panel_prefers(closed: AnnotationRound) -> None:
    disputed = list(closed.joining.disputed_items.all())
    assert [found.rank for found in disputed] == [1, 2, 3, 4, 5, 6]
    assert [found.confidence for found in disputed] == sorted(found.confidence for found in disputed)
    crowd, experts = (weighed.panel.name for weighed in closed.joining.panel_weights.order_by("panel__pk"))
    for found in disputed:
        said = {row["panel"]: row["level"] for row in found.panel_levels}
        assert said[crowd] == "low" != said[experts] == found.item.prediction.predicted_label


def test_how_far_methods_differ_is_kept_with_an_interval(closed: AnnotationRound) -> None:
    (pair,) = closed.joining.differences
    assert pair["low"] < pair["share"] == pair["high"] == 1
    assert pair["items"] == 6


def test_each_persons_weight_is_kept_with_its_interval(closed: AnnotationRound) -> None:
    people = closed.joining.annotator_weights.order_by("annotator__pk")
    assert [person.answer_count for person in people] == [6, 6, 6]
    assert all(person.low < person.reliability < person.high for person in people)
    assert [person.shared_count for person in people] == [6, 6, 0]


def test_agreement_is_kept_for_all_and_for_each_panel_and_is_null_below_the_minimum(closed: AnnotationRound) -> None:
    rows = {(row["panel"], row["question"]): row for row in closed.joining.agreement}
    assert (None, "level") in rows
    nothing = dict.fromkeys(("alpha", "low", "high", "ac1", "ac1_low", "ac1_high"))
    assert rows[None, "religious"] == {"panel": None, "question": "religious", **nothing, "items": 6}
    assert len({panel for panel, _ in rows}) == 3


def test_the_most_doubtful_labels_are_kept_in_order(closed: AnnotationRound) -> None:
    doubts = list(closed.joining.doubtful_labels.all())
    assert [doubt.rank for doubt in doubts] == [1]
    assert doubts[0].level in ("low", "mild", "high")
    assert closed.joining.doubt_method == "crowdlab"


def test_what_was_kept_never_changes(world: World, closed: AnnotationRound) -> None:
    panel = closed.joining.panel_weights.get(stated=2).panel
    panel.weight = 9
    panel.save()
    close_round(round=closed, start_cycle=False)
    assert Joining.objects.get().panel_weights.get(panel=panel).stated == 2


def test_the_ledger_says_methods_weights_and_reductions(world: World) -> None:
    round = make_round(world, items=4, overlap=3)
    for note in (NOTE, NOTE, ""):
        person = make_annotator(world.project)
        for _ in range(4):
            answer_next(round, person, Answer("incorrect", "low", ("religious",), "muslim", "", 2, note))
    close_round(round=round, start_cycle=False)
    payload = LedgerEntry.objects.get(action="round.aggregated").payload
    assert payload["method"] == "dawid_skene"
    (panel,) = payload["panels"].values()
    assert (panel["stated"], panel["trust"]) == (1, 1)
    assert payload["reductions"] == [
        "Two accounts wrote the same sentences in their notes, on several comments each: together they count as one.",
    ]
    assert len(payload["annotator_weights_sha256"]) == 64


def test_who_counts_as_one_with_whom_is_kept_and_named_in_no_sentence(world: World) -> None:
    round = make_round(world, items=4, overlap=3)
    people = [make_annotator(world.project) for _ in range(3)]
    for person, note in zip(people, (NOTE, NOTE, ""), strict=True):
        for _ in range(4):
            answer_next(round, person, Answer("incorrect", "low", ("religious",), "muslim", "", 2, note))
    close_round(round=round, start_cycle=False)
    first, second, third = AnnotatorWeight.objects.order_by("annotator__pk")
    assert (first.voice, second.voice, third.voice) == (None, people[0], None)
    assert second.reasons
    assert not third.reasons
    assert not any(person.user.username in str(round.joining.signals) for person in people)
    assert {label.annotation_count for label in round.batch.labels.all()} == {3}


def test_a_person_who_was_only_ever_unsure_keeps_an_open_reliability(world: World) -> None:
    round = make_round(world, items=2, overlap=2)
    sure, unsure = make_annotator(world.project), make_annotator(world.project)
    for _ in range(2):
        answer_next(round, sure, LOW)
        answer_next(round, unsure, UNSURE)
    close_round(round=round, start_cycle=False)
    found = AnnotatorWeight.objects.get(annotator=unsure)
    assert (found.reliability, found.shared_count, found.answer_count) == (0.75, 0, 2)


def test_known_answers_are_the_labels_and_test_the_annotators(world: World) -> None:
    round = make_round(world, items=3, overlap=1)
    AnnotationItem.objects.filter(round=round).update(gold_label="high")
    item = AnnotationItem.objects.filter(round=round).first()
    SubgroupMention.objects.create(comment=item.comment, subgroup="muslim", value=1, source="column")
    person = make_annotator(world.project)
    for _ in range(3):
        answer_next(round, person, LOW)
    close_round(round=round, start_cycle=False)
    assert {(label.q_low, label.q_high) for label in round.batch.labels.all()} == {(0, 1)}
    weight = AnnotatorWeight.objects.get()
    assert (weight.known_count, weight.known_right) == (3, 0)
    assert weight.reliability == pytest.approx(3 / 7)
    assert round.joining.known_count == 3
    assert round.joining.doubtful_labels.count() == 0


def test_the_method_of_the_round_is_used(world: World) -> None:
    round = make_round(world, items=4, overlap=4)
    AnnotationRound.objects.filter(pk=round.pk).update(joining_method="mace")
    round.refresh_from_db()
    for answers in ((LOW, LOW, LOW, CORRECT), (LOW, CORRECT, LOW, CORRECT), (LOW, LOW, LOW, CORRECT)):
        person = make_annotator(world.project)
        for answer in answers:
            answer_next(round, person, answer)
    assert {weighed.method for weighed in aggregate_feedback(round=round).panels.values()} == {"mace"}


def test_a_panels_trust_goes_on_from_its_last_round(world: World) -> None:
    panel = make_panel(world.project)
    person = make_annotator(world.project, panel)
    for _ in range(4):
        add_comment(world)
    first, second = make_round(world, items=2, overlap=1), make_round(world, items=2, overlap=1)
    for round in (first, second):
        answer_next(round, person, LOW)
    close_round(round=first, start_cycle=False)
    PanelWeight.objects.filter(panel=panel).update(trust=0.3)
    close_round(round=second, start_cycle=False)
    weight = PanelWeight.objects.get(joining__round=second)
    assert weight.evidence["earlier"] == 0.3
    assert weight.trust == pytest.approx(0.3 + 0.7 * 1 / 51)
    assert "regains the weight" in weight.reasons[0]
