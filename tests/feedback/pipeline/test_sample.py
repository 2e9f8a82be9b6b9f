import numpy as np
import pytest
from django.db import IntegrityError, transaction

from feedback.errors import InvalidRoundError, NoPredictionsError, NotEnoughCommentsError
from feedback.models import AnnotationItem, AnnotationRound, Assignment, SamplingStrategy
from feedback.pipeline.sample import open_round
from modeling.labels import Split
from modeling.models import Comment, LedgerEntry
from tests.factories import make_comment, make_project, make_version
from tests.feedback.worlds import World, add_comment, answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db


def test_it_makes_overlap_places_for_each_item(world: World) -> None:
    round = make_round(world, items=4, overlap=3)
    assert round.items.count() == 4
    assert all(item.assignments.count() == 3 for item in round.items.all())
    assert set(round.assignments.values_list("state", flat=True)) == {Assignment.State.FREE}


def test_places_of_an_item_follow_each_other_so_that_items_are_finished_early(world: World) -> None:
    round = make_round(world, items=4, overlap=2)
    in_order = list(round.assignments.order_by("rank").values_list("item__rank", flat=True))
    assert in_order == [0, 0, 1, 1, 2, 2, 3, 3]


def test_it_records_the_round_in_the_ledger(world: World) -> None:
    round = make_round(world, items=4, seed=7)
    entry = LedgerEntry.objects.get(action="round.opened")
    assert entry.actor == world.lead.username
    assert entry.payload["items"] == 4
    assert entry.payload["seed"] == 7
    assert entry.payload["effective_n"] == pytest.approx(round.effective_n)


def test_rounds_of_a_project_are_numbered(world: World) -> None:
    assert [make_round(world, items=2).number, make_round(world, items=2).number] == [1, 2]


@pytest.mark.parametrize("strategy", SamplingStrategy.values)
def test_every_strategy_draws_what_was_asked_for(world: World, strategy: str) -> None:
    add_comment(world, mentions=["muslim"], p=(0.1, 0.1, 0.8))
    round = make_round(world, items=5, strategy=strategy)
    assert round.items.count() == 5
    assert 0 < round.effective_n <= 5 + 1e-9


def test_the_same_seed_draws_the_same_items(world: World) -> None:
    first = make_round(world, items=4, seed=3)
    drawn = list(first.items.values_list("comment_id", flat=True))
    first.delete()
    assert list(make_round(world, items=4, seed=3).items.values_list("comment_id", flat=True)) == drawn


@pytest.mark.parametrize("split", [Split.TRAIN, Split.GATE, Split.TEST, Split.AUDIT])
def test_only_the_pool_is_sampled(world: World, split: Split) -> None:
    hidden = add_comment(world, split=split)
    round = make_round(world, items=12)
    assert not round.items.filter(comment=hidden).exists()


@pytest.mark.parametrize("split", [Split.TRAIN, Split.GATE, Split.TEST, Split.AUDIT])
def test_the_database_refuses_an_item_of_another_split(world: World, split: Split) -> None:
    round = make_round(world, items=2)
    comment = add_comment(world, split=split)
    with pytest.raises(IntegrityError), transaction.atomic():
        AnnotationItem.objects.create(
            round=round, comment=comment, prediction=comment.predictions.get(), split=comment.split, rank=99, inclusion_probability=0.5
        )


def test_a_pool_that_is_scored_in_part_is_not_drawn_from(world: World) -> None:
    """Inclusion probabilities of such a draw would not be true of the pool."""
    make_comment(world.dataset)
    with pytest.raises(NoPredictionsError, match="has not scored the whole pool yet"):
        make_round(world, items=6)


def test_truth_does_not_sway_the_draw(world: World) -> None:
    drawn = list(make_round(world, items=6).items.values_list("comment__external_id", flat=True))
    AnnotationRound.objects.all().delete()
    Comment.objects.update(target=0.99, level="high")
    assert list(make_round(world, items=6).items.values_list("comment__external_id", flat=True)) == drawn


def test_a_text_is_shown_once_although_it_was_imported_twice(world: World) -> None:
    for _ in range(4):
        add_comment(world, text="The very same words.")
    with pytest.raises(NotEnoughCommentsError, match="13 comments left"):
        make_round(world, items=14)
    assert make_round(world, items=13).items.filter(comment__text="The very same words.").count() == 1


def test_at_most_two_variants_of_a_family_are_shown(world: World) -> None:
    for _ in range(6):
        add_comment(world, family="one original")
    assert make_round(world, items=14).items.filter(comment__family="one original").count() == 2


def test_what_was_judged_in_an_earlier_round_is_not_shown_again(world: World) -> None:
    first = make_round(world, items=6, overlap=1)
    annotator = make_annotator(world.project)
    judged = {answer_next(first, annotator).item.comment_id for _ in range(6)}
    second = make_round(world, items=6)
    assert not judged & set(second.items.values_list("comment_id", flat=True))


def test_items_of_an_open_round_are_not_shown_in_a_second_one(world: World) -> None:
    first, second = make_round(world, items=6), make_round(world, items=6)
    assert not set(first.items.values_list("comment_id", flat=True)) & set(second.items.values_list("comment_id", flat=True))


def test_items_that_nobody_answered_before_the_round_closed_may_be_shown_again(world: World) -> None:
    first = make_round(world, items=12)
    AnnotationRound.objects.filter(pk=first.pk).update(state=AnnotationRound.State.CLOSED)
    assert make_round(world, items=12).items.count() == 12


def test_bias_seeking_prefers_flagged_mentions_of_a_subgroup_that_scores_high() -> None:
    world = make_world(pool=150, p=(0.9, 0.05, 0.05))
    over_rated = {add_comment(world, p=(0.2, 0.6, 0.2), mentions=["muslim"]).pk for _ in range(25)}
    for _ in range(25):
        add_comment(world, p=(0.9, 0.05, 0.05), mentions=["christian"])
    seeking = make_round(world, items=30, strategy="bias_seeking", random_share=0)
    share = len(over_rated & set(seeking.items.values_list("comment_id", flat=True))) / 25
    assert share > 0.6


def test_the_random_slice_gives_every_comment_a_stored_chance(world: World) -> None:
    round = make_round(world, items=6, random_share=0.5)
    chances = np.array(round.items.values_list("inclusion_probability", flat=True))
    assert ((chances > 0) & (chances <= 1)).all()


def test_it_refuses_more_than_the_pool_has_and_says_how_many_there_are(world: World) -> None:
    with pytest.raises(NotEnoughCommentsError, match="12 comments left that nobody has judged, and you asked for 40"):
        make_round(world, items=40)
    assert not AnnotationRound.objects.exists()


def test_it_refuses_without_a_model_in_use() -> None:
    with pytest.raises(NoPredictionsError, match="no model in use"):
        open_round(project=make_project(), name="November", item_count=3)


def test_it_refuses_before_the_pool_is_scored() -> None:
    project = make_project()
    make_version(project, champion=True)
    with pytest.raises(NoPredictionsError, match="has not scored the whole pool"):
        open_round(project=project, name="November", item_count=3)


@pytest.mark.parametrize(("field", "value"), [("name", " "), ("item_count", 0), ("overlap", 0), ("strategy", "by feeling"), ("random_share", 1.5)])
def test_it_names_the_setting_that_cannot_be(world: World, field: str, value: object) -> None:
    settings = {"name": "November", "item_count": 2, **{field: value}}
    with pytest.raises(InvalidRoundError) as refused:
        open_round(project=world.project, **settings)
    assert list(refused.value.errors) == [field]
