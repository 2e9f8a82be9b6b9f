"""Notices a wedged queue: when the idle worker next in line is killed, django-q2's cluster stays alive but runs nothing (#23)."""

import time

from biasapp.task_in_hand import is_working

ASK_EVERY = 60.0
PATIENCE = 180.0


class QueueWatch:
    """Asks one cluster for a sign of life each minute; `is_wedged()` after three minutes without an answer or a task in hand."""

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
        # A long task keeps the one worker from answering; the worker that holds it lives.
        if is_working(self.cluster):
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
