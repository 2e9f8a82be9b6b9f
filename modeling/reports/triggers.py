"""What starts cycles by itself in a project, when next, and what it did last."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from modeling.models import CycleTrigger, Project
from modeling.pipeline.start_due_cycles import label_count, next_slot, since_last_cycle


@dataclass(frozen=True)
class TriggerReport:
    """`next_month`: when the next monthly cycle is due; None where monthly cycles are off. `wanted`, `have`: labels that start a cycle,
    and labels since the last one; `wanted` is None where that is off. `last`: what was done on the latest occasions, newest first."""

    next_month: datetime | None
    wanted: int | None
    have: int
    last: tuple[CycleTrigger, ...]

    @property
    def is_on(self) -> bool:
        return self.next_month is not None or self.wanted is not None


def trigger_report(project: Project, last: int = 3) -> TriggerReport:
    return TriggerReport(
        next_month=next_slot(timezone.now()) if project.monthly_since else None,
        wanted=project.labels_for_cycle,
        have=label_count(since_last_cycle(project)) if project.labels_for_cycle else 0,
        last=tuple(project.cycle_triggers.select_related("cycle")[:last]),
    )
