"""The measure that decides a cycle: what is offered, what is known of gate, and what the pages and the API say of it."""

from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import timezone

from modeling.config import GateConfig
from modeling.intake import hand_in, request_cycle
from modeling.labels import DEFAULT_PRIMARY_MEASURE, Split
from modeling.models import Evaluation, FeedbackBatch, Project, RetrainingCycle, Role
from modeling.pipeline.start_due_cycles import start_due_cycles
from modeling.primary_measures import PRIMARY_MEASURES
from modeling.reports import decided_by, primary_choices, proposed_primary, would_decide
from tests.factories import make_comment, make_dataset, make_intake_row, make_member, make_project, make_version
from tests.modeling.decided import make_decided_cycle

pytestmark = pytest.mark.django_db
State = RetrainingCycle.State


@pytest.fixture
def project() -> Project:
    project = make_project()
    make_version(project, champion=True)
    return project


@pytest.fixture
def lead(client, project):
    client.force_login(make_member(project, Role.LEAD))
    return client


def hand_in_with(project, number: int, measure: str):
    row = make_intake_row(make_comment(make_dataset(project)), project.champion)
    return hand_in(project=project, provenance=f"round {number}", rows=[row], annotation_count=1, primary_measure=measure)


def on_gate(project, measure: str, value: float | None, low: float | None) -> None:
    Evaluation.objects.create(version=project.champion, split=Split.GATE, measure=measure, value=value, low=low, n=100)


def page(client, name, project, *args) -> str:
    return client.get(reverse(f"modeling:{name}", args=[project.slug, *args])).content.decode()


def test_the_jigsaw_score_is_offered_first_and_proposed_while_gate_was_not_measured(project) -> None:
    assert [choice.name for choice in primary_choices(project)] == list(PRIMARY_MEASURES)
    assert next(iter(PRIMARY_MEASURES)) == DEFAULT_PRIMARY_MEASURE == proposed_primary(project)


def test_where_gate_has_no_value_the_first_measure_that_has_one_is_proposed(project) -> None:
    on_gate(project, "jigsaw_score", None, None)
    on_gate(project, "accuracy", 0.8, 0.7)
    assert proposed_primary(project) == "accuracy"
    assert [choice.name for choice in primary_choices(project) if choice.is_missing] == ["jigsaw_score"]


def test_a_value_without_an_interval_cannot_be_tested_either(project) -> None:
    on_gate(project, "jigsaw_score", 0.8, None)
    assert proposed_primary(project) == "accuracy"


def test_what_an_earlier_version_or_another_split_had_says_nothing(project) -> None:
    on_gate(project, "jigsaw_score", None, None)
    Evaluation.objects.update(split=Split.TEST)
    assert proposed_primary(project) == "jigsaw_score"
    Evaluation.objects.update(split=Split.GATE)
    make_version(project, champion=True)
    assert proposed_primary(project) == "jigsaw_score"


def test_a_cycle_that_the_settings_start_is_decided_by_the_measure_that_was_chosen_last_too(project) -> None:
    hand_in_with(project, 1, "jigsaw_score")
    hand_in_with(project, 2, "macro_f1")
    Project.objects.filter(pk=project.pk).update(labels_for_cycle=1)
    assert start_due_cycles() == 1
    assert project.cycles.get().gate_config["primary_measure"] == "macro_f1"


def test_a_cycle_knows_which_round_chose_and_what_older_ones_asked_for(project) -> None:
    hand_in_with(project, 1, "jigsaw_score")
    hand_in_with(project, 2, "accuracy")
    hand_in_with(project, 3, "accuracy")
    cycle = request_cycle(project=project, in_background=False)
    found = decided_by(cycle, list(cycle.batches.all()))
    assert (found.measure.name, found.chosen_with, found.others) == ("accuracy", "round 3", ("Jigsaw score",))


def test_what_older_rounds_asked_for_is_said_only_where_a_round_decided(project) -> None:
    hand_in_with(project, 1, "jigsaw_score")
    hand_in_with(project, 2, "accuracy")
    cycle = request_cycle(project=project, gate=GateConfig(primary_measure="macro_f1"), in_background=False)
    assert decided_by(cycle, list(cycle.batches.all())).why == "chosen with the request for this cycle"


def test_of_labels_from_before_rounds_could_choose_it_is_not_said_that_somebody_chose(lead, project) -> None:
    hand_in_with(project, 1, "")
    cycle = request_cycle(project=project, in_background=False)
    assert "the usual one, as no round chose another" in page(lead, "cycle-detail", project, cycle.number)
    hand_in_with(project, 2, "accuracy")
    assert would_decide(list(project.feedback_batches.all())).why == "chosen when round 2 opened"


def test_batches_from_before_rounds_could_choose_are_told_by_the_ledger(project) -> None:
    chosen = hand_in_with(project, 1, "accuracy")
    usual = FeedbackBatch.objects.create(project=project, provenance="round 0", primary_measure="jigsaw_score", chosen_at=timezone.now())
    import_module("modeling.migrations.0014_who_chose_the_measure").tell_chosen_from_usual(apps, None)
    chosen.refresh_from_db()
    usual.refresh_from_db()
    assert (chosen.primary_measure, chosen.chosen_at) == ("accuracy", chosen.created_at)
    assert (usual.primary_measure, usual.chosen_at) == ("", None)


def test_the_page_of_a_cycle_says_which_measure_decides_and_why(lead, project) -> None:
    hand_in_with(project, 1, "jigsaw_score")
    hand_in_with(project, 2, "accuracy")
    cycle = request_cycle(project=project, in_background=False)
    html = page(lead, "cycle-detail", project, cycle.number)
    assert ">Accuracy</abbr>" in html
    assert "chosen when round 2 opened; rounds that opened before chose Jigsaw score, and the last to open counts" in html


def test_the_verdict_says_where_its_question_comes_from(lead, project) -> None:
    cycle = make_decided_cycle(project)
    cycle.batches.add(hand_in_with(project, 1, "jigsaw_score"))
    assert "The question that decides is Jigsaw score, chosen when round 1 opened." in page(lead, "cycle-detail", project, cycle.number)


def test_one_that_could_not_be_judged_again_says_why_beside_its_verdict(lead, project) -> None:
    cycle = make_decided_cycle(project, eligible=False)
    assert "came to no verdict" not in page(lead, "cycle-detail", project, cycle.number)
    RetrainingCycle.objects.update(error="Jigsaw score cannot be measured on gate.")
    assert "which came to no verdict: Jigsaw score cannot be measured on gate." in page(lead, "cycle-detail", project, cycle.number)


def test_before_a_cycle_is_started_by_hand_its_measure_is_said(lead, project) -> None:
    hand_in_with(project, 1, "macro_f1")
    html = page(lead, "cycle-start", project)
    assert ">F1 (macro)</abbr>" in html
    assert "Chosen when round 1 opened" in html
    assert "could not be measured" not in html


def test_before_a_cycle_is_started_in_vain_it_is_said(lead, project) -> None:
    hand_in_with(project, 1, "jigsaw_score")
    on_gate(project, "jigsaw_score", None, None)
    assert "Jigsaw score could not be measured on gate when" in page(lead, "cycle-start", project)


def test_the_api_tells_the_measure_of_a_cycle(lead, project) -> None:
    hand_in_with(project, 1, "macro_f1")
    cycle = request_cycle(project=project, in_background=False)
    assert lead.get(reverse("api:cycle-detail", args=[project.slug, cycle.number])).json()["primary_measure"] == "macro_f1"
