from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from modeling.config import GateConfig
from modeling.intake import hand_in, request_cycle
from modeling.lifecycle import cancel, fail, retry
from modeling.measures.gate import decide
from modeling.models import GateLook, LedgerEntry, RetrainingCycle
from modeling.reports import gate_history
from modeling.spending import budget_of, take_look
from tests.factories import make_comment, make_cycle, make_dataset, make_intake_row, make_project, make_version
from tests.modeling.measures.worlds import make_world, rescored

pytestmark = pytest.mark.django_db
YEAR = timezone.now().year


@pytest.fixture
def project():
    project = make_project()
    make_version(project, champion=True)
    return project


def looked_at(project, times: int) -> RetrainingCycle:
    """The last of so many cycles whose looks were taken and decided."""
    for _ in range(times):
        cycle = make_cycle(project, state="held", gate_config=GateConfig().as_dict())
        look = take_look(cycle=cycle, rests_on="gate as it is")
        GateLook.objects.filter(pk=look.pk).update(decided_at=timezone.now())
    return cycle


def test_every_look_of_a_year_spends_the_next_share(project) -> None:
    cycle = looked_at(project, 3)
    assert [(look.year, look.number) for look in project.gate_looks.all()] == [(YEAR, 1), (YEAR, 2), (YEAR, 3)]
    assert cycle.gate_config["look"] == 3
    assert (budget_of(project).taken, budget_of(project).left) == (3, 9)
    assert LedgerEntry.objects.filter(action="gate.look_taken").count() == 3


def test_the_thirteenth_look_has_nothing_left_to_spend(project) -> None:
    cycle = looked_at(project, 13)
    assert [look.alpha > 0 for look in project.gate_looks.all()] == [True] * 12 + [False]
    assert GateConfig.from_dict(cycle.gate_config).is_spent
    assert budget_of(project).left == 0


def test_a_gain_beyond_the_twelfth_look_is_held_with_a_plain_reason() -> None:
    champion = make_world(1500, noise=0.5)
    better = rescored(champion, noise=0.05, seed=1)
    rules = GateConfig(primary_measure="accuracy", primary_resamples=600)
    twelfth, thirteenth = (decide(champion, better, GateConfig(**{**rules.as_dict(), "look": look, "year": 2026})) for look in (12, 13))
    assert twelfth.primary.passed
    assert thirteenth.primary.p_value == twelfth.primary.p_value
    assert not thirteenth.primary.passed
    assert not thirteenth.eligible
    assert thirteenth.reasons[0].startswith("The 12 looks at gate that 2026 has are spent")
    assert "A lead may promote with a reason" in thirteenth.reasons[0]


def measured(project) -> RetrainingCycle:
    return make_cycle(project, state="evaluating", gate_config=GateConfig().as_dict())


def test_a_cycle_that_died_while_it_was_measured_goes_on_under_the_same_look(project) -> None:
    cycle = measured(project)
    assert take_look(cycle=cycle, rests_on="gate as it is") == take_look(cycle=cycle, rests_on="gate as it is")
    assert project.gate_looks.count() == 1


def test_where_gate_has_grown_since_the_one_that_died_it_is_another_look(project) -> None:
    cycle = measured(project)
    first, second = (take_look(cycle=cycle, rests_on=gate) for gate in ("gate as it was", "gate with more"))
    first.refresh_from_db()
    assert (first.number, second.number) == (1, 2)
    assert (first.decided_at is not None, first.decision, second.decided_at) == (True, {}, None), "spent, without a verdict"
    assert cycle.gate_config["look"] == 2
    assert LedgerEntry.objects.filter(action="gate.look_broken_off").count() == 1


@pytest.mark.parametrize("decision", [{}, {"eligible": False}])
def test_every_look_that_is_stopped_half_way_costs_a_share(project, decision) -> None:
    cycle = measured(project)
    for _ in range(5):
        RetrainingCycle.objects.filter(pk=cycle.pk).update(state="evaluating", decision=decision)
        cycle.refresh_from_db()
        take_look(cycle=cycle, rests_on="gate as it is")
        fail(cycle, "Cancelled on request.", state="cancelled")
    assert [look.number for look in cycle.looks.all()] == [1, 2, 3, 4, 5]
    assert budget_of(project).taken == 5


def test_a_look_that_was_broken_off_is_shown_as_spent(project) -> None:
    cycle = measured(project)
    take_look(cycle=cycle, rests_on="gate as it is")
    fail(cycle, "Cancelled on request.", state="cancelled")
    take_look(cycle=cycle, rests_on="gate as it is")
    history = gate_history(cycle, champion_id=project.champion_id)
    assert [row.verdict for row in history.looks] == ["Broken off, and spent", ""]
    assert history.looks[1].provenance == "begun again after a look that was broken off"


def test_one_that_failed_and_is_stopped_while_it_waits_has_spent_its_look(project) -> None:
    cycle = measured(project)
    take_look(cycle=cycle, rests_on="gate as it is")
    fail(cycle, "out of memory")
    retry(cycle=cycle)
    cancel(cycle=cycle, by=None)
    assert not cycle.looks.filter(decided_at=None).exists()


def test_a_new_year_brings_new_looks_and_says_which_year_it_is(project, monkeypatch) -> None:
    looked_at(project, 12)
    monkeypatch.setattr("modeling.spending.timezone.now", lambda: datetime(YEAR + 1, 1, 1, 3, tzinfo=UTC))
    cycle = make_cycle(project, state="evaluating", gate_config=GateConfig().as_dict())
    look = take_look(cycle=cycle, rests_on="gate as it is")
    assert (look.year, look.number) == (YEAR + 1, 1)
    assert (cycle.gate_config["year"], cycle.gate_config["look"]) == (YEAR + 1, 1)


def test_no_share_is_spent_twice_whatever_the_code_does(project) -> None:
    cycle = looked_at(project, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        GateLook.objects.create(project=project, cycle=cycle, year=YEAR, number=1, alpha=0.004, provenance="by hand")


def test_projects_have_budgets_of_their_own(project) -> None:
    looked_at(project, 5)
    assert budget_of(make_project("Other")).taken == 0


def test_the_gates_seed_cannot_be_chosen_with_the_trainings(project) -> None:
    rows = [make_intake_row(make_comment(make_dataset(project)), project.champion)]
    hand_in(project=project, provenance="round 1", rows=rows, annotation_count=2)
    seeds = set()
    for seed in (0, 1, 2):
        cycle = request_cycle(project=project, seed=seed, gate=GateConfig(seed=seed), in_background=False)
        assert cycle.training_config["seed"] == seed
        seeds.add(cycle.gate_config["seed"])
        RetrainingCycle.objects.filter(pk=cycle.pk).delete()
    assert len(seeds) == 1
    assert seeds.isdisjoint({0, 1, 2})
