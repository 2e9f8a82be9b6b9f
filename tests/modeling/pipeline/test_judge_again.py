"""A held cycle is judged again on what experts have added to gate, with the whole chain of steps."""

import pytest
from django.db import transaction
from django.db.models import QuerySet

from modeling.errors import CancelledError
from modeling.gate_truth import TruthRow, hand_in_truth, judge_again, move_to_gate
from modeling.labels import Split
from modeling.lifecycle import cancel
from modeling.models import Comment, Difference, GateLook, LedgerEntry, Prediction, RetrainingCycle
from modeling.pipeline.evaluate import measure_version
from modeling.pipeline.predict import score_comments
from modeling.pipeline.run_cycle import run_cycle
from tests.factories import make_comment

State = RetrainingCycle.State


def of_gate(cycle) -> QuerySet[Difference]:
    return Difference.objects.filter(cycle=cycle, split=Split.GATE)


def test_nothing_is_trained_again_and_the_verdict_rests_on_more(cycle) -> None:
    project = cycle.project
    fresh = [make_comment(project.datasets.get(), f"the neighbour is kind in the rain {i} fresh", target=0.0) for i in range(6)]
    score_comments(version=cycle.champion)
    run_cycle(cycle=cycle)
    RetrainingCycle.objects.filter(pk=cycle.pk).update(state=State.HELD)
    versions, first = set(cycle.versions.values_list("pk", flat=True)), cycle.decision
    with transaction.atomic():
        drawn = move_to_gate(project=project, count=6, seed=1, provenance="gate round 2", shown=())
        rows = [TruthRow(one.comment_id, (1.0, 0.0, 0.0), 2, 1.0) for one in drawn]
        hand_in_truth(project=project, provenance="gate round 2", rows=rows)
    assert {one.comment_id for one in drawn} == {comment.pk for comment in fresh}, "the others were trained on"

    judge_again(cycle=cycle, in_background=False)
    run_cycle(cycle=cycle)
    assert cycle.state in (State.HELD, State.ELIGIBLE)
    assert set(cycle.versions.values_list("pk", flat=True)) == versions
    assert cycle.decision["n"] == first["n"] + 6
    looks = list(cycle.looks.values_list("number", "decision__n"))
    assert looks == [(1, first["n"]), (2, first["n"] + 6)]
    assert cycle.gate_config["look"] == 2
    assert Prediction.objects.filter(version=cycle.candidate, comment__in=fresh).count() == 6
    assert LedgerEntry.objects.filter(action="gate.look_taken").count() == 2


@pytest.mark.parametrize("died_at", ["measuring", "deciding"])
def test_one_that_died_goes_on_under_its_look(cycle, monkeypatch, died_at) -> None:
    step = {"measuring": "modeling.pipeline.run_cycle.measure_version", "deciding": "modeling.measures.gate.decide"}[died_at]
    with monkeypatch.context() as broken:
        broken.setattr(step, lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_cycle(cycle=cycle)
    assert (cycle.state, cycle.stage) == (State.FAILED, died_at)
    assert not of_gate(cycle), "what gate says is shown with the verdict, never before"
    RetrainingCycle.objects.filter(pk=cycle.pk).update(state=State.REQUESTED)
    run_cycle(cycle=RetrainingCycle.objects.get(pk=cycle.pk))
    assert GateLook.objects.count() == 1
    assert cycle.versions.count() == 4
    assert of_gate(cycle)


def test_one_that_died_and_finds_more_in_gate_takes_another_look(cycle, monkeypatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("modeling.measures.gate.decide", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run_cycle(cycle=cycle)
    make_comment(cycle.project.datasets.get(), "the neighbour is kind in the rain, labelled since", split=Split.GATE, target=0.0)
    RetrainingCycle.objects.filter(pk=cycle.pk).update(state=State.REQUESTED)
    run_cycle(cycle=cycle)
    assert [bool(look.decision) for look in cycle.looks.all()] == [False, True]


def test_what_comes_to_gate_while_it_is_measured_does_not_enter_the_verdict(cycle, monkeypatch) -> None:
    def measure(**asked):
        make_comment(cycle.project.datasets.get(), f"the neighbour is kind {Comment.objects.count()}", split=Split.GATE, target=0.0)
        return measure_version(**asked)

    before = Comment.objects.filter(split=Split.GATE).count()
    monkeypatch.setattr("modeling.pipeline.run_cycle.measure_version", measure)
    run_cycle(cycle=cycle)
    assert Comment.objects.filter(split=Split.GATE).count() > before
    assert cycle.decision["n"] == before
    assert {row.n for row in of_gate(cycle).filter(measure="accuracy", subgroup="")} == {before}


def test_stopped_after_it_was_measured_it_keeps_the_figures_of_its_verdict_and_has_spent_its_look(cycle, monkeypatch) -> None:
    run_cycle(cycle=cycle)
    figures = list(of_gate(cycle).values_list("pk", flat=True))
    RetrainingCycle.objects.filter(pk=cycle.pk).update(state=State.REQUESTED)

    def stopped(*_):
        raise CancelledError("Cancelled on request.")

    with monkeypatch.context() as asked:
        asked.setattr("modeling.measures.gate.decide", stopped)
        run_cycle(cycle=cycle)
    assert cycle.state == State.HELD
    assert [(look.number, bool(look.decision)) for look in cycle.looks.all()] == [(1, True), (2, False)]
    assert not cycle.looks.filter(decided_at=None).exists()
    assert list(of_gate(cycle).values_list("pk", flat=True)) == figures


def test_stopping_it_half_way_keeps_the_verdict(cycle) -> None:
    RetrainingCycle.objects.filter(pk=cycle.pk).update(decision={"eligible": False}, cancel_requested=False)
    cycle.refresh_from_db()
    cancel(cycle=cycle, by=None)
    assert (cycle.state, cycle.decision) == (State.HELD, {"eligible": False})
