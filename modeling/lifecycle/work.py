"""What all long work shares: it is claimed once, beats while it runs, and ends once."""

import logging
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from modeling import ledger
from modeling.errors import CancelledError, LostClaimError
from modeling.models import Dataset, DynamicsRun, FirstTraining, MonthlyReport, RetrainingCycle, ScoringRun, WorkState
from modeling.models.work import LongWork
from modeling.spending import break_off_look

if TYPE_CHECKING:
    from django.db.models import QuerySet

LOST_AFTER = timedelta(seconds=settings.LOST_AFTER_SECONDS)
"""A run without a heart-beat for so long is dead: progress is written at least every few seconds."""

BEAT_EVERY = timedelta(seconds=1)
SILENT_BEAT_SECONDS = 10.0
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


def ours(work: LongWork) -> "QuerySet[Any]":
    """The row of this run, as long as nobody has begun it anew: a run that was taken for dead, and lives, must not touch its successor."""
    return type(work)._default_manager.filter(pk=work.pk, started_at=work.started_at)


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
                ours(self.work).update(heartbeat_at=timezone.now())
            except DatabaseError:
                logger.warning("a heart-beat of %s was lost", self.work)
            finally:
                connection.close()

    def __call__(self, *, stage: str, progress: float, message: str = "", force: bool = False, **fields: Any) -> None:
        """`progress` in [0, 1] over the whole run.

        Raises:
            CancelledError: a person cancelled the run.
            LostClaimError: somebody has begun it anew.
        """
        now = timezone.now()
        if not force and now - self.written_at < BEAT_EVERY and stage == self.work.stage:
            return
        self.written_at = now
        self.work.stage = stage
        values = {"stage": stage, "progress": progress, "message": message[:300], "heartbeat_at": now, **fields}
        if not ours(self.work).update(**values):
            raise LostClaimError(f"{self.work} has been begun anew meanwhile.")
        self.check()

    def check(self) -> None:
        """Raises as a beat does, and LostClaimError where the run has been taken for dead too: all that it would do yet is for nothing."""
        if not isinstance(self.work, RetrainingCycle):
            return
        found = ours(self.work).values_list("cancel_requested", "state").first()
        if found and (found[0] or found[1] == RetrainingCycle.State.CANCELLED):
            raise CancelledError("Cancelled on request.")
        if found is None or found[1] in ENDED:
            raise LostClaimError(f"{self.work} has been ended meanwhile.")


def finish(work: LongWork, *, state: str = WorkState.DONE, **fields: Any) -> None:
    """End a run well.

    Raises:
        LostClaimError: it has been ended meanwhile (taken for dead, or cancelled), and stays so; or somebody has begun it anew.
        CancelledError: a person asked it to stop, however late, and was told that nothing would come of it.
    """
    values = {"state": state, "progress": 1.0, "finished_at": timezone.now(), "message": "", **fields}
    running = ours(work).exclude(state__in=ENDED)
    wanted = running.filter(cancel_requested=False) if isinstance(work, RetrainingCycle) else running
    if not wanted.update(**values):
        if running.exists():
            raise CancelledError("Cancelled on request.")
        raise LostClaimError(f"{work} has been ended meanwhile.")
    work.refresh_from_db()


def fail(work: LongWork, error: str, *, state: str = WorkState.FAILED, action: str = "") -> None:
    """Mark it failed (or cancelled) with the cause, unless it has come to an end already, or is somebody else's by now.

    `action`: what the ledger calls it, where nobody cancelled it and it did not fail either.
    """
    with transaction.atomic():
        running = ours(work).exclude(state__in=ENDED)
        changed = running.update(state=_end_of(work, state), error=error[-4000:], finished_at=timezone.now())
        work.refresh_from_db()
        if changed and isinstance(work, RetrainingCycle):
            if state == WorkState.CANCELLED:
                break_off_look(work)
            ledger.append(actor="system", action=action or f"cycle.{state}", subject=cycle_name(work), payload={"error": error[-500:]})
    if changed and isinstance(work, Dataset) and work.stored_file:
        # The raw upload holds what masking would have taken out: it must not outlive an import that died.
        Path(work.stored_file).unlink(missing_ok=True)
        Dataset.objects.filter(pk=work.pk).update(stored_file="")


def _end_of(work: LongWork, state: str) -> str:
    """A cycle that was asked to stop while it was judged *again* keeps the verdict that it has."""
    is_judged = isinstance(work, RetrainingCycle) and bool(work.decision)
    return RetrainingCycle.State.HELD if state == WorkState.CANCELLED and is_judged else state


def cycle_name(cycle: RetrainingCycle) -> str:
    """As the ledger calls it."""
    return f"cycle {cycle.number} of {cycle.project.slug}"


def fail_lost() -> int:
    """Fail every run whose process has died without saying so (killed, out of memory). Returns how many."""
    before = timezone.now() - LOST_AFTER
    message = "The process that ran this has died without a word (killed, or out of memory). Nothing was changed; start it again."
    lost: list[LongWork] = [
        *RetrainingCycle.objects.filter(state__in=RetrainingCycle.RUNNING, heartbeat_at__lt=before),
        *Dataset.objects.filter(state=WorkState.RUNNING, heartbeat_at__lt=before),
        *ScoringRun.objects.filter(state=WorkState.RUNNING, heartbeat_at__lt=before),
        *FirstTraining.objects.filter(state=WorkState.RUNNING, heartbeat_at__lt=before),
        *DynamicsRun.objects.filter(state=WorkState.RUNNING, heartbeat_at__lt=before),
        *MonthlyReport.objects.filter(state=WorkState.RUNNING, heartbeat_at__lt=before).defer("html", "data", "pdf"),
    ]
    for work in lost:
        fail(work, message)
    return len(lost)
