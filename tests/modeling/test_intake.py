from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from modeling.config import TrainingConfig
from modeling.errors import CycleRunningError, LabelsInUseError, NoChampionError, NothingToTrainError
from modeling.intake import hand_in, request_cycle, take_back
from modeling.labels import Split
from modeling.models import FeedbackBatch, FeedbackLabel, LedgerEntry
from tests.factories import make_comment, make_dataset, make_intake_row, make_project, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    project = make_project()
    make_version(project, champion=True)
    return project


def rows_for(project, splits=(Split.POOL,)):
    dataset = make_dataset(project)
    return [make_intake_row(make_comment(dataset, split=split), project.champion) for split in splits]


def test_a_batch_is_frozen_with_its_hash_and_a_ledger_entry(project) -> None:
    rows = rows_for(project, [Split.POOL] * 3)
    batch = hand_in(project=project, provenance="round 1", rows=rows, annotation_count=6)
    assert batch.labels.count() == 3
    assert LedgerEntry.objects.get(action="feedback.frozen").payload["sha256"] == batch.sha256


@pytest.mark.parametrize("split", [Split.TRAIN, Split.GATE, Split.TEST, Split.AUDIT])
def test_only_comments_of_the_pool_are_taken(project, split) -> None:
    with pytest.raises(ValueError, match="pool"):
        hand_in(project=project, provenance="round 1", rows=rows_for(project, [Split.POOL, split]), annotation_count=2)
    assert not FeedbackLabel.objects.exists()


def test_the_database_refuses_a_label_outside_the_pool(project) -> None:
    batch = hand_in(project=project, provenance="round 1", rows=rows_for(project), annotation_count=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        batch.labels.update(split=Split.TEST)


def test_comments_of_another_project_are_refused(project) -> None:
    other = make_project("Other")
    make_version(other, champion=True)
    with pytest.raises(ValueError, match="this project"):
        hand_in(project=project, provenance="round 1", rows=rows_for(other), annotation_count=1)


def test_nothing_to_hand_in_is_said(project) -> None:
    with pytest.raises(NothingToTrainError):
        hand_in(project=project, provenance="round 1", rows=[], annotation_count=0)


def test_a_cycle_takes_all_feedback_and_starts_from_the_last_full_lane_version(project) -> None:
    base = project.champion
    make_version(project, champion=True, lane="middle", base=base)
    batches = [hand_in(project=project, provenance=f"round {n}", rows=rows_for(project), annotation_count=1) for n in (1, 2)]
    cycle = request_cycle(project=project, seed=7, in_background=False)
    assert cycle.base == base
    assert list(cycle.batches.order_by("pk")) == batches
    assert TrainingConfig.from_dict(cycle.training_config).seed == 7


def test_a_second_cycle_waits_for_the_first(project) -> None:
    hand_in(project=project, provenance="round 1", rows=rows_for(project), annotation_count=1)
    request_cycle(project=project, in_background=False)
    with pytest.raises(CycleRunningError):
        request_cycle(project=project, in_background=False)


def test_a_cycle_needs_a_model_and_feedback(project) -> None:
    with pytest.raises(NothingToTrainError):
        request_cycle(project=project, in_background=False)
    with pytest.raises(NoChampionError):
        request_cycle(project=make_project("New"), in_background=False)


def handed_in(project, *measures: str):
    return [
        hand_in(project=project, provenance=f"round {n}", rows=rows_for(project), annotation_count=1, primary_measure=measure)
        for n, measure in enumerate(measures, start=1)
    ]


def test_a_cycle_is_decided_by_the_measure_that_was_chosen_last(project) -> None:
    handed_in(project, "accuracy", "mean_subgroup_fpr", "macro_f1")
    cycle = request_cycle(project=project, in_background=False)
    assert cycle.gate_config["primary_measure"] == "macro_f1"
    said = LedgerEntry.objects.get(action="cycle.requested").payload
    assert (said["primary_measure"], said["primary_measure_from"]) == ("macro_f1", "round 3")


def test_who_closes_rounds_in_another_order_decides_nothing(project) -> None:
    """Both were open at once; the later one to open is handed in first."""
    now = timezone.now()
    for number, measure in ((2, "macro_f1"), (1, "mean_subgroup_fpr")):
        about = {"provenance": f"round {number}", "primary_measure": measure, "chosen_at": now + timedelta(hours=number)}
        hand_in(project=project, rows=rows_for(project), annotation_count=1, **about)
    assert request_cycle(project=project, in_background=False).gate_config["primary_measure"] == "macro_f1"
    assert LedgerEntry.objects.get(action="cycle.requested").payload["primary_measure_from"] == "round 2"


def test_a_batch_of_which_nobody_chose_the_measure_leaves_that_to_those_that_did(project) -> None:
    handed_in(project, "macro_f1", "")
    assert request_cycle(project=project, in_background=False).gate_config["primary_measure"] == "macro_f1"


@pytest.mark.parametrize("said", [{"primary_measure": "luck"}, {"primary_measure": ""}, {"chosen_at": None}])
def test_the_database_refuses_a_measure_that_no_round_may_choose(project, said) -> None:
    """Else one row, written past the site, would let no later cycle begin."""
    (batch,) = handed_in(project, "accuracy")
    with pytest.raises(IntegrityError), transaction.atomic():
        FeedbackBatch.objects.filter(pk=batch.pk).update(**said)


def test_the_measure_of_a_batch_is_frozen_in_the_ledger(project) -> None:
    (batch,) = handed_in(project, "accuracy")
    assert batch.primary_measure == "accuracy"
    assert LedgerEntry.objects.get(action="feedback.frozen").payload["primary_measure"] == "accuracy"


def test_where_nothing_was_chosen_the_jigsaw_score_decides(project) -> None:
    hand_in(project=project, provenance="round 1", rows=rows_for(project), annotation_count=1)
    assert request_cycle(project=project, in_background=False).gate_config["primary_measure"] == "jigsaw_score"
    assert LedgerEntry.objects.get(action="cycle.requested").payload["primary_measure_from"] == "nobody: the usual one"


def test_a_measure_that_no_round_may_choose_is_refused(project) -> None:
    with pytest.raises(ValueError, match="luck"):
        handed_in(project, "luck")


def test_a_batch_that_no_cycle_was_given_is_taken_back_and_the_ledger_keeps_its_hash(project) -> None:
    (batch,) = handed_in(project, "accuracy")
    take_back(batch_id=batch.pk, by="lea")
    assert not FeedbackBatch.objects.exists()
    assert not FeedbackLabel.objects.exists()
    assert LedgerEntry.objects.get(action="feedback.taken_back").payload == {"provenance": "round 1", "sha256": batch.sha256}


def test_what_a_cycle_was_given_stays(project) -> None:
    (batch,) = handed_in(project, "accuracy")
    request_cycle(project=project, in_background=False)
    with pytest.raises(LabelsInUseError):
        take_back(batch_id=batch.pk, by="lea")
    assert FeedbackLabel.objects.count() == 1
