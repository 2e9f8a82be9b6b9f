from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from modeling.models import RetrainingCycle, ScoringRun, WorkState
from tests.factories import make_cycle, make_project, make_version

pytestmark = pytest.mark.django_db


def test_a_cycle_that_is_delivered_twice_is_left_to_the_one_who_has_it() -> None:
    cycle = make_cycle(make_project(), state=RetrainingCycle.State.TRAINING)
    out = StringIO()
    call_command("run_cycle", id=cycle.pk, stdout=out)
    cycle.refresh_from_db()
    assert cycle.state == RetrainingCycle.State.TRAINING
    assert "no longer waiting" in out.getvalue()


def test_a_scoring_that_is_delivered_twice_is_left_to_the_one_who_has_it() -> None:
    run = ScoringRun.objects.create(version=make_version(make_project(), champion=True), state=WorkState.RUNNING)
    call_command("score_comments", id=run.pk, stdout=StringIO())
    run.refresh_from_db()
    assert run.state == WorkState.RUNNING


def test_a_cycle_without_feedback_is_refused_with_what_to_do() -> None:
    project = make_project()
    make_version(project, champion=True)
    with pytest.raises(CommandError, match="Close a round first"):
        call_command("run_cycle", project=project.slug)
