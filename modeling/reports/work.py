"""Where long work stands: stage, share, and an honest estimate of what is left."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from modeling.lifecycle import LOST_AFTER
from modeling.models.work import LongWork

SHOULD_HAVE_STARTED = timedelta(minutes=1)
ENOUGH_FOR_AN_ESTIMATE = 0.05
WAITING = "requested"
ENDED = ("done", "failed", "cancelled", "eligible", "held", "promoted")


@dataclass(frozen=True)
class WorkProgress:
    """`share` in [0, 1]; times in seconds. `remaining` is None while there is too little to go by."""

    state: str
    stage: str
    message: str
    share: float
    elapsed: float | None
    remaining: float | None
    is_waiting: bool
    is_late: bool
    """It has waited so long that the worker may not be running."""
    is_silent: bool
    """It has not been heard of for so long that its process is taken for dead."""
    is_ended: bool


def progress_of(work: LongWork) -> WorkProgress:
    now = timezone.now()
    state: str = work.state  # type: ignore[attr-defined]  # every kind of work has a state, and no common base
    is_ended = state in ENDED
    is_waiting = state == WAITING
    elapsed = ((work.finished_at or now) - work.started_at).total_seconds() if work.started_at else None
    can_tell = not is_ended and elapsed is not None and work.progress >= ENOUGH_FOR_AN_ESTIMATE
    return WorkProgress(
        state=state,
        stage=work.stage.replace("_", " "),
        message=work.message,
        share=work.progress,
        elapsed=elapsed,
        remaining=elapsed * (1 - work.progress) / work.progress if can_tell and elapsed is not None else None,
        is_waiting=is_waiting,
        is_late=is_waiting and now - getattr(work, "queued_at", work.requested_at) > SHOULD_HAVE_STARTED,
        is_silent=not is_ended and not is_waiting and work.heartbeat_at is not None and now - work.heartbeat_at > LOST_AFTER,
        is_ended=is_ended,
    )
