"""State changes of long work and of versions: one function per transition, each a conditional update."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from modeling import ledger
from modeling.errors import (
    CancelledError,
    CycleRunningError,
    LostClaimError,
    NotEligibleError,
    NothingToRollBackError,
)
from modeling.labels import Split
from modeling.models import Comment, Dataset, ModelVersion, Project, RetrainingCycle, ScoringRun, VersionChange, WorkState
from modeling.models.work import LongWork

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LOST_AFTER = timedelta(minutes=2)
"""A run without a heart-beat for so long is dead: progress is written at least every few seconds."""

BEAT_EVERY = timedelta(seconds=1)
SILENT_BEAT_SECONDS = 20.0
ENDED = (WorkState.DONE, WorkState.FAILED, WorkState.CANCELLED, "eligible", "held", "promoted")

logger = logging.getLogger(__name__)


def claim(work: LongWork, *, running: str, waiting: tuple[str, ...] = (WorkState.REQUESTED,)) -> None:
    """Take waiting work over, by one conditional update: the queue delivers at least once, so a second taker must lose.

    Raises:
        LostClaimError: somebody else has it, or it is no longer waiting.
    """
    now = timezone.now()
    taken = type(work).objects.filter(pk=work.pk, state__in=waiting).update(state=running, started_at=now, heartbeat_at=now, error="")
    if not taken:
        raise LostClaimError(f"{work} is no longer waiting.")
    work.refresh_from_db()


class Beat:
    """Writes progress of one run, at most once a second, and tells when a person asked it to stop.

    Used as a context, it also writes the heart-beat from a thread of its own: twins, cached states and bootstraps take minutes without
    a word, and a run that is silent for two is taken for dead.
    """

    def __init__(self, work: LongWork) -> None:
        self.work = work
        self.written_at = timezone.now() - BEAT_EVERY
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._keep_beating, name="heart-beat", daemon=True)

    def __enter__(self) -> "Beat":
        # Tests run in one transaction, which another connection cannot see and on SQLite must not wait for.
        if not connection.in_atomic_block:
            self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        if self.thread.is_alive():
            self.thread.join()

    def _keep_beating(self) -> None:
        while not self.ended.wait(SILENT_BEAT_SECONDS):
            try:
                type(self.work).objects.filter(pk=self.work.pk).update(heartbeat_at=timezone.now())
            except DatabaseError:
                logger.warning("a heart-beat of %s was lost", self.work)
            finally:
                connection.close()

    def __call__(self, *, stage: str, progress: float, message: str = "", force: bool = False, **fields: Any) -> None:
        """`progress` in [0, 1] over the whole run.

        Raises:
            CancelledError: a person cancelled the run.
        """
        now = timezone.now()
        if not force and now - self.written_at < BEAT_EVERY and stage == self.work.stage:
            return
        self.written_at = now
        self.work.stage = stage
        values = {"stage": stage, "progress": progress, "message": message[:300], "heartbeat_at": now, **fields}
        type(self.work).objects.filter(pk=self.work.pk).update(**values)
        self.check()

    def check(self) -> None:
        if isinstance(self.work, RetrainingCycle):
            wanted = RetrainingCycle.objects.filter(pk=self.work.pk).values_list("cancel_requested", "state").get()
            if wanted[0] or wanted[1] == RetrainingCycle.State.CANCELLED:
                raise CancelledError("Cancelled on request.")


def finish(work: LongWork, *, state: str = WorkState.DONE, **fields: Any) -> None:
    """End a run well.

    Raises:
        LostClaimError: it has been ended meanwhile (taken for dead, or cancelled), and stays so.
    """
    values = {"state": state, "progress": 1.0, "finished_at": timezone.now(), "message": "", **fields}
    if not type(work).objects.filter(pk=work.pk).exclude(state__in=ENDED).update(**values):
        raise LostClaimError(f"{work} has been ended meanwhile.")
    work.refresh_from_db()


def fail(work: LongWork, error: str, *, state: str = WorkState.FAILED) -> None:
    """Mark it failed (or cancelled) with the cause, unless it has come to an end already."""
    running = type(work).objects.filter(pk=work.pk).exclude(state__in=ENDED)
    changed = running.update(state=state, error=error[-4000:], finished_at=timezone.now())
    work.refresh_from_db()
    if changed and isinstance(work, RetrainingCycle):
        with transaction.atomic():
            ledger.append(actor="system", action=f"cycle.{state}", subject=_name(work), payload={"error": error[-500:]})
    if changed and isinstance(work, Dataset) and work.stored_file:
        # The raw upload holds what masking would have taken out: it must not outlive an import that died.
        Path(work.stored_file).unlink(missing_ok=True)
        Dataset.objects.filter(pk=work.pk).update(stored_file="")


def fail_lost() -> int:
    """Fail every run whose process has died without saying so (killed, out of memory). Returns how many."""
    before = timezone.now() - LOST_AFTER
    message = "The process that ran this has died without a word (killed, or out of memory). Nothing was changed; start it again."
    lost: list[LongWork] = [
        *RetrainingCycle.objects.filter(state__in=RetrainingCycle.RUNNING, heartbeat_at__lt=before),
        *Dataset.objects.filter(state=WorkState.RUNNING, heartbeat_at__lt=before),
        *ScoringRun.objects.filter(state=WorkState.RUNNING, heartbeat_at__lt=before),
    ]
    for work in lost:
        fail(work, message)
    return len(lost)


def cancel(*, cycle: RetrainingCycle, by: "User | None") -> None:
    """Ask a waiting or running cycle to stop. A waiting one stops at once, a running one at its next step."""
    with transaction.atomic():
        waiting = RetrainingCycle.objects.filter(pk=cycle.pk, state=RetrainingCycle.State.REQUESTED)
        at_once = waiting.update(state=RetrainingCycle.State.CANCELLED, finished_at=timezone.now())
        running = RetrainingCycle.objects.filter(pk=cycle.pk, state__in=RetrainingCycle.RUNNING).update(cancel_requested=True)
        if not at_once and not running:
            raise CycleRunningError("This cycle has come to an end already, so there is nothing to cancel.")
        ledger.append(actor=by or "system", action="cycle.cancel_requested", subject=_name(cycle), payload={})
    cycle.refresh_from_db()


def retry(*, cycle: RetrainingCycle, by: "User | None" = None, in_background: bool = True) -> None:
    """Put a failed cycle back in the queue. Arms that were trained are kept, so it goes on where it died."""
    with transaction.atomic():
        active = [RetrainingCycle.State.REQUESTED, *RetrainingCycle.RUNNING]
        other = RetrainingCycle.objects.filter(project=cycle.project_id, state__in=active).first()
        if other:
            raise CycleRunningError(f"Cycle {other.number} is {other.state}. Wait for it, or cancel it.")
        changed = RetrainingCycle.objects.filter(pk=cycle.pk, state=RetrainingCycle.State.FAILED).update(
            state=RetrainingCycle.State.REQUESTED, error="", finished_at=None, progress=0, stage="", cancel_requested=False
        )
        if not changed:
            raise CycleRunningError(f"Only a failed cycle can be started again; this one is {cycle.state}.")
        ledger.append(actor=by or "system", action="cycle.retried", subject=_name(cycle), payload={})
        if in_background:
            transaction.on_commit(lambda: enqueue_cycle(cycle.pk))
    cycle.refresh_from_db()


def enqueue_cycle(cycle_id: int) -> None:
    from django_q.tasks import async_task

    async_task("modeling.tasks.run_cycle", cycle_id, cluster="train", task_name=f"cycle {cycle_id}")


def promote(*, cycle: RetrainingCycle, by: "User | None" = None, reason: str = "") -> VersionChange:
    """Bring a cycle's candidate into use: an eligible one as it is, a held one only with a written reason.

    Raises:
        NotEligibleError: there is no candidate, it is held and no reason is given, or the champion has changed since.
    """
    states = RetrainingCycle.State
    with transaction.atomic():
        project = Project.objects.select_for_update().get(pk=cycle.project_id)
        cycle.refresh_from_db()
        if cycle.candidate is None or cycle.state not in (states.ELIGIBLE, states.HELD):
            raise NotEligibleError(f"Cycle {cycle.number} is {cycle.state}: it has no candidate that waits for promotion.")
        if cycle.state == states.HELD and not reason.strip():
            raise NotEligibleError("This candidate is held. Write down why it should come into use all the same.")
        if project.champion_id != cycle.champion_id:
            raise NotEligibleError(
                f"The candidate was compared with v{cycle.champion.number}, but v{project.champion.number if project.champion else '-'} is "
                "in use now. Start a new cycle, so that it is compared with what it would replace."
            )
        kind = VersionChange.Kind.PROMOTED if cycle.state == states.ELIGIBLE else VersionChange.Kind.OVERRIDDEN
        RetrainingCycle.objects.filter(pk=cycle.pk).update(state=states.PROMOTED)
        change = put_into_use(project=project, version=cycle.candidate, kind=kind, by=by, reason=reason, cycle=cycle)
    cycle.refresh_from_db()
    return change


def roll_back(*, project: Project, by: "User | None" = None, reason: str = "") -> VersionChange:
    """Bring the version before the champion back into use. Its predictions were never deleted, so they are the same bytes.

    Raises:
        NothingToRollBackError: the champion is the first version.
    """
    with transaction.atomic():
        project = Project.objects.select_for_update().get(pk=project.pk)
        brought = project.version_changes.filter(version=project.champion).exclude(kind=VersionChange.Kind.ROLLED_BACK).first()
        if brought is None or brought.previous is None:
            raise NothingToRollBackError("There is no earlier version to go back to.")
        change = put_into_use(
            project=project, version=brought.previous, kind=VersionChange.Kind.ROLLED_BACK, by=by, reason=reason, cycle=brought.cycle
        )
    return change


def put_into_use(
    *,
    project: Project,
    version: ModelVersion,
    kind: str,
    by: "User | None" = None,
    reason: str = "",
    cycle: RetrainingCycle | None = None,
) -> VersionChange:
    """Change the champion, with its history row and ledger entry, in the caller's transaction."""
    change = VersionChange.objects.create(project=project, kind=kind, version=version, previous=project.champion, cycle=cycle, reason=reason, by=by)
    Project.objects.filter(pk=project.pk).update(champion=version)
    ledger.append(
        actor=by or "system",
        action=f"version.{kind}",
        subject=f"v{version.number} of {project.slug}",
        payload={
            "previous": change.previous.number if change.previous else None,
            "weights_sha256": version.manifest.get("weights_sha256", ""),
            "cycle": cycle.number if cycle else None,
            "reason": reason,
        },
    )
    project.refresh_from_db()
    transaction.on_commit(lambda: request_scoring(version))
    return change


def request_scoring(version: ModelVersion, enqueue: Callable[..., Any] | None = None) -> ScoringRun:
    """Have the whole pool scored by a version in the background, so that the next round samples from its predictions."""
    run = ScoringRun.objects.create(version=version)
    if enqueue is None:
        from django_q.tasks import async_task as enqueue
    enqueue("modeling.tasks.score_comments", run.pk, task_name=f"score with v{version.number}")
    return run


def request_missing_scoring() -> int:
    """Have scored what the versions in use have not seen: comments imported since, or a scoring that was lost. Returns how many runs."""
    recent = timezone.now() - timedelta(minutes=10)
    requested = 0
    for project in Project.objects.filter(champion__isnull=False).select_related("champion"):
        version = project.champion
        waiting = version.scoring_runs.filter(state=WorkState.REQUESTED, requested_at__gte=recent)
        if waiting.exists() or version.scoring_runs.filter(state=WorkState.RUNNING).exists():
            continue
        unscored = Comment.objects.of(project).filter(split=Split.POOL).exclude(predictions__version=version)
        if unscored.exists():
            request_scoring(version)
            requested += 1
    return requested


def _name(cycle: RetrainingCycle) -> str:
    return f"cycle {cycle.number} of {cycle.project.slug}"
