"""What the fault benchmark counts, on cycles whose fate is known."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from benchmarks import hold
from benchmarks.faults import BEFORE_VERDICT, COUNTS, HELD, PLACES, SEALING, VICTIMS, Outcome, is_possible, judge
from modeling import ledger
from modeling.lifecycle import Beat
from modeling.models import CycleBundle, LedgerEntry, RetrainingCycle, VersionChange
from tests.factories import make_cycle, make_project, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_version(project, champion=True)
    return project


def note(cycle, action: str) -> None:
    with transaction.atomic():
        ledger.append(actor="system", action=action, subject=f"cycle {cycle.number} of {cycle.project.slug}", payload={})


def decided(project, state: str = "held") -> RetrainingCycle:
    cycle = make_cycle(project, state=state, gate_config={})
    for arm in ("none", "real"):
        cycle.candidate = make_version(project, cycle=cycle, arm=arm)
    cycle.decided_at = timezone.now()
    cycle.save()
    note(cycle, "cycle.held")
    CycleBundle.objects.create(cycle=cycle, decided_at=cycle.decided_at, file="bundle.zip", sha256="0", size=1)
    return cycle


def counted(project, cycle, *, new_cycles: int = 1, asked: bool = False, champion_before: int | None = None) -> dict[str, int]:
    outcome = Outcome(hit=1, state=cycle.state, retries=0, seconds=1.0, causes=[])
    before = champion_before or project.champion_id
    judge(outcome, cycle_id=cycle.pk, new_cycles=new_cycles, champion_before=before, asked=asked)
    return {name: getattr(outcome, name) for name in COUNTS if getattr(outcome, name)}


def test_a_cycle_that_went_well_counts_nothing(project) -> None:
    assert counted(project, decided(project)) == {}


@pytest.mark.parametrize(
    ("state", "found"), [("training", {"lost": 1}), ("requested", {"lost": 1}), ("failed", {"undecided": 1}), ("cancelled", {"undecided": 1})]
)
def test_one_that_never_ended_is_lost_and_one_without_verdict_undecided(project, state, found) -> None:
    assert counted(project, make_cycle(project, state=state)) == found


def test_a_cycle_that_is_gone_is_lost(project) -> None:
    cycle = decided(project)
    pk, number = cycle.pk, cycle.number
    cycle.versions.all().delete()
    RetrainingCycle.objects.filter(pk=pk).delete()
    assert counted(project, RetrainingCycle(pk=pk, number=number, state="held")) == {"lost": 1}


def test_whatever_is_there_twice_is_doubled(project) -> None:
    cycle = decided(project)
    assert counted(project, cycle, new_cycles=2) == {"doubled": 1}
    other = decided(project)
    note(other, "cycle.held")
    assert counted(project, other) == {"doubled": 1}


def test_another_champion_needs_a_promotion_that_was_asked_for(project) -> None:
    before = project.champion_id
    cycle = decided(project, "promoted")
    project.champion = cycle.candidate
    project.save()
    assert counted(project, cycle, champion_before=before, asked=True) == {"unexplained_champion": 1}
    VersionChange.objects.create(project=project, version=cycle.candidate, kind="overridden", cycle=cycle)
    assert counted(project, cycle, champion_before=before, asked=True) == {}
    assert counted(project, cycle, champion_before=before) == {"unexplained_champion": 1}


def test_a_verdict_without_its_bundle_is_unsealed(project) -> None:
    cycle = decided(project)
    cycle.bundles.update(decided_at=cycle.decided_at - timedelta(seconds=1))
    assert counted(project, cycle) == {"unsealed": 1}


@pytest.fixture
def watched(settings, tmp_path):
    """This process stops where it is asked to, as the benchmark's site does."""
    settings.VAR_DIR = tmp_path
    with connection.execute_wrapper(hold._stop_behind):
        yield tmp_path
    hold.release(tmp_path)


def test_a_process_stops_behind_the_statement_it_is_asked_for_until_it_is_released(project, watched) -> None:
    cycle = decided(project)
    hold.ask(watched, HELD["promoting"])
    RetrainingCycle.objects.update(stage="measuring")
    assert not hold.held(watched), "another statement"
    seen: list[bool] = []

    def release() -> None:
        while not hold.held(watched):
            time.sleep(0.01)
        seen.append(True)
        hold.release(watched)

    releasing = threading.Thread(target=release)
    releasing.start()
    VersionChange.objects.create(project=project, version=cycle.candidate, kind="overridden", cycle=cycle)
    releasing.join()
    assert seen == [True]


def test_the_stage_of_deciding_is_one_to_stop_behind(project, watched, monkeypatch) -> None:
    monkeypatch.setattr(hold, "LONGEST", 0.0)
    cycle = make_cycle(project, state="evaluating")
    hold.ask(watched, HELD["deciding"])
    Beat(cycle)(stage="measuring", progress=0.9)
    assert not hold.held(watched)
    Beat(cycle)(stage="deciding", progress=0.98)
    assert hold.held(watched)


def test_a_ledger_that_was_touched_is_counted(project) -> None:
    cycle = decided(project)
    LedgerEntry.objects.update(action="cycle.eligible")
    assert counted(project, cycle)["ledger_problems"] >= 1


def test_every_place_is_told_from_every_other() -> None:
    seen = {
        "requested": ("requested", "", 0),
        "reading labels": ("training", "reading labels", 0),
        "training none": ("training", "training none", 0),
        "between arms": ("training", "training none", 1),
        "training echo": ("training", "training echo", 1),
        "training placebo": ("training", "training placebo", 2),
        "training real": ("training", "training real", 3),
        "scoring": ("evaluating", "scoring with v5", 4),
        "measuring": ("evaluating", "measuring", 4),
        "deciding": ("evaluating", "deciding", 4),
    }
    assert set(seen) == set(BEFORE_VERDICT) == set(PLACES)
    for at, where in seen.items():
        assert [place for place, is_there in PLACES.items() if is_there(*where)] == [at]
    assert [victim for victim in VICTIMS if not is_possible(victim, "promoting")] == ["training child"]
    assert all(is_possible(victim, SEALING) for victim in VICTIMS), "the child that reached the verdict seals it"
