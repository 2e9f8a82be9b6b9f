"""What is decided is sealed, also where the process that seals was killed. Sealing itself: test_bundle.py."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from modeling.models import CycleBundle, LedgerEntry, RetrainingCycle
from modeling.pipeline.request_sealing import ASKED_AGAIN_AFTER, GIVEN_UP_AFTER
from modeling.tasks import request_missing_sealing
from tests.factories import make_cycle, make_project, make_version
from tests.modeling.decided import decision

pytestmark = pytest.mark.django_db


@pytest.fixture
def unsealed() -> RetrainingCycle:
    """Its process was killed right after the verdict."""
    project = make_project()
    make_version(project, champion=True)
    cycle = make_cycle(project, "held", decision=decision(eligible=False))
    cycle.candidate = make_version(project, cycle=cycle, arm="real")
    cycle.decided_at = cycle.queued_at = timezone.now() - 2 * ASKED_AGAIN_AFTER
    cycle.save()
    return cycle


def move(cycle: RetrainingCycle, **fields: object) -> None:
    RetrainingCycle.objects.filter(pk=cycle.pk).update(**fields)


def test_a_verdict_whose_sealing_was_killed_is_sealed_by_the_schedule(unsealed) -> None:
    call_command("schedule_jobs")
    assert Schedule.objects.filter(func="modeling.tasks.request_missing_sealing").exists()
    assert request_missing_sealing() == 1
    queued = OrmQ.objects.get()
    assert (queued.key, queued.task["func"], queued.task["args"]) == ("train", "modeling.tasks.run_cycle", (unsealed.pk,))
    assert request_missing_sealing() == 0, "it has been asked for just now"
    move(unsealed, queued_at=timezone.now() - 2 * ASKED_AGAIN_AFTER)
    assert request_missing_sealing() == 1, "that one was lost too"


def test_what_is_sealed_is_left_alone_until_there_is_another_verdict(unsealed) -> None:
    CycleBundle.objects.create(cycle=unsealed, decided_at=unsealed.decided_at, file="bundle.zip", sha256="0", size=1)
    assert request_missing_sealing() == 0
    move(unsealed, decided_at=unsealed.decided_at + timedelta(seconds=1))
    assert request_missing_sealing() == 1


@pytest.mark.parametrize("state", ["requested", "training", "evaluating", "failed", "cancelled"])
def test_what_is_not_decided_is_not_sealed(unsealed, state) -> None:
    move(unsealed, state=state)
    assert request_missing_sealing() == 0


def test_it_waits_while_the_first_sealing_may_be_under_way_and_ends_after_a_day(unsealed) -> None:
    move(unsealed, decided_at=timezone.now())
    assert request_missing_sealing() == 0
    move(unsealed, decided_at=timezone.now() - GIVEN_UP_AFTER)
    assert request_missing_sealing() == 0


def test_a_verdict_that_cannot_be_sealed_says_so_once_and_is_not_asked_for_again(unsealed) -> None:
    move(unsealed, candidate=None)
    out = StringIO()
    for _ in range(2):
        call_command("run_cycle", id=unsealed.pk, stdout=out)
    assert LedgerEntry.objects.get(action="cycle.not_sealed").payload["reason"] in out.getvalue()
    move(unsealed, candidate=unsealed.candidate)
    assert request_missing_sealing() == 0
