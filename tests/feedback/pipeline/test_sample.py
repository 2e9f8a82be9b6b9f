from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_q.models import OrmQ

from feedback import tasks
from feedback.errors import InvalidRoundError, NoPredictionsError, NotEnoughCommentsError, RoundBeingDrawnError
from feedback.models import AnnotationItem, AnnotationRound, Assignment, SamplingStrategy
from feedback.pipeline import drawing, sample
from feedback.pipeline.assign import claim_next
from feedback.pipeline.close_round import close_round
from feedback.pipeline.read_pool import read_pool
from feedback.pipeline.sample import draw_round, open_round
from modeling.labels import Split
from modeling.models import Comment, FeedbackLabel, LedgerEntry, PredictionSignal
from tests.factories import make_comment, make_dataset, make_prediction, make_project, make_version
from tests.feedback.worlds import BIASED, CORRECT, World, add_comment, add_signals, answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db

BIASED_HIGH = replace(BIASED, verdict="correct", corrected_label="")


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
    add_signals(world.version)
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
    round = make_round(world, items=12, primary_measure="accuracy")
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
    seeking = make_round(world, items=30, strategy="bias_seeking", random_share=0.1)
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


@pytest.mark.parametrize(
    ("field", "value"), [("name", " "), ("item_count", 0), ("overlap", 0), ("strategy", "by feeling"), ("random_share", 1.5), ("random_share", 0.05)]
)
def test_it_names_the_setting_that_cannot_be(world: World, field: str, value: object) -> None:
    settings = {"name": "November", "item_count": 2, **{field: value}}
    with pytest.raises(InvalidRoundError) as refused:
        open_round(project=world.project, **settings)
    assert list(refused.value.errors) == [field]


def test_disagreement_is_refused_until_an_ensemble_has_spoken(world: World) -> None:
    with pytest.raises(InvalidRoundError, match="No ensemble has spoken"):
        make_round(world, strategy="disagreement")
    add_signals(world.version)
    add_comment(world)
    with pytest.raises(InvalidRoundError, match="No ensemble has spoken"):
        make_round(world, strategy="disagreement")


def test_the_round_says_what_its_draw_had_to_do_without(world: World) -> None:
    assert make_round(world, items=2).signals_missing == ["disagreement", "flips", "place", "reports"]
    add_signals(world.version)
    round = make_round(world, items=2)
    assert round.signals_missing == ["reports"]
    assert round.drawn_from == 10
    assert LedgerEntry.objects.filter(action="round.opened").latest("sequence").payload["signals_missing"] == ["reports"]


@pytest.fixture
def near_duplicates(world: World) -> list[Comment]:
    said = "So the mosque down the road collected coats for the shelter, which is more than our council ever did{}"
    return [add_comment(world, text=said.format(end)) for end in (".", "!!", " \U0001f4f0", ", honest.")]


def test_near_duplicates_are_not_shown_twice_in_a_round(world: World, near_duplicates: list[Comment]) -> None:
    with pytest.raises(NotEnoughCommentsError, match="13 comments left"):
        make_round(world, items=14)
    round = make_round(world, items=13)
    assert round.items.filter(comment__in=near_duplicates).count() == 1


def test_near_duplicates_of_what_was_judged_are_not_shown_in_a_later_round(world: World, near_duplicates: list[Comment]) -> None:
    make_round(world, items=13)
    with pytest.raises(NotEnoughCommentsError, match="0 comments left"):
        make_round(world, items=1)


def test_the_same_sentence_about_somebody_else_is_another_question(world: World) -> None:
    for faith in ("muslim", "christian"):
        add_comment(world, text=f"My {faith} neighbour has mended our fence again and would take nothing but a cup of tea for it.", mentions=[faith])
    assert make_round(world, items=14).items.count() == 14


def test_what_people_reported_is_sought_nearby_once_embeddings_are_there(world: World) -> None:
    """Two kinds of comments that look alike to all other signs; people report one kind."""
    world = make_world(pool=0)
    one, other = ([add_comment(world) for _ in range(40)] for _ in range(2))
    for kind, place in ((one, [100, 0]), (other, [0, 100])):
        rows = (PredictionSignal(prediction=comment.predictions.get(), disagreement=0.1, place=bytes(place)) for comment in kind)
        PredictionSignal.objects.bulk_create(rows)
    first, annotator = make_round(world, items=20, overlap=1, strategy="random"), make_annotator(world.project)
    for _ in range(20):
        held = claim_next(round=first, annotator=annotator)
        answer_next(first, annotator, BIASED_HIGH if held.item.comment in one else CORRECT)
    second = make_round(world, items=12, random_share=0.1)
    assert sum(item.comment in one for item in second.items.all()) >= 9


def test_answers_about_a_prediction_that_no_longer_stands_are_left_out(world: World) -> None:
    round, annotator = make_round(world, items=4, overlap=1), make_annotator(world.project)
    for _ in range(4):
        answer_next(round, annotator, BIASED)
    reading = read_pool(project=world.project, version=world.version)
    assert np.nansum(reading.pool.reports) == 4
    assert np.isfinite(reading.inclusion).sum() == 4
    mended = make_version(world.project, champion=True)
    for comment in Comment.objects.all():
        make_prediction(mended, comment, (0.9, 0.05, 0.05))
    now = read_pool(project=world.project, version=mended)
    assert not len(now.pool.judged)
    assert np.isnan(now.inclusion).all()


def test_reports_of_a_closed_round_count_as_they_were_joined_and_of_an_open_one_each_for_one(world: World) -> None:
    """A report count never decides by itself: what copies or a burst lost when the round was joined is lost here too."""
    round = make_round(world, items=4, overlap=2)
    for answer in (BIASED, CORRECT):
        annotator = make_annotator(world.project)
        for _ in range(4):
            answer_next(round, annotator, answer)
    told = read_pool(project=world.project, version=world.version).pool.reports
    assert np.sort(told[~np.isnan(told)]).tolist() == [0.5] * 4
    close_round(round=round, start_cycle=False)
    FeedbackLabel.objects.update(biased_rate=0.2)
    reading = read_pool(project=world.project, version=world.version)
    assert reading.pool.reports[reading.pool.judged].tolist() == [0.2] * 4
    assert np.isfinite(reading.inclusion).sum() == 4


def test_a_small_pool_is_drawn_at_once_and_a_large_one_by_the_worker(world: World, monkeypatch, django_capture_on_commit_callbacks) -> None:
    assert make_round(world, items=2, in_background=True).state == AnnotationRound.State.OPEN
    monkeypatch.setattr(drawing, "AT_ONCE", 5)
    with django_capture_on_commit_callbacks(execute=True):
        waiting = make_round(world, items=3, in_background=True)
    assert (waiting.state, waiting.items.count()) == (AnnotationRound.State.DRAWING, 0)
    assert OrmQ.objects.get().func() == "feedback.tasks.draw_round"
    tasks.draw_round(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.items.count(), waiting.draw_progress) == (AnnotationRound.State.OPEN, 3, 1)


@pytest.fixture
def waiting(world: World, monkeypatch) -> AnnotationRound:
    monkeypatch.setattr(drawing, "AT_ONCE", 5)
    return make_round(world, items=3, in_background=True)


def test_a_drawing_that_is_delivered_twice_opens_the_round_once(waiting: AnnotationRound) -> None:
    again = AnnotationRound.objects.get(pk=waiting.pk)
    draw_round(round=waiting)
    draw_round(round=again)
    assert waiting.items.count() == 3
    assert waiting.assignments.count() == 6
    assert LedgerEntry.objects.filter(action="round.opened").count() == 1


def test_why_a_round_could_not_be_drawn_stands_in_it(world: World, waiting: AnnotationRound) -> None:
    AnnotationRound.objects.filter(pk=waiting.pk).update(item_count=400)
    tasks.draw_round(waiting.pk)
    waiting.refresh_from_db()
    assert waiting.state == AnnotationRound.State.FAILED
    assert "12 comments left" in waiting.draw_error
    assert not waiting.items.exists()
    assert make_round(world, items=3, in_background=True).number == 2


def test_one_round_of_a_project_is_drawn_at_a_time(world: World, waiting: AnnotationRound) -> None:
    with pytest.raises(RoundBeingDrawnError, match="is being drawn"):
        make_round(world, items=3)
    assert make_round(make_world(), items=3).state == AnnotationRound.State.OPEN


def test_a_drawing_that_was_lost_with_its_process_is_queued_again(waiting: AnnotationRound) -> None:
    assert tasks.resume_drawing() == 0
    AnnotationRound.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=6))
    assert tasks.resume_drawing() == 1


def test_a_round_is_drawn_anew_where_a_gate_round_took_its_comments_meanwhile(world: World, waiting: AnnotationRound, monkeypatch) -> None:
    """The first reading still holds comments that are no longer in the pool."""
    before = read_pool(project=world.project, version=world.version)
    gone = list(Comment.objects.order_by("pk").values_list("pk", flat=True)[:9])
    Comment.objects.filter(pk__in=gone).update(split=Split.GATE)
    readings = iter([before, read_pool(project=world.project, version=world.version)])
    monkeypatch.setattr(sample, "read_pool", lambda **_: next(readings))
    draw_round(round=waiting)
    assert waiting.state == AnnotationRound.State.OPEN
    assert waiting.items.count() == 3
    assert not waiting.items.filter(comment__in=gone).exists()


def test_while_some_of_the_pool_has_no_signals_none_count(world: World) -> None:
    add_signals(world.version)
    add_comment(world)
    pool = read_pool(project=world.project, version=world.version).pool
    assert pool.disagreement is pool.flips is pool.place is None


def test_the_pool_is_read_in_parts(world: World, monkeypatch) -> None:
    add_signals(world.version)
    whole = read_pool(project=world.project, version=world.version)
    monkeypatch.setattr("feedback.pipeline.read_pool.PART", 5)
    said = []
    parts = read_pool(project=world.project, version=world.version, on_progress=lambda done, total: said.append((done, total)))
    assert said == [(5, 12), (10, 12), (12, 12)]
    assert np.array_equal(parts.prediction_ids, whole.prediction_ids)
    assert np.array_equal(parts.pool.place, whole.pool.place)
    PredictionSignal.objects.filter(pk=PredictionSignal.objects.first().pk).delete()
    assert read_pool(project=world.project, version=world.version).pool.place is None


def test_a_round_of_one_data_set_shows_its_comments_alone_and_says_so(world: World) -> None:
    newer = replace(world, dataset=make_dataset(world.project))
    theirs = {add_comment(newer).pk for _ in range(6)}
    round = make_round(world, items=3, dataset=newer.dataset, in_background=True)
    assert round.state == AnnotationRound.State.OPEN
    assert set(round.items.values_list("comment", flat=True)) < theirs
    assert round.drawn_from == 6, "the chance of each comment is that among its data set"
    assert LedgerEntry.objects.get(action="round.opened").payload["dataset"] == newer.dataset.name
    with pytest.raises(NotEnoughCommentsError, match="3 comments left"):
        make_round(world, items=4, dataset=newer.dataset)
