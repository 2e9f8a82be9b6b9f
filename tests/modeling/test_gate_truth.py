import pytest
from django.db import transaction

from modeling.errors import GateRoundRefusedError, NotEligibleError
from modeling.gate_truth import TruthRow, fresh_count, hand_in_truth, judge_again, move_to_gate
from modeling.intake import hand_in
from modeling.labels import Split
from modeling.models import Comment, GateTruth, LedgerEntry, RetrainingCycle
from modeling.pipeline.scored_split import read_scored_split
from modeling.spending import break_off_look, take_look
from tests.factories import make_comment, make_cycle, make_dataset, make_intake_row, make_prediction, make_project, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_version(project, champion=True)
    return project


@pytest.fixture
def pool(project) -> list[Comment]:
    dataset = make_dataset(project)
    return [make_comment(dataset, target=0.2) for _ in range(10)]


def move(project, count, **fields):
    with transaction.atomic():
        return move_to_gate(project=project, count=count, **{"seed": 0, "provenance": "gate round 1", "shown": (), **fields})


def truth(comment_id, q=(0.0, 0.1, 0.9), **fields) -> TruthRow:
    return TruthRow(comment_id, q, **{"annotation_count": 2, "agreement": 1.0, **fields})


def test_what_is_drawn_leaves_the_pool_and_judges_nothing_until_experts_have_spoken(project, pool) -> None:
    drawn = move(project, 4)
    ids = [one.comment_id for one in drawn]
    moved = Comment.objects.filter(pk__in=ids)
    assert set(moved.values_list("split", "target", "level")) == {(Split.GATE, None, "")}
    assert Comment.objects.filter(split=Split.POOL).count() == 6
    kept = GateTruth.objects.filter(comment__in=ids)
    assert set(kept.values_list("dataset_target", "was_shown", "labelled_at")) == {(0.2, True, None)}
    assert {one.inclusion_probability for one in drawn} == {0.4}


def test_relatives_move_along_and_are_not_shown(project) -> None:
    dataset, other = make_dataset(project), make_dataset(project)
    family = [make_comment(dataset, family="a1", target=0.9) for _ in range(3)]
    twin = make_comment(other, family[0].text, target=0.9)
    (drawn,) = move(project, 1)
    assert set(Comment.objects.filter(split=Split.GATE)) == {*family, twin}
    assert GateTruth.objects.filter(was_shown=False, comment__target=None).count() == 3
    assert drawn.inclusion_probability == pytest.approx(1 / 4)


def test_nobody_is_asked_about_what_people_or_training_have_met(project, pool) -> None:
    hand_in(project=project, provenance="round 1", rows=[make_intake_row(pool[0], project.champion)], annotation_count=2)
    shown = {pool[1].text_hash}
    assert fresh_count(project=project, shown=shown) == 8
    assert not {one.comment_id for one in move(project, 8, shown=shown)} & {pool[0].pk, pool[1].pk}


def test_more_than_is_left_or_in_the_middle_of_an_import_is_refused(project, pool) -> None:
    with pytest.raises(GateRoundRefusedError, match="has 10 fresh comments left"):
        move(project, 11)
    make_dataset(project, state="running")
    with pytest.raises(GateRoundRefusedError, match="being imported"):
        move(project, 1)
    assert not GateTruth.objects.exists()


def test_the_draw_is_even_and_its_seed_makes_it_again(project, pool) -> None:
    def draw(seed: int) -> set[int]:
        with transaction.atomic():
            found = {one.comment_id for one in move(project, 3, seed=seed)}
            transaction.set_rollback(True)
        return found

    assert draw(3) == draw(3)
    times = {comment.pk: 0 for comment in pool}
    for seed in range(60):
        for pk in draw(seed):
            times[pk] += 1
    assert min(times.values()) >= 6, "each of ten is expected 18 times"


def test_experts_labels_become_the_truth_with_what_stands_behind_them(project, pool) -> None:
    first, second = (one.comment_id for one in move(project, 2))
    with transaction.atomic():
        hand_in_truth(project=project, provenance="gate round 1", rows=[truth(first), truth(second, (0.05, 0.9, 0.05), agreement=0.5)])
    toxic, mild = Comment.objects.get(pk=first), Comment.objects.get(pk=second)
    assert (toxic.target, toxic.level, toxic.annotator_count) == (0.95, "high", 2)
    assert (mild.target, mild.level) == (0.5, "mild")
    assert (mild.gate_truth.agreement, mild.gate_truth.annotation_count, mild.gate_truth.dataset_target) == (0.5, 2, 0.2)
    assert LedgerEntry.objects.get(action="gate.truth").payload["labels"] == 2


def test_the_gate_measures_what_experts_said_and_leaves_out_what_they_did_not(project, pool) -> None:
    version = project.champion
    old = make_comment(pool[0].dataset, split=Split.GATE, target=0.0)
    for comment in [old, *pool]:
        make_prediction(version, comment)
    first, _ = (one.comment_id for one in move(project, 2))
    with transaction.atomic():
        hand_in_truth(project=project, provenance="gate round 1", rows=[truth(first)])
    read = read_scored_split(version=version, split=Split.GATE)
    assert dict(zip(read.comment_id.tolist(), read.scored.toxic.tolist(), strict=True)) == {old.pk: False, first: True}


def test_truth_is_handed_in_once_and_for_moved_comments_only(project, pool) -> None:
    (one,) = move(project, 1)
    with transaction.atomic():
        hand_in_truth(project=project, provenance="gate round 1", rows=[truth(one.comment_id)])
    for comment_id in (one.comment_id, pool[0].pk if pool[0].pk != one.comment_id else pool[1].pk):
        with pytest.raises(ValueError, match="do not wait"), transaction.atomic():
            hand_in_truth(project=project, provenance="gate round 1", rows=[truth(comment_id)])


def test_what_went_to_gate_can_never_be_handed_in_for_training(project, pool) -> None:
    (one,) = move(project, 1)
    with pytest.raises(ValueError, match="only comments of this project's pool"):
        hand_in(
            project=project,
            provenance="round 2",
            rows=[make_intake_row(Comment.objects.get(pk=one.comment_id), project.champion)],
            annotation_count=2,
        )


def held(project) -> RetrainingCycle:
    cycle = make_cycle(project, state="held", decision={"eligible": False})
    cycle.candidate = make_version(project, cycle=cycle, arm="real")
    cycle.save()
    return cycle


def test_a_held_cycle_is_judged_again_only_when_gate_has_grown(project, pool) -> None:
    cycle = held(project)
    with pytest.raises(NotEligibleError, match="Nothing has been added to gate"):
        judge_again(cycle=cycle)
    (one,) = move(project, 1)
    with transaction.atomic():
        hand_in_truth(project=project, provenance="gate round 1", rows=[truth(one.comment_id)])
    take_look(cycle=cycle, rests_on="gate as it is")
    with transaction.atomic():
        break_off_look(cycle)
    judge_again(cycle=cycle)
    assert cycle.state == "requested", "a look that was broken off has shown nobody anything; it is spent, and the next one costs again"
    assert cycle.decision == {"eligible": False}, "the verdict stands until there is another"


def test_a_candidate_compared_with_another_champion_is_not_judged_again(project, pool) -> None:
    cycle = held(project)
    make_version(project, champion=True)
    with pytest.raises(NotEligibleError, match="Another version is in use"):
        judge_again(cycle=cycle)
