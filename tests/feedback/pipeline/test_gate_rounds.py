import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from feedback.errors import EmptyRoundError, GateRoundError, InvalidRoundError, NoPredictionsError, NotOnPanelError, RoundAnsweredError
from feedback.models import AnnotationItem, AnnotationRound, Panel
from feedback.pipeline.assign import claim_next
from feedback.pipeline.close_round import close_round
from feedback.pipeline.open_gate_round import available, open_gate_round
from feedback.pipeline.reopen_round import cancel_round
from feedback.pipeline.settle_gate_round import settle_gate_round
from feedback.tasks import resume_closing
from modeling.errors import GateRoundRefusedError
from modeling.labels import Split
from modeling.models import Comment, FeedbackBatch, FeedbackLabel, GateTruth, LedgerEntry, RetrainingCycle
from tests.factories import make_cycle, make_version
from tests.feedback.worlds import LOW, UNSURE, World, add_comment, answer_next, make_annotator, make_panel, make_round, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def experts(world: World) -> Panel:
    return make_panel(world.project, Panel.Kind.EXPERT)


@pytest.fixture
def held(world: World) -> RetrainingCycle:
    cycle = make_cycle(world.project, state="held", decision={"eligible": False}, gate_config={"seed": 5})
    cycle.candidate = make_version(world.project, cycle=cycle, arm="real")
    cycle.save()
    return cycle


def opened(held: RetrainingCycle, experts: Panel, items: int = 3, **fields) -> AnnotationRound:
    return open_gate_round(cycle=held, item_count=items, panels=[experts], **{"overlap": 2, **fields})


def answered(held: RetrainingCycle, experts: Panel, items: int = 3) -> AnnotationRound:
    round = opened(held, experts, items)
    for _ in range(2):
        expert = make_annotator(round.project, experts)
        for _ in range(items):
            answer_next(round, expert, LOW)
    return round


def test_its_comments_stand_in_gate_before_anybody_sees_them(world, held, experts) -> None:
    round = opened(held, experts)
    items = list(round.items.select_related("comment", "prediction"))
    assert {item.split for item in items} == {item.comment.split for item in items} == {Split.GATE}
    assert {item.prediction.version for item in items} == {world.version}
    assert Comment.objects.filter(split=Split.POOL).count() == 9
    assert round.assignments.count() == 6
    assert (round.kind, round.judges) == ("gate", held)


def test_only_experts_may_answer_and_only_panels_of_experts_be_asked(world, held, experts) -> None:
    crowd = make_panel(world.project)
    for panels in ([], [crowd], [experts, crowd], [make_panel(make_world().project, Panel.Kind.EXPERT)]):
        with pytest.raises(InvalidRoundError, match="panel of experts"):
            open_gate_round(cycle=held, item_count=2, panels=panels)
    round = opened(held, experts)
    with pytest.raises(NotOnPanelError):
        claim_next(round=round, annotator=make_annotator(world.project, crowd))
    assert Comment.objects.filter(split=Split.GATE).count() == 3


def test_settling_it_locks_the_project_before_the_ledger_as_everybody_does(world, held, experts) -> None:
    round = answered(held, experts)
    AnnotationRound.objects.filter(pk=round.pk).update(state=AnnotationRound.State.CLOSED)
    with CaptureQueriesContext(connection) as seen:
        settle_gate_round(round=round)
    written = [query["sql"] for query in seen.captured_queries]
    ledger = next(place for place, sql in enumerate(written) if "modeling_ledgerentry" in sql)
    locked = next(place for place, sql in enumerate(written) if 'FROM "feedback_annotationround"' in sql)
    assert 'FROM "modeling_project"' in written[locked - 1]
    assert locked < ledger


def test_it_settles_a_held_verdict_and_no_other(world, held, experts) -> None:
    RetrainingCycle.objects.filter(pk=held.pk).update(state="eligible")
    with pytest.raises(GateRoundError, match="settles a verdict that is held"):
        opened(held, experts)
    RetrainingCycle.objects.filter(pk=held.pk).update(state="held")
    make_version(world.project, champion=True)
    with pytest.raises(GateRoundError, match="Another version is in use"):
        opened(held, experts)
    assert not GateTruth.objects.exists()


def test_one_at_a_time_for_a_cycle(held, experts) -> None:
    opened(held, experts)
    with pytest.raises(GateRoundError, match="open already"):
        opened(held, experts)


def test_a_pool_that_is_not_scored_is_refused(world, held, experts) -> None:
    add_comment(world).predictions.all().delete()
    with pytest.raises(NoPredictionsError):
        opened(held, experts)


def test_so_are_comments_that_a_cancelled_round_left_unscored(held, experts) -> None:
    left = opened(held, experts).items.first().comment
    cancel_round(round=held.gate_rounds.get())
    AnnotationItem.objects.filter(comment=left).update(prediction=held.gate_rounds.get().items.last().prediction)
    left.predictions.all().delete()
    with pytest.raises(NoPredictionsError):
        opened(held, experts)


def test_comments_of_other_rounds_are_not_fresh(world, held, experts) -> None:
    shown = set(make_round(world, items=4).items.values_list("comment_id", flat=True))
    assert available(world.project) == 8
    assert not shown & set(opened(held, experts, 8).items.values_list("comment_id", flat=True))


def test_a_pool_round_never_shows_what_went_to_gate(world, held, experts) -> None:
    moved = set(opened(held, experts, 4).items.values_list("comment_id", flat=True))
    assert not moved & set(make_round(world, items=8).items.values_list("comment_id", flat=True))


def test_the_database_refuses_gate_comments_in_a_pool_round_and_test_in_any(world, held, experts) -> None:
    round = opened(held, experts)
    item = round.items.first()
    for kind, split in (("pool", Split.GATE), ("gate", Split.POOL), ("gate", Split.TEST), ("pool", Split.TEST)):
        with pytest.raises(IntegrityError), transaction.atomic():
            AnnotationItem.objects.filter(pk=item.pk).update(round_kind=kind, split=split)


def test_the_database_refuses_to_train_on_a_gate_round(world, held, experts) -> None:
    round = opened(held, experts)
    batch = FeedbackBatch.objects.create(project=world.project, provenance="by mistake", sha256="0")
    with pytest.raises(IntegrityError), transaction.atomic():
        AnnotationRound.objects.filter(pk=round.pk).update(batch=batch)


def test_closing_it_makes_truth_and_no_training_labels_and_the_cycle_is_judged_again(world, held, experts) -> None:
    round = close_round(round=answered(held, experts), by=world.lead)
    assert not FeedbackLabel.objects.exists()
    assert not FeedbackBatch.objects.exists()
    truths = GateTruth.objects.filter(labelled_at__isnull=False)
    assert set(truths.values_list("annotation_count", "agreement", "comment__level")) == {(2, 1.0, "low")}
    assert truths.count() == 3
    held.refresh_from_db()
    assert held.state == "requested"
    assert round.is_handed_in
    assert round.cycle == held
    assert LedgerEntry.objects.filter(action="cycle.judged_again").count() == 1


def test_closing_it_twice_or_again_after_a_crash_does_it_once(world, held, experts) -> None:
    round = close_round(round=answered(held, experts), start_cycle=False)
    close_round(round=round, start_cycle=False)
    assert LedgerEntry.objects.filter(action="gate.truth").count() == 1
    AnnotationRound.objects.update(closed_at="2020-01-01T00:00Z")
    assert resume_closing() == 0
    AnnotationRound.objects.update(settled_at=None)
    assert resume_closing() == 1


def test_when_another_cycle_runs_the_truth_is_kept_and_the_verdict_stands(world, held, experts) -> None:
    round = answered(held, experts)
    make_cycle(world.project, state="training")
    close_round(round=round)
    held.refresh_from_db()
    assert held.state == "held"
    assert GateTruth.objects.filter(labelled_at__isnull=False).count() == 3
    assert "Wait for it" in LedgerEntry.objects.get(action="cycle.not_started").payload["reason"]


def test_comments_that_every_expert_was_unsure_of_judge_nothing(held, experts) -> None:
    round = opened(held, experts, 2, overlap=1)
    expert = make_annotator(round.project, experts)
    answer_next(round, expert, LOW)
    answer_next(round, expert, UNSURE)
    close_round(round=round, start_cycle=False)
    assert Comment.objects.filter(split=Split.GATE, target__isnull=False).count() == 1
    assert Comment.objects.filter(split=Split.GATE, target=None).count() == 1


def test_it_is_cancelled_while_nobody_has_answered_and_nothing_is_lost(world, held, experts) -> None:
    first = set(opened(held, experts, 3).items.values_list("comment_id", flat=True))
    round = cancel_round(round=held.gate_rounds.get(), by=world.lead)
    assert (round.state, round.is_handed_in) == ("cancelled", True)
    assert LedgerEntry.objects.filter(action="gate_round.cancelled").count() == 1
    assert Comment.objects.filter(split=Split.GATE).count() == 3, "gate is for good"
    assert available(world.project) == 12
    again = opened(held, experts, 5)
    assert first < set(again.items.values_list("comment_id", flat=True))
    assert Comment.objects.filter(split=Split.GATE).count() == 5


def test_experts_work_is_not_cancelled_away(held, experts) -> None:
    round = answered(held, experts)
    with pytest.raises(RoundAnsweredError, match="Close the round instead"):
        cancel_round(round=round)


def test_without_answers_it_stays_open(held, experts) -> None:
    with pytest.raises(EmptyRoundError):
        close_round(round=opened(held, experts))


SAID = "It rained all week, and the people next door still came to the market."


def test_a_near_duplicate_of_what_people_met_is_not_fresh(world, held, experts) -> None:
    met = add_comment(world, text=SAID)
    make_round(world, items=13)
    assert AnnotationItem.objects.filter(comment=met).exists()
    copy = add_comment(world, text=f"{SAID}!!")
    other = add_comment(world, text="Something else altogether was printed on Sunday.")
    assert opened(held, experts, items=1).items.get().comment == other
    copy.refresh_from_db()
    assert copy.split == Split.POOL
    held.gate_rounds.update(state=AnnotationRound.State.CLOSED)
    with pytest.raises(GateRoundRefusedError, match="has 0 fresh comments"):
        opened(held, experts, items=1)


def test_near_duplicates_move_together_and_one_of_them_is_shown() -> None:
    world = make_world(pool=0)
    cycle = make_cycle(world.project, state="held", decision={"eligible": False}, gate_config={"seed": 5})
    cycle.candidate = make_version(world.project, cycle=cycle, arm="real")
    cycle.save()
    for end in ("", "!!", " :)"):
        add_comment(world, text=f"{SAID}{end}")
    round = opened(cycle, make_panel(world.project, Panel.Kind.EXPERT), items=1)
    assert round.items.count() == 1
    assert round.items.get().inclusion_probability == pytest.approx(1 / 3)
    assert set(Comment.objects.of(world.project).values_list("split", flat=True)) == {Split.GATE}
