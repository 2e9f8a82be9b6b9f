"""When a version's maps are read by themselves: once, again when something has come in, and not without end."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from modeling.lifecycle import fail_lost, read_versions, request_missing_dynamics
from modeling.models import DynamicsRun, WatchedWord, WorkState
from tests.factories import make_project, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_version(project, champion=True)
    return project


def ended(state=WorkState.DONE) -> None:
    DynamicsRun.objects.filter(state=WorkState.REQUESTED).update(state=state)


def test_a_version_in_use_is_read_once(project):
    assert request_missing_dynamics() == 1
    assert request_missing_dynamics() == 0, "it waits"
    ended()
    assert request_missing_dynamics() == 0


def test_versions_that_were_in_use_are_read_too_and_arms_of_cycles_are_not(project):
    first, _arm, now = project.champion, make_version(project), make_version(project, champion=True)
    assert [version.pk for version in read_versions(project)] == [now.pk, first.pk]
    assert request_missing_dynamics() == 2


def test_they_are_read_again_when_a_word_is_watched_or_comments_come_in(project):
    request_missing_dynamics()
    ended()
    WatchedWord.objects.create(project=project, word="zorvex")
    assert request_missing_dynamics() == 1
    ended()
    project.datasets.create(name="new", state=WorkState.DONE, finished_at=timezone.now() + timedelta(seconds=1))
    assert request_missing_dynamics() == 1


def test_a_failure_is_tried_again_twice_and_then_left_to_a_lead(project):
    requested = []
    for _ in range(5):
        requested.append(request_missing_dynamics())
        ended(WorkState.FAILED)
    assert requested == [1, 1, 1, 0, 0]


def test_what_the_queue_has_lost_is_queued_again(project):
    request_missing_dynamics()
    OrmQ.objects.all().delete()
    DynamicsRun.objects.update(requested_at=timezone.now() - timedelta(minutes=11))
    assert request_missing_dynamics() == 1
    assert DynamicsRun.objects.count() == OrmQ.objects.count() == 1


def test_a_run_that_died_is_failed(project):
    request_missing_dynamics()
    DynamicsRun.objects.update(state=WorkState.RUNNING, heartbeat_at=timezone.now() - timedelta(minutes=5))
    assert fail_lost() == 1
    assert "died" in DynamicsRun.objects.get().error
