import time

import pytest
from django.utils import timezone
from django_q.models import OrmQ, Task

from biasapp.queue_watch import ASK_EVERY, PATIENCE, QueueWatch
from tests.factories import make_cycle, make_project

pytestmark = pytest.mark.django_db


def asked(cluster: str = "default") -> QueueWatch:
    """A watch that has asked its cluster for a sign of life, longer ago than its patience lasts."""
    watch = QueueWatch(cluster)
    watch.asked_at = time.monotonic() - ASK_EVERY
    assert not watch.is_wedged()
    assert OrmQ.objects.count() == 1
    watch.asked_at = time.monotonic() - PATIENCE
    return watch


def test_a_cluster_that_answers_nothing_is_wedged() -> None:
    assert asked().is_wedged()


def test_a_cluster_that_answered_is_not() -> None:
    watch = asked()
    now = timezone.now()
    Task.objects.create(id=watch.ping_id, name="ping", func="modeling.tasks.ping", started=now, stopped=now, success=True)
    assert not watch.is_wedged()


def test_a_cluster_that_works_on_a_long_job_is_not() -> None:
    make_cycle(make_project(), state="training", heartbeat_at=timezone.now())
    assert not asked("train").is_wedged()
    OrmQ.objects.all().delete()
    assert asked("default").is_wedged()


def test_it_does_not_ask_more_than_once_a_minute() -> None:
    watch = QueueWatch("default")
    assert not watch.is_wedged()
    assert not OrmQ.objects.exists()
