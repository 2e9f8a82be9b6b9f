from datetime import UTC, datetime

import pytest
from django.utils import timezone

from modeling.intake import hand_in, request_cycle
from modeling.lifecycle import cancel, fail
from modeling.models import CycleTrigger, LedgerEntry, Project, RetrainingCycle
from modeling.pipeline.start_due_cycles import last_slot, next_slot, start_due_cycles
from tests.factories import make_comment, make_dataset, make_intake_row, make_project, make_version
from tests.feedback.pipeline.test_assign import in_threads

pytestmark = pytest.mark.django_db
OCTOBER, FIRST, LATER = (datetime(2026, *at, tzinfo=UTC) for at in ((10, 12), (11, 1, 3), (11, 20, 17)))


@pytest.fixture
def project():
    project = make_project()
    make_version(project, champion=True)
    return project


def bring_labels(project: Project, count: int = 1) -> None:
    dataset = project.datasets.first() or make_dataset(project)
    rows = [make_intake_row(make_comment(dataset), project.champion) for _ in range(count)]
    hand_in(project=project, provenance="a round", rows=rows, annotation_count=count)


def ask_monthly(project: Project, since: datetime = OCTOBER) -> None:
    Project.objects.filter(pk=project.pk).update(monthly_since=since)


def ask_at(project: Project, labels: int) -> None:
    Project.objects.filter(pk=project.pk).update(labels_for_cycle=labels)


def end(cycle: RetrainingCycle) -> None:
    RetrainingCycle.objects.filter(pk=cycle.pk).update(state="held", decided_at=timezone.now())


def test_slots_do_not_drift_over_a_february() -> None:
    at, slots = datetime(2026, 1, 31, tzinfo=UTC), []
    for _ in range(3):
        slots.append(at := next_slot(at))
    assert [f"{slot:%m-%d %H}" for slot in slots] == ["02-01 03", "03-01 03", "04-01 03"]
    assert last_slot(FIRST) == FIRST


def test_a_month_starts_one_cycle_on_its_first_and_no_second_one(project) -> None:
    ask_monthly(project)
    bring_labels(project)
    assert start_due_cycles(now=datetime(2026, 10, 31, 23, 59, tzinfo=UTC)) == 0
    assert start_due_cycles(now=FIRST) == 1
    cycle = project.cycles.get()
    assert cycle.provenance == "monthly, November 2026"
    end(cycle)
    bring_labels(project)
    assert start_due_cycles(now=LATER) == 0


def test_months_that_were_missed_are_made_up_for_once(project) -> None:
    ask_monthly(project, since=datetime(2026, 7, 2, tzinfo=UTC))
    bring_labels(project)
    assert [start_due_cycles(now=LATER) for _ in range(3)] == [1, 0, 0]
    end(project.cycles.get())
    bring_labels(project)
    assert start_due_cycles(now=LATER) == 0


def test_switched_on_in_the_middle_of_a_month_it_waits_for_the_next(project) -> None:
    ask_monthly(project, since=datetime(2026, 11, 5, tzinfo=UTC))
    bring_labels(project)
    assert start_due_cycles(now=LATER) == 0
    assert start_due_cycles(now=datetime(2026, 12, 1, 3, 2, tzinfo=UTC)) == 1


def test_without_anything_new_it_does_nothing_and_says_so(project) -> None:
    ask_monthly(project)
    assert start_due_cycles(now=FIRST) == 0
    assert "nothing new had come in" in project.cycle_triggers.get().said
    assert LedgerEntry.objects.filter(action="cycle.not_started").count() == 1
    start_due_cycles(now=LATER)
    assert project.cycle_triggers.count() == 1


def test_a_cycle_under_way_lets_the_month_wait(project) -> None:
    ask_monthly(project)
    bring_labels(project)
    running = request_cycle(project=project, in_background=False)
    bring_labels(project)
    assert start_due_cycles(now=FIRST) == 0
    assert not project.cycle_triggers.exists()
    end(running)
    assert start_due_cycles(now=LATER) == 1


def test_enough_new_labels_start_a_cycle(project) -> None:
    ask_at(project, 5)
    bring_labels(project, 4)
    assert start_due_cycles() == 0
    bring_labels(project, 1)
    assert start_due_cycles() == 1
    cycle = project.cycles.get()
    assert cycle.batches.count() == 2
    assert cycle.provenance == "at 5 new labels"
    end(cycle)
    assert start_due_cycles() == 0


def test_a_cycle_that_was_cancelled_or_failed_does_not_start_again_by_itself(project) -> None:
    ask_at(project, 2)
    bring_labels(project, 2)
    cancel(cycle=request_cycle(project=project, in_background=False), by=None)
    assert start_due_cycles() == 0
    bring_labels(project, 2)
    assert start_due_cycles() == 1
    fail(project.cycles.first(), "out of memory")
    assert start_due_cycles() == 0


def test_it_takes_the_projects_lane(project) -> None:
    Project.objects.filter(pk=project.pk).update(labels_for_cycle=1, cycle_lane="fast")
    bring_labels(project)
    start_due_cycles()
    assert project.cycles.get().lane == "fast"


def test_projects_that_ask_for_nothing_or_have_no_model_are_left_alone(project) -> None:
    bring_labels(project)
    bare = make_project("Bare")
    Project.objects.filter(pk=bare.pk).update(labels_for_cycle=1, monthly_since=OCTOBER)
    assert start_due_cycles(now=LATER) == 0
    assert not CycleTrigger.objects.exists()


def test_workers_that_ask_at_once_start_one_cycle(shared_database) -> None:
    project = make_project()
    make_version(project, champion=True)
    Project.objects.filter(pk=project.pk).update(labels_for_cycle=1, monthly_since=OCTOBER)
    bring_labels(project)
    started = in_threads([lambda: start_due_cycles(now=LATER)] * 6)
    assert sum(started) == 1
    assert project.cycles.count() == 1
    assert CycleTrigger.objects.filter(cycle__isnull=False).count() == 1
