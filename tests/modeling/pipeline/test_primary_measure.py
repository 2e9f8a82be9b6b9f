"""A cycle and its primary measure: the newest labels choose it, and no look is spent where gate cannot tell it."""

from dataclasses import replace

import pytest

from modeling.config import GateConfig, TrainingConfig
from modeling.errors import UnmeasurableError
from modeling.intake import hand_in, request_cycle
from modeling.labels import Arm, Split
from modeling.lifecycle import cancel
from modeling.models import Comment, GateLook, LedgerEntry, ModelVersion, RetrainingCycle
from modeling.pipeline import run_cycle as module
from modeling.pipeline.run_cycle import run_cycle
from tests.factories import make_intake_row

State = RetrainingCycle.State


@pytest.fixture
def on_subgroups(cycle, gate: GateConfig) -> RetrainingCycle:
    """Decided by a measure over subgroups, of which none has thirty comments of a kind in gate."""
    rules = replace(gate, primary_measure="jigsaw_score", jigsaw_minimum=30)
    RetrainingCycle.objects.filter(pk=cycle.pk).update(gate_config=rules.as_dict())
    cycle.refresh_from_db()
    return cycle


def test_it_fails_before_anything_is_trained_and_spends_no_look(on_subgroups) -> None:
    versions = ModelVersion.objects.count()
    with pytest.raises(UnmeasurableError):
        run_cycle(cycle=on_subgroups)
    on_subgroups.refresh_from_db()
    assert (on_subgroups.state, on_subgroups.stage) == (State.FAILED, "asking whether gate can tell")
    assert not GateLook.objects.exists()
    assert ModelVersion.objects.count() == versions
    assert not LedgerEntry.objects.filter(action="gate.look_taken").exists()


def test_one_that_gate_can_tell_is_decided_by_the_measure_of_its_newest_labels(cycle) -> None:
    cancel(cycle=cycle, by=None)
    rows = [make_intake_row(Comment.objects.in_split(Split.POOL).first(), cycle.champion)]
    hand_in(project=cycle.project, provenance="round 2", rows=rows, annotation_count=2, primary_measure="macro_f1")
    newer = request_cycle(project=cycle.project, config=TrainingConfig.from_dict(cycle.training_config), in_background=False)
    run_cycle(cycle=newer, arms=(Arm.REAL,))
    assert newer.decision["primary"]["measure"] == "macro_f1"
    assert newer.decision["primary"]["p_value"] is not None


def test_it_says_what_is_missing_and_what_to_do(on_subgroups) -> None:
    with pytest.raises(UnmeasurableError):
        run_cycle(cycle=on_subgroups)
    on_subgroups.refresh_from_db()
    assert on_subgroups.error.startswith("Jigsaw score cannot be measured on gate: no subgroup has 30 toxic and 30 non-toxic comments there")
    assert "(13 toxic, 14 non-toxic)" in on_subgroups.error
    assert "no look was spent" in on_subgroups.error
    assert "open the next round with Accuracy" in on_subgroups.error


def test_comments_that_are_taken_out_while_it_trains_cost_no_look(cycle, monkeypatch) -> None:
    trained = module._retrain

    def and_take_gate_away(*args) -> dict:
        versions = trained(*args)
        Comment.objects.in_split(Split.GATE).update(target=None, level="")
        return versions

    monkeypatch.setattr(module, "_retrain", and_take_gate_away)
    with pytest.raises(UnmeasurableError, match="0 labelled comments are too few"):
        run_cycle(cycle=cycle)
    assert not GateLook.objects.exists()


def test_one_that_is_judged_again_keeps_the_verdict_that_it_has(cycle) -> None:
    run_cycle(cycle=cycle)
    said = cycle.decision
    waiting = {"state": State.REQUESTED, "started_at": None, "finished_at": None}
    unmeasurable = replace(GateConfig.from_dict(cycle.gate_config), primary_measure="jigsaw_score", jigsaw_minimum=30).as_dict()
    RetrainingCycle.objects.filter(pk=cycle.pk).update(gate_config=unmeasurable, **waiting)
    cycle.refresh_from_db()
    with pytest.raises(UnmeasurableError):
        run_cycle(cycle=cycle)
    cycle.refresh_from_db()
    assert (cycle.state, cycle.decision) == (State.HELD, said)
    assert GateLook.objects.count() == 1
    (entry,) = LedgerEntry.objects.filter(action="cycle.not_judged_again")
    assert entry.payload["error"].startswith("Jigsaw score cannot be measured on gate")
    assert not LedgerEntry.objects.filter(action="cycle.cancelled").exists(), "nobody has cancelled it"
