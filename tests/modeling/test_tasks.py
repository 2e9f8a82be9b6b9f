"""What becomes of work whose child process died."""

import os

import pytest

from modeling.models import RetrainingCycle
from modeling.tasks import NICENESS, _supervise
from tests.factories import make_cycle, make_project, make_version

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("asked_anew", "state"), [(False, "failed"), (True, "requested")])
def test_a_child_that_died_fails_its_own_work_and_not_what_was_asked_for_anew_meanwhile(asked_anew, state) -> None:
    project = make_project()
    make_version(project, champion=True)
    cycle = make_cycle(project)
    if asked_anew:
        RetrainingCycle.objects.filter(pk=cycle.pk).update(requested_at="2031-01-01T00:00:00Z")
    _supervise(["no_such_command"], cycle, timeout=120)
    assert RetrainingCycle.objects.get(pk=cycle.pk).state == state


def test_a_child_yields_to_what_people_wait_for() -> None:
    project = make_project()
    make_version(project, champion=True)
    cycle = make_cycle(project)
    own = os.getpriority(os.PRIO_PROCESS, 0)
    _supervise(["shell", "-c", "import os, sys; sys.exit(f'nice {os.getpriority(os.PRIO_PROCESS, 0)}')"], cycle, timeout=120)
    cycle.refresh_from_db()
    assert cycle.error.endswith(f"nice {min(own + NICENESS, 19)}")
