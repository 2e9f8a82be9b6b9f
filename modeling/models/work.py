"""Long work: the job's truth stands in the project's own row, never in the queue's (which runs a task at least once)."""

from django.db import models
from django.utils import timezone


class WorkState(models.TextChoices):
    REQUESTED = "requested"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class LongWork(models.Model):
    """Progress, heart-beat and cause of failure. Subclasses have a `state` with at least `requested`, `failed`, `cancelled`."""

    stage = models.CharField(max_length=80, blank=True)
    progress = models.FloatField(default=0)
    message = models.CharField(max_length=300, blank=True)
    requested_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        abstract = True
