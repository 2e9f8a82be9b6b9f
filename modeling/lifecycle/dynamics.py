"""Social dynamics in the background: of each version that comes into use, and again when comments or watched words have come in since."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.utils import timezone

from modeling.models import DynamicsRun, ModelVersion, Project, VersionChange, WatchedWord, WorkState

MOST_VERSIONS = 8
"""The newest that were in use: more cannot be told apart in a chart."""

MOST_FAILURES = 3
"""In a row, before a lead has to ask."""

WAITED_TOO_LONG = timedelta(minutes=10)


def request_dynamics(version: ModelVersion) -> DynamicsRun:
    """Have a version's maps read in the background; one that waits already is waited for."""
    waiting = version.dynamics_runs.filter(state=WorkState.REQUESTED).first()
    if waiting:
        return waiting
    run = DynamicsRun.objects.create(version=version)
    enqueue_dynamics(run)
    return run


def enqueue_dynamics(run: DynamicsRun, enqueue: Callable[..., Any] | None = None) -> None:
    if enqueue is None:
        from django_q.tasks import async_task as enqueue
    enqueue("modeling.tasks.make_dynamics", run.pk, task_name=f"social dynamics {run.pk}")


def request_missing_dynamics() -> int:
    """Of versions that were in use: what was never read, what is out of date, and what the queue has lost. Returns how many runs."""
    requested = 0
    for project in Project.objects.filter(champion__isnull=False):
        changed_at = _changed_at(project)
        for version in read_versions(project):
            requested += _request_if_due(version, changed_at)
    return requested


def read_versions(project: Project) -> "QuerySet[ModelVersion]":
    """Those that were in use, the one that came into use last first."""
    newest = VersionChange.objects.filter(version=OuterRef("pk")).order_by("-id")
    versions = project.versions.annotate(came=Subquery(newest.values("pk")[:1])).filter(came__isnull=False)
    return versions.defer("loss_steps", "manifest").order_by("-came")[:MOST_VERSIONS]


def wait_again(run: DynamicsRun) -> None:
    """After a slice: it goes to the end of the queue, with what it has done."""
    ours = DynamicsRun.objects.filter(pk=run.pk, state=WorkState.RUNNING, started_at=run.started_at)
    ours.update(state=WorkState.REQUESTED, requested_at=timezone.now())
    run.refresh_from_db()


def _changed_at(project: Project) -> datetime:
    imported = project.datasets.filter(state=WorkState.DONE).aggregate(newest=Max("finished_at"))["newest"]
    watched = WatchedWord.objects.filter(project=project).aggregate(newest=Max("added_at"))["newest"]
    return max(filter(None, (imported, watched)), default=project.created_at)


def _request_if_due(version: ModelVersion, changed_at: datetime) -> bool:
    if waiting := version.dynamics_runs.filter(state=WorkState.REQUESTED).first():
        return _enqueue_if_lost(waiting)
    runs = list(version.dynamics_runs.filter(asked_at__gt=changed_at)[:MOST_FAILURES])
    failed = [run for run in runs if run.state == WorkState.FAILED]
    if len(failed) < len(runs) or len(failed) == MOST_FAILURES:
        return False
    request_dynamics(version)
    return True


def _enqueue_if_lost(run: DynamicsRun) -> bool:
    now = timezone.now()
    lost = DynamicsRun.objects.filter(pk=run.pk, state=WorkState.REQUESTED, requested_at__lt=now - WAITED_TOO_LONG)
    if not lost.update(requested_at=now):
        return False
    enqueue_dynamics(run)
    return True
