"""Plan: what rounds of any size would show and find in the pool, counted in the background and stored for the form that opens a round."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from feedback.crowd.planning import make_plan
from feedback.crowd.suspicion import missing_signals
from feedback.errors import NoPredictionsError
from feedback.models import AnnotationRound, SamplingPlan
from feedback.pipeline.read_pool import read_pool
from modeling.models import Project

ASK_AGAIN_AFTER = timedelta(minutes=5)


def make_sampling_plan(*, project: Project) -> SamplingPlan | None:
    """None where there is nothing to count: no model in use, or it has not scored the whole pool."""
    version, started = project.champion, timezone.now()
    if version is None:
        return None
    try:
        reading = read_pool(project=project, version=version)
    except NoPredictionsError:
        return None
    plan = make_plan(reading.pool, reading.inclusion)
    found = {"version": version, "content": plan.as_dict(), "signals_missing": list(missing_signals(reading.pool)), "made_at": started}
    return SamplingPlan.objects.update_or_create(project=project, defaults=found)[0]


def fresh_plan(project: Project) -> SamplingPlan | None:
    """The stored plan, if it is about the model in use and no round has been opened or closed since it was counted."""
    plan = SamplingPlan.objects.filter(project=project, version=project.champion_id, made_at__isnull=False).first()
    if plan is None:
        return None
    changed = _last_change(project)
    return plan if changed is None or changed < plan.made_at else None  # type: ignore[operator]  # a plan that is kept has its time


def request_plan(project: Project) -> bool:
    """Have the plan counted again, unless that was asked for minutes ago. Whether it was asked for now."""
    now = timezone.now()
    with transaction.atomic():
        defaults = {"version": project.champion}
        stored, _ = SamplingPlan.objects.select_for_update().get_or_create(project=project, defaults=defaults)
        asked_long_ago = Q(requested_at=None) | Q(requested_at__lt=now - ASK_AGAIN_AFTER)
        asked = bool(SamplingPlan.objects.filter(asked_long_ago, pk=stored.pk).update(requested_at=now))
        if asked:
            transaction.on_commit(lambda: _enqueue(project.pk))
    return asked


def _last_change(project: Project) -> datetime | None:
    rounds = project.rounds.exclude(state__in=[AnnotationRound.State.DRAWING, AnnotationRound.State.FAILED])
    found = rounds.aggregate(opened=Max("opened_at"), closed=Max("closed_at"))
    return max((at for at in found.values() if at), default=None)


def _enqueue(project_id: int) -> None:
    from django_q.tasks import async_task

    async_task("feedback.tasks.plan_rounds", project_id, task_name=f"plan rounds of project {project_id}")
