import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_q.models import OrmQ

from modeling.errors import CancelledError, CycleRunningError, LostClaimError, NotEligibleError, NothingToRollBackError
from modeling.lifecycle import (
    Beat,
    cancel,
    claim,
    fail,
    fail_lost,
    finish,
    go_on_to_evaluate,
    promote,
    request_missing_scoring,
    request_scoring_once,
    requeue_waiting,
    retry,
    roll_back,
    undo_roll_back,
)
from modeling.models import FirstTraining, LedgerEntry, RetrainingCycle, VersionChange, WorkState
from modeling.spending import take_look
from tests.factories import make_comment, make_cycle, make_dataset, make_member, make_project, make_version
from tests.feedback.pipeline.test_assign import in_threads

State = RetrainingCycle.State
pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_version(project, champion=True)
    return project


def decided(project, state=State.ELIGIBLE):
    cycle = make_cycle(project, state=state)
    cycle.candidate = make_version(project, cycle=cycle, arm="real", lane="middle", base=project.champion)
    cycle.save()
    return cycle


def test_work_is_claimed_once(project) -> None:
    cycle = make_cycle(project)
    claim(RetrainingCycle.objects.get(pk=cycle.pk), running=State.TRAINING)
    with pytest.raises(LostClaimError):
        claim(cycle, running=State.TRAINING)


def test_only_one_cycle_of_a_project_can_run(project) -> None:
    make_cycle(project, state=State.TRAINING)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_cycle(project, state=State.EVALUATING)


def test_an_eligible_candidate_comes_into_use(project) -> None:
    cycle, lead = decided(project), make_member(project)
    before = project.champion
    change = promote(cycle=cycle, by=lead)
    project.refresh_from_db()
    assert (project.champion, change.previous, change.kind) == (cycle.candidate, before, VersionChange.Kind.PROMOTED)
    assert cycle.state == State.PROMOTED
    assert LedgerEntry.objects.filter(action="version.promoted", actor=lead.username).exists()


def test_a_held_candidate_needs_a_written_reason(project) -> None:
    cycle = decided(project, State.HELD)
    with pytest.raises(NotEligibleError, match="Write down why"):
        promote(cycle=cycle, reason="  ")
    assert promote(cycle=cycle, reason="The panel insists.").kind == VersionChange.Kind.OVERRIDDEN


def test_a_candidate_that_was_compared_with_an_older_champion_is_refused(project) -> None:
    cycle = decided(project)
    make_version(project, champion=True)
    with pytest.raises(NotEligibleError, match="Start a new cycle"):
        promote(cycle=cycle)


@pytest.mark.parametrize("state", [State.REQUESTED, State.TRAINING, State.FAILED, State.CANCELLED, State.PROMOTED])
def test_nothing_else_can_be_promoted(project, state) -> None:
    with pytest.raises(NotEligibleError):
        promote(cycle=decided(project, state), reason="please")


def test_rolling_back_brings_the_version_before_back(project) -> None:
    first = project.champion
    promote(cycle=decided(project))
    change = roll_back(project=project, reason="complaints")
    project.refresh_from_db()
    assert project.champion == change.version == first
    assert LedgerEntry.objects.filter(action="version.rolled_back").exists()


def test_rolling_back_twice_goes_two_versions_back(project) -> None:
    first = project.champion
    for _ in range(2):
        promote(cycle=decided(project))
        project.refresh_from_db()
    for _ in range(2):
        roll_back(project=project, in_use=project.champion.number)
        project.refresh_from_db()
    assert project.champion == first


def test_without_naming_the_version_that_should_go_it_goes_back_once(project) -> None:
    for _ in range(2):
        promote(cycle=decided(project))
        project.refresh_from_db()
    back = roll_back(project=project).version
    with pytest.raises(NothingToRollBackError, match=f"brought {back} back already.*name {back} as the version in use"):
        roll_back(project=project)
    project.refresh_from_db()
    assert project.champion == back


def test_asked_twice_it_goes_back_once(project) -> None:
    for _ in range(2):
        promote(cycle=decided(project))
        project.refresh_from_db()
    gone = project.champion.number
    back = roll_back(project=project, in_use=gone).version
    with pytest.raises(NothingToRollBackError, match=f"{back} is in use by now, not v{gone}"):
        roll_back(project=project, in_use=gone)
    project.refresh_from_db()
    assert project.champion == back


def test_the_last_roll_back_can_be_undone_and_made_again(project) -> None:
    first, cycle = project.champion, decided(project)
    promote(cycle=cycle)
    roll_back(project=project)
    with pytest.raises(NothingToRollBackError, match="is in use by now"):
        undo_roll_back(project=project, in_use=cycle.candidate.number)
    change = undo_roll_back(project=project, in_use=first.number, reason="The complaint was about another model.")
    project.refresh_from_db()
    assert (project.champion, change.kind, change.cycle) == (cycle.candidate, VersionChange.Kind.RESTORED, cycle)
    assert LedgerEntry.objects.filter(action="version.restored").exists()
    with pytest.raises(NothingToRollBackError, match="no roll-back"):
        undo_roll_back(project=project)
    assert roll_back(project=project).version == first


def test_the_first_version_cannot_be_rolled_back(project) -> None:
    with pytest.raises(NothingToRollBackError):
        roll_back(project=project)


def test_a_promoted_version_is_scored_in_the_background_and_then_its_maps_are_read(project, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        promote(cycle=decided(project))
    queued = [task.task["func"] for task in OrmQ.objects.order_by("pk")]
    assert queued == ["modeling.tasks.score_comments", "modeling.tasks.make_dynamics"]


def test_a_waiting_cycle_is_cancelled_at_once_and_a_running_one_at_its_next_step(project) -> None:
    waiting = make_cycle(project)
    cancel(cycle=waiting, by=None)
    assert waiting.state == State.CANCELLED
    running = make_cycle(project, state=State.TRAINING)
    cancel(cycle=running, by=None)
    with pytest.raises(CancelledError):
        Beat(running)(stage="training", progress=0.5, force=True)


def test_a_finished_cycle_cannot_be_cancelled(project) -> None:
    with pytest.raises(CycleRunningError, match="come to an end"):
        cancel(cycle=make_cycle(project, state=State.HELD), by=None)


def test_a_run_without_heart_beat_is_failed_with_the_cause(project) -> None:
    old = timezone.now() - timedelta(minutes=5)
    dead = make_cycle(project, state=State.TRAINING, heartbeat_at=old)
    dataset = make_dataset(project, state=WorkState.RUNNING, heartbeat_at=old)
    assert fail_lost() == 2
    dead.refresh_from_db()
    dataset.refresh_from_db()
    assert dead.state == dataset.state == "failed"
    assert "died" in dead.error


def test_a_run_that_beats_is_left_alone(project) -> None:
    make_cycle(project, state=State.TRAINING, heartbeat_at=timezone.now())
    assert fail_lost() == 0


def test_failing_does_not_undo_a_verdict(project) -> None:
    cycle = make_cycle(project, state=State.ELIGIBLE)
    fail(cycle, "too late")
    assert cycle.state == State.ELIGIBLE


def test_a_failed_cycle_can_be_started_again(project) -> None:
    cycle = make_cycle(project, state=State.FAILED, error="out of memory")
    retry(cycle=cycle)
    assert (cycle.state, cycle.error) == (State.REQUESTED, "")
    with pytest.raises(CycleRunningError):
        retry(cycle=cycle)


def test_starting_again_forgets_that_it_was_cancelled_and_waits_for_other_cycles(project) -> None:
    cycle = make_cycle(project, state=State.FAILED, cancel_requested=True)
    other = make_cycle(project)
    with pytest.raises(CycleRunningError, match="Wait for it"):
        retry(cycle=cycle)
    cancel(cycle=other, by=None)
    retry(cycle=cycle)
    assert not cycle.cancel_requested


def test_a_run_that_was_taken_for_dead_does_not_come_back_to_life(project) -> None:
    cycle = make_cycle(project, state=State.EVALUATING)
    fail(cycle, "silent for too long")
    with pytest.raises(LostClaimError):
        finish(cycle, state=State.ELIGIBLE)
    cycle.refresh_from_db()
    assert cycle.state == State.FAILED


def taken_for_dead_and_begun_anew(project) -> tuple[RetrainingCycle, RetrainingCycle]:
    """The row as the first run holds it, and as its successor does."""
    cycle = make_cycle(project, gate_config={"primary_alpha": 0.004})
    first = RetrainingCycle.objects.get(pk=cycle.pk)
    claim(first, running=State.TRAINING)
    fail(RetrainingCycle.objects.get(pk=cycle.pk), "silent for too long")
    retry(cycle=cycle)
    return first, cycle


WAYS_ON = {
    "beat": lambda cycle: Beat(cycle)(stage="training", progress=0.5, force=True),
    "check": lambda cycle: Beat(cycle).check(),
    "evaluate": go_on_to_evaluate,
    "look": lambda cycle: take_look(cycle=cycle, rests_on="gate as it is"),
    "finish": lambda cycle: finish(cycle, state=State.ELIGIBLE),
}


@pytest.mark.parametrize("is_claimed", [False, True])
@pytest.mark.parametrize("way_on", WAYS_ON)
def test_a_run_that_was_taken_for_dead_leaves_its_successor_alone(project, way_on, is_claimed) -> None:
    first, second = taken_for_dead_and_begun_anew(project)
    if is_claimed:
        claim(second, running=State.TRAINING)
    before = RetrainingCycle.objects.values().get(pk=first.pk)
    with pytest.raises(LostClaimError):
        WAYS_ON[way_on](first)
    fail(first, "LostClaimError: begun anew meanwhile")
    assert RetrainingCycle.objects.values().get(pk=first.pk) == before
    assert not project.gate_looks.exists()


def test_an_arm_has_one_version(project) -> None:
    cycle = decided(project)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_version(project, cycle=cycle, arm="real")


def test_one_that_is_stopped_at_the_very_end_comes_to_no_verdict(project) -> None:
    cycle = make_cycle(project, state=State.EVALUATING)
    asked = RetrainingCycle.objects.get(pk=cycle.pk)
    cancel(cycle=asked, by=None)
    with pytest.raises(CancelledError):
        finish(cycle, state=State.ELIGIBLE)
    assert RetrainingCycle.objects.get(pk=cycle.pk).state == State.EVALUATING


def test_the_raw_upload_goes_when_its_import_dies(project, tmp_path) -> None:
    upload = tmp_path / "comments.csv"
    upload.write_text("raw")
    dataset = make_dataset(project, state=WorkState.RUNNING, stored_file=str(upload))
    fail(dataset, "killed")
    assert not upload.exists()
    assert dataset.error == "killed"


def test_comments_that_the_champion_has_not_seen_are_scored(project) -> None:
    assert request_missing_scoring() == 0
    make_comment(make_dataset(project))
    assert request_missing_scoring() == 1
    assert request_missing_scoring() == 0  # one waits already
    project.champion.scoring_runs.update(state=WorkState.FAILED)
    assert request_missing_scoring() == 1


def test_what_the_queue_has_lost_is_queued_again_once_nothing_runs(project) -> None:
    long_ago = timezone.now() - timedelta(minutes=10)
    make_cycle(project, queued_at=long_ago)
    FirstTraining.objects.create(project=make_project("New"), queued_at=long_ago)
    busy = make_cycle(make_project("Busy"), state=State.TRAINING, heartbeat_at=timezone.now())
    assert requeue_waiting() == 0, "the one worker is busy, and the task waits in the queue"
    finish(busy, state=State.HELD)
    assert requeue_waiting() == 2
    assert [task.key for task in OrmQ.objects.all()] == ["train", "train"]
    assert requeue_waiting() == 0, "it has just been queued"


@pytest.mark.django_db(transaction=True)
def test_the_heart_beats_while_nothing_is_said(project, monkeypatch) -> None:
    monkeypatch.setattr("modeling.lifecycle.work.SILENT_BEAT_SECONDS", 0.05)
    cycle = make_cycle(project, state=State.TRAINING)
    with Beat(cycle):
        deadline = time.monotonic() + 10
        while cycle.heartbeat_at is None and time.monotonic() < deadline:
            time.sleep(0.05)
            cycle.refresh_from_db()
    assert cycle.heartbeat_at is not None


def test_whoever_clicks_twice_at_once_has_it_measured_once(shared_database) -> None:
    version = make_version(make_project(), champion=True)
    asked = in_threads([lambda: request_scoring_once(version)] * 6)
    assert len([run for run in asked if run]) == version.scoring_runs.count() == OrmQ.objects.count() == 1
    version.scoring_runs.update(state=WorkState.DONE)
    assert request_scoring_once(version), "what is done can be asked for again"
