import pytest

from feedback.models import AnnotationItem
from feedback.pipeline.aggregate import aggregate_feedback
from modeling.models import FeedbackLabel
from tests.feedback.worlds import BIASED, CORRECT, LOW, UNSURE, World, answer_next, make_annotator, make_panel, make_round

pytestmark = pytest.mark.django_db


def test_a_confirmed_level_is_the_predicted_one_and_a_corrected_level_the_annotators(world: World) -> None:
    round = make_round(world, items=2, overlap=1)
    first, second = make_annotator(world.project), make_annotator(world.project)
    confirmed, corrected = answer_next(round, first, CORRECT), answer_next(round, second, LOW)
    by_item = {found.item: found for found in aggregate_feedback(round=round).items}
    assert by_item[confirmed.item_id].q == pytest.approx((1 / 6, 2 / 3, 1 / 6))
    assert by_item[confirmed.item_id].incorrect_rate == 0
    assert by_item[corrected.item_id].q == pytest.approx((2 / 3, 1 / 6, 1 / 6))
    assert by_item[corrected.item_id].incorrect_rate == 1


def test_unsure_gives_no_level(world: World) -> None:
    round = make_round(world, items=1, overlap=1)
    answer_next(round, make_annotator(world.project), UNSURE)
    found = aggregate_feedback(round=round)
    assert found.items == []
    assert found.without_label == 1


def test_panels_weigh_as_their_lead_says(world: World) -> None:
    crowd, experts = make_panel(world.project), make_panel(world.project, "expert", weight=4)
    round = make_round(world, items=1, overlap=2)
    answer_next(round, make_annotator(world.project, crowd), CORRECT)
    answer_next(round, make_annotator(world.project, experts), LOW)
    assert aggregate_feedback(round=round).items[0].q[0] == pytest.approx((1 / 6 + 4 * 2 / 3) / 5)


def test_a_panel_can_be_left_out_to_see_what_it_changes(world: World) -> None:
    crowd, malicious = make_panel(world.project), make_panel(world.project, "community", weight=4)
    round = make_round(world, items=2, overlap=2)
    answer_next(round, make_annotator(world.project, crowd), CORRECT)
    troll = make_annotator(world.project, malicious)
    for _ in range(2):
        answer_next(round, troll, LOW)
    (left,) = aggregate_feedback(round=round, without=[malicious.pk]).items
    assert left.q == pytest.approx((1 / 6, 2 / 3, 1 / 6))
    assert len(aggregate_feedback(round=round).items) == 2


def test_it_reads_this_round_only_and_writes_nothing(world: World) -> None:
    first, second = make_round(world, items=1, overlap=1), make_round(world, items=1, overlap=1)
    annotator = make_annotator(world.project)
    answer_next(first, annotator)
    answer_next(second, annotator, BIASED)
    found = aggregate_feedback(round=second)
    assert [item.item for item in found.items] == [AnnotationItem.objects.get(round=second).pk]
    assert found.items[0].bias_rates == {"religious": 1.0}
    assert not FeedbackLabel.objects.exists()
