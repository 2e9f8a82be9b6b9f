"""Notices a wedged queue: when the idle worker next in line is killed, django-q2's cluster stays alive but runs nothing (#23)."""

import time
from datetime import timedelta

from django.utils import timezone

from modeling.models import Dataset, RetrainingCycle, ScoringRun, WorkState

ASK_EVERY = 60.0
PATIENCE = 180.0


class QueueWatch:
    """Asks one cluster for a sign of life each minute; `is_wedged()` after three minutes without an answer or a working job."""

    def __init__(self, cluster: str) -> None:
        self.cluster = cluster
        self.asked_at = time.monotonic()
        self.ping_id = ""

    def is_wedged(self) -> bool:
        waited = time.monotonic() - self.asked_at
        if self.ping_id and self._answered():
            self.ping_id = ""
        if not self.ping_id:
            if waited >= ASK_EVERY:
                self._ask()
            return False
        if waited < PATIENCE:
            return False
        if self._busy():
            self.asked_at = time.monotonic()
            return False
        self.ping_id = ""
        return True

    def _ask(self) -> None:
        from django_q.tasks import async_task

        self.ping_id = async_task("modeling.tasks.ping", cluster=None if self.cluster == "default" else self.cluster)
        self.asked_at = time.monotonic()

    def _answered(self) -> bool:
        from django_q.models import Task

        return Task.objects.filter(pk=self.ping_id).exists()

    def _busy(self) -> bool:
        """A long job keeps the one worker from answering; its heart-beat shows that it works."""
        fresh = {"heartbeat_at__gte": timezone.now() - timedelta(minutes=1)}
        if self.cluster == "train":
            return RetrainingCycle.objects.filter(state__in=RetrainingCycle.RUNNING, **fresh).exists()
        return any(model.objects.filter(state=WorkState.RUNNING, **fresh).exists() for model in (Dataset, ScoringRun))
