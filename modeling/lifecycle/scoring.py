"""Scoring in the background: after a change of the version in use, and of what was imported since."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from modeling.labels import Split
from modeling.models import Comment, ModelVersion, Project, ScoringRun, WorkState


def request_scoring(version: ModelVersion, enqueue: Callable[..., Any] | None = None) -> ScoringRun:
    """Have the whole pool scored by a version in the background, so that the next round samples from its predictions."""
    run = ScoringRun.objects.create(version=version)
    if enqueue is None:
        from django_q.tasks import async_task as enqueue
    enqueue("modeling.tasks.score_comments", run.pk, task_name=f"score with v{version.number}")
    return run


def request_scoring_once(version: ModelVersion) -> ScoringRun | None:
    """As `request_scoring`, unless a run waits or is under way: whoever clicks twice asks once. None: there is one."""
    with transaction.atomic():
        ModelVersion.objects.select_for_update().get(pk=version.pk)
        if version.scoring_runs.filter(state__in=(WorkState.REQUESTED, WorkState.RUNNING)).exists():
            return None
        return request_scoring(version)


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
