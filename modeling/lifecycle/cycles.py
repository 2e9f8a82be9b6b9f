"""A cycle's way through its states, where a person or the queue moves it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from modeling import ledger
from modeling.errors import CycleRunningError, LostClaimError, NotEligibleError
from modeling.lifecycle.first_training import enqueue_first_training
from modeling.lifecycle.work import cycle_name, ours
from modeling.models import FirstTraining, GateTruth, Project, RetrainingCycle, WorkState
from modeling.spending import break_off_look

if TYPE_CHECKING:
    from django.contrib.auth.models import User

QUEUED_AGAIN_AFTER = timedelta(minutes=3)
"""A worker that was killed takes the task that it held with it: the queue would give it out again after a day only."""

State = RetrainingCycle.State


def go_on_to_evaluate(cycle: RetrainingCycle) -> None:
    """Raises LostClaimError: it has been ended meanwhile, or begun anew."""
    if not ours(cycle).filter(state=State.TRAINING).update(state=State.EVALUATING):
        raise LostClaimError(f"{cycle} has been ended meanwhile.")


def cancel(*, cycle: RetrainingCycle, by: "User | None") -> None:
    """Ask a waiting or running cycle to stop. A waiting one stops at once, a running one at its next step.

    One that is judged again goes back to the verdict that it has.
    """
    with transaction.atomic():
        end = State.HELD if cycle.decision else State.CANCELLED
        waiting = RetrainingCycle.objects.filter(pk=cycle.pk, state=State.REQUESTED)
        at_once = waiting.update(state=end, finished_at=timezone.now())
        if at_once:
            break_off_look(cycle)
        running = RetrainingCycle.objects.filter(pk=cycle.pk, state__in=RetrainingCycle.RUNNING).update(cancel_requested=True)
        if not at_once and not running:
            raise CycleRunningError("This cycle has come to an end already, so there is nothing to cancel.")
        ledger.append(actor=by or "system", action="cycle.cancel_requested", subject=cycle_name(cycle), payload={})
    cycle.refresh_from_db()


def retry(*, cycle: RetrainingCycle, by: "User | None" = None, in_background: bool = True) -> None:
    """Put a failed cycle back in the queue. Arms that were trained are kept, so it goes on where it died."""
    with transaction.atomic():
        _require_nothing_under_way(cycle)
        if not _queue_again(cycle, from_state=State.FAILED):
            raise CycleRunningError(f"Only a failed cycle can be started again; this one is {cycle.state}.")
        ledger.append(actor=by or "system", action="cycle.retried", subject=cycle_name(cycle), payload={})
        if in_background:
            transaction.on_commit(lambda: enqueue_cycle(cycle.pk))
    cycle.refresh_from_db()


def judge_again(*, cycle: RetrainingCycle, by: "User | None" = None, in_background: bool = True) -> None:
    """Put a held cycle back in the queue, to be judged on what gate holds by now. Nothing is trained again; it is another look at gate.

    Raises:
        NotEligibleError: it is not held, another version is in use by now, or gate holds nothing new.
        CycleRunningError: another cycle waits or runs.
    """
    with transaction.atomic():
        _require_nothing_under_way(cycle)
        champion_id = Project.objects.values_list("champion_id", flat=True).get(pk=cycle.project_id)
        if champion_id != cycle.champion_id:
            raise NotEligibleError("Another version is in use by now. Start a new cycle, so that its candidate is compared with that one.")
        if not has_new_truth(cycle):
            raise NotEligibleError("Nothing has been added to gate since this cycle was judged, so another look would only be spent.")
        if cycle.candidate_id is None or not _queue_again(cycle, from_state=State.HELD):
            raise NotEligibleError(f"Only a held candidate can be judged again; this cycle is {cycle.state}.")
        ledger.append(actor=by or "system", action="cycle.judged_again", subject=cycle_name(cycle), payload={"candidate": cycle.candidate.number})
        if in_background:
            transaction.on_commit(lambda: enqueue_cycle(cycle.pk))
    cycle.refresh_from_db()


def has_new_truth(cycle: RetrainingCycle) -> bool:
    """Whether experts have labelled gate comments since this cycle was judged.

    A look that was broken off has judged nothing, and nobody has seen anything under it; it stays spent, and the next one costs again.
    """
    judged_at = cycle.looks.exclude(decision={}).aggregate(newest=Max("taken_at"))["newest"]
    truths = GateTruth.objects.filter(comment__dataset__project=cycle.project_id, labelled_at__isnull=False)
    return truths.filter(labelled_at__gt=judged_at).exists() if judged_at else truths.exists()


def requeue_waiting() -> int:
    """Queue again what has waited for long while nothing runs: its task was lost with a killed worker, or never reached the queue.

    Harmless where it was not: work is claimed once, so a second task finds nothing to do. Returns how many.
    """
    before = timezone.now() - QUEUED_AGAIN_AFTER
    if RetrainingCycle.objects.filter(state__in=RetrainingCycle.RUNNING).exists() or FirstTraining.objects.filter(state=WorkState.RUNNING).exists():
        return 0
    waiting: list[tuple[Any, Any]] = [(RetrainingCycle, enqueue_cycle), (FirstTraining, enqueue_first_training)]
    requeued = 0
    for model, enqueue in waiting:
        for pk in model.objects.filter(state=State.REQUESTED, queued_at__lt=before).values_list("pk", flat=True):
            if model.objects.filter(pk=pk, queued_at__lt=before).update(queued_at=timezone.now()):
                enqueue(pk)
                requeued += 1
    return requeued


def enqueue_cycle(cycle_id: int) -> None:
    from django_q.tasks import async_task

    async_task("modeling.tasks.run_cycle", cycle_id, cluster="train", task_name=f"cycle {cycle_id}")


def _require_nothing_under_way(cycle: RetrainingCycle) -> None:
    """Under the project's lock, so that two who ask at once do so one after the other."""
    Project.objects.select_for_update().get(pk=cycle.project_id)
    other = RetrainingCycle.objects.filter(project=cycle.project_id, state__in=RetrainingCycle.UNDER_WAY).first()
    if other:
        raise CycleRunningError(f"Cycle {other.number} is {other.state}. Wait for it, or cancel it.")


def _queue_again(cycle: RetrainingCycle, from_state: str) -> bool:
    now = timezone.now()
    # Without `started_at`, the run that had it, if it lives after all, knows this one as another's.
    fresh = {
        "error": "",
        "started_at": None,
        "finished_at": None,
        "progress": 0,
        "stage": "",
        "message": "",
        "cancel_requested": False,
        "requested_at": now,
    }
    waiting = RetrainingCycle.objects.filter(pk=cycle.pk, state=from_state)
    return bool(waiting.update(state=State.REQUESTED, queued_at=now, **fresh))
