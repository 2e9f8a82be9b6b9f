"""Start the cycles that a project's settings ask for: each month, and when enough new labels have come in.

Asked every few minutes, and not by one task on the first of the month: what is due follows from the calendar and the rows, so a site that
was down makes a missed month up, once, and nothing drifts. (django-q2's monthly schedules move to the 28th for good after a February.)
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from croniter import croniter
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from modeling import ledger
from modeling.errors import CycleRunningError
from modeling.intake import request_cycle
from modeling.models import CycleTrigger, FeedbackBatch, FeedbackLabel, Project, RetrainingCycle

MONTHLY = "0 3 1 * *"
"""03:00 UTC on the first, as cron says it."""

Kind = CycleTrigger.Kind


def start_due_cycles(*, now: datetime | None = None) -> int:
    """Serve what is due in every project. Run twice, or twice at once, it does so once. Returns how many cycles were started."""
    now = now or timezone.now()
    wanting = Project.objects.exclude(monthly_since=None, labels_for_cycle=None).exclude(champion=None)
    return sum(_serve(project, kind, key, why) for project in wanting for kind, key, why in _due(project, now))


def last_slot(now: datetime) -> datetime:
    """When monthly cycles were due last, at `now` at the latest."""
    return croniter(MONTHLY, now + timedelta(microseconds=1)).get_prev(datetime)


def next_slot(now: datetime) -> datetime:
    return croniter(MONTHLY, now).get_next(datetime)


def _due(project: Project, now: datetime) -> list[tuple[str, str, str]]:
    """(kind, key, why) of each occasion that has come and was not served."""
    due: list[tuple[str, str, str]] = []
    slot = last_slot(now)
    # Switched on in the middle of a month, it waits for the next first.
    if project.monthly_since and project.monthly_since <= slot:
        due.append((Kind.MONTHLY, f"{slot:%Y-%m}", f"monthly, {slot:%B %Y}"))
    # Read once: another worker may take them into a cycle meanwhile.
    waiting = list(since_last_cycle(project))
    count = label_count(waiting)
    if project.labels_for_cycle and count >= project.labels_for_cycle:
        due.append((Kind.LABELS, f"batch {max(batch.pk for batch in waiting)}", f"at {count:,} new labels"))
    served = set(project.cycle_triggers.filter(key__in=[key for _, key, _ in due]).values_list("kind", "key"))
    return [(kind, key, why) for kind, key, why in due if (kind, key) not in served]


def since_last_cycle(project: Project) -> QuerySet[FeedbackBatch]:
    """What has been handed in since a cycle was asked for, however that one ended: what a lead has cancelled must not start again."""
    return project.feedback_batches.filter(cycles=None)


def label_count(batches: Iterable[FeedbackBatch]) -> int:
    return FeedbackLabel.objects.filter(batch__in=batches).count()


def _is_news(project: Project) -> bool:
    """Whether there are labels that no cycle has used: one that failed or was cancelled has used nothing up."""
    used = RetrainingCycle.objects.filter(project=project).exclude(state__in=[RetrainingCycle.State.FAILED, RetrainingCycle.State.CANCELLED])
    return project.feedback_batches.exclude(cycles__in=used).exists()


def _serve(project: Project, kind: str, key: str, why: str) -> bool:
    """Under the row that is unique for the occasion: who writes it second does nothing."""
    try:
        with transaction.atomic():
            # The same lock as `request_cycle` takes, and before anything is read: what is new is counted once.
            Project.objects.select_for_update().get(pk=project.pk)
            cycle = request_cycle(project=project, provenance=why) if _is_news(project) else None
            said = f"started cycle {cycle.number}" if cycle else "nothing new had come in, so no cycle was started"
            CycleTrigger.objects.create(project=project, kind=kind, key=key, cycle=cycle, said=said)
            if cycle is None:
                ledger.append(actor="system", action="cycle.not_started", subject=f"project {project.slug}", payload={"why": why, "reason": said})
    except (IntegrityError, CycleRunningError):
        # Served by another worker just now; or a cycle is under way, and the occasion stays due until that one has ended.
        return False
    return cycle is not None
