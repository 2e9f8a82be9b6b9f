import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from modeling.config import TrainingConfig
from modeling.errors import LostClaimError, WeightsChangedError
from modeling.intake import request_cycle
from modeling.labels import CYCLE_ARMS, Arm, Lane, Split
from modeling.lifecycle import cancel, promote, roll_back
from modeling.measures.gate import decide
from modeling.models import Comment, Difference, Evaluation, LedgerEntry, ModelVersion, Prediction, RetrainingCycle, SubgroupScore
from modeling.pipeline.evaluate import evaluate_in_use
from modeling.pipeline.predict import score_comments
from modeling.pipeline.retrain import in_training_order, retrain
from modeling.pipeline.run_cycle import run_cycle
from modeling.pipeline.scored_split import read_scored_split
from modeling.pipeline.train import train_first
from modeling.pipeline.training_rows import arm_labels, discounted, over_rating_rates, train_split
from modeling.pipeline.versions import load_classifier, path_of

State = RetrainingCycle.State


def never_stop() -> bool:
    return False


def ignore(arm, step) -> None:
    pass


def test_a_cycle_comes_to_a_verdict_with_reasons(cycle) -> None:
    run_cycle(cycle=cycle)
    assert cycle.state in (State.ELIGIBLE, State.HELD)
    assert {version.arm for version in cycle.versions.all()} == set(CYCLE_ARMS)
    assert cycle.candidate.arm == Arm.REAL
    assert cycle.decision["reasons"] or cycle.decision["eligible"]
    assert cycle.progress == 1
    assert LedgerEntry.objects.filter(action=f"cycle.{cycle.state}").count() == 1


def test_every_arm_is_measured_on_gate_and_test_and_compared(cycle) -> None:
    run_cycle(cycle=cycle)
    for split in (Split.GATE, Split.TEST):
        assert Evaluation.objects.filter(split=split, measure="accuracy", month="", source="").count() == 5
        assert SubgroupScore.objects.filter(split=split, measure="fpr", subgroup="muslim").count() == 5
        assert Difference.objects.filter(cycle=cycle, split=split, measure="accuracy", subgroup="").count() == 3


def test_losses_are_logged_term_by_term_for_every_arm(cycle) -> None:
    run_cycle(cycle=cycle)
    assert {row["arm"] for row in cycle.live_losses} == set(CYCLE_ARMS)
    steps = cycle.versions.get(arm=Arm.REAL).loss_steps
    assert {"total", "ce", "kl", "pairing", "feedback"} <= set(steps[0])


@pytest.mark.parametrize("lane", [Lane.FAST, Lane.MIDDLE, Lane.FULL])
def test_every_lane_runs(cycle, config: TrainingConfig, lane) -> None:
    cycle.training_config = config.but(lane=lane, epochs=1).as_dict()
    cycle.save()
    versions = retrain(cycle=cycle, on_step=ignore, should_stop=never_stop)
    assert {version.lane for version in versions.values()} == {lane}


def test_the_fast_lane_reads_each_text_once_for_all_arms(cycle, config: TrainingConfig) -> None:
    cycle.training_config = config.but(lane=Lane.FAST).as_dict()
    cycle.save()
    read: dict[Arm, str] = {}

    def note(arm, step) -> None:
        if "message" in step:
            read[arm] = step["message"]

    retrain(cycle=cycle, on_step=note, should_stop=never_stop)
    assert Arm.REAL in read
    # Trained on train alone, all of which the candidate has read; the others may have drawn other twins of people's comments.
    assert Arm.NONE not in read


def test_the_arms_differ_in_their_labels_alone(cycle, config: TrainingConfig) -> None:
    texts = {arm: arm_labels(cycle=cycle, arm=arm, config=config).feedback(config) for arm in CYCLE_ARMS}
    real, echo, placebo = texts[Arm.REAL], texts[Arm.ECHO], texts[Arm.PLACEBO]
    assert len(texts[Arm.NONE]) == 0
    assert real.texts == echo.texts == placebo.texts
    assert (real.weights == echo.weights).all()
    assert not echo.twin_weights.any()
    assert sorted(map(tuple, placebo.q)) == sorted(map(tuple, real.q))


def test_the_echo_says_what_the_champion_said(cycle, config: TrainingConfig) -> None:
    echo = arm_labels(cycle=cycle, arm=Arm.ECHO, config=config).feedback(config)
    said = dict(Prediction.objects.filter(version=cycle.champion).values_list("comment__text", "predicted_label"))
    assert [["low", "mild", "high"][q.argmax()] for q in echo.q] == [said[text] for text in echo.texts]


def test_labels_of_the_pool_are_never_read_by_training(trained, config: TrainingConfig) -> None:
    """Training sees the same whatever the data set itself says about the pool, gate, test and audit."""
    before = train_split(project=trained, config=config)
    Comment.objects.exclude(split=Split.TRAIN).update(target=1.0, level="high")
    after = train_split(project=trained, config=config)
    assert before.described == after.described
    assert not set(before.data.texts) & set(Comment.objects.exclude(split=Split.TRAIN).values_list("text", flat=True))


def test_train_labels_of_a_subgroup_that_is_confirmed_to_be_over_rated_count_less(cycle, config: TrainingConfig) -> None:
    Prediction.objects.filter(version=cycle.champion, comment__split=Split.POOL).update(flagged=True)
    batch = cycle.batches.get()
    batch.labels.update(biased_rate=0)
    batch.labels.filter(comment__mentions__subgroup="muslim").update(biased_rate=1)
    split = train_split(project=cycle.project, config=config)
    said = arm_labels(cycle=cycle, arm=Arm.REAL, config=config)
    assert set(over_rating_rates(said, cycle)) == {"muslim"}
    data = discounted(split=split, said=said, cycle=cycle, config=config)
    above_low = split.data.q.argmax(axis=1) > 0
    about = [above and "muslim" in mentioned for above, mentioned in zip(above_low, split.mentions, strict=True)]
    # Eight comments of the pool speak of Muslims, all with a report: 8 / (8 + 5) is believed.
    assert data.weights[about] == pytest.approx(1 - 8 / 13)
    assert (data.weights[[not row for row in about]] == 1).all()
    for arm in (Arm.NONE, Arm.ECHO):
        silent = arm_labels(cycle=cycle, arm=arm, config=config)
        assert (discounted(split=split, said=silent, cycle=cycle, config=config).weights == 1).all()


def test_multipliers_start_from_the_same_rates(cycle, config: TrainingConfig) -> None:
    Prediction.objects.filter(version=cycle.champion, comment__split=Split.POOL).update(flagged=True)
    batch = cycle.batches.get()
    batch.labels.update(biased_rate=0)
    batch.labels.filter(comment__mentions__subgroup="muslim").update(biased_rate=1)
    split = train_split(project=cycle.project, config=config)
    for discount in (0.0, 1.0):
        said = arm_labels(cycle=cycle, arm=Arm.REAL, config=config)
        data = discounted(split=split, said=said, cycle=cycle, config=config.but(discount_reported=discount))
        # Believed 1 - 8/13 on one side, weighed 1 / (1 - 8/13) on the other.
        assert data.multipliers == {"muslim": pytest.approx(13 / 5)}
    echo = arm_labels(cycle=cycle, arm=Arm.ECHO, config=config)
    assert discounted(split=split, said=echo, cycle=cycle, config=config).multipliers == {}


def test_terms_that_compare_subgroups_get_the_mentions_of_train_and_of_people(cycle, config: TrainingConfig) -> None:
    asked = config.but(mindiff_weight=1.0)
    data = train_split(project=cycle.project, config=asked).data
    people = arm_labels(cycle=cycle, arm=Arm.REAL, config=asked).feedback(asked)
    for part in (data, people):
        assert part.subgroups == ("christian", "muslim")
        assert part.memberships.tolist() == [[name in text for name in part.subgroups] for text in part.texts]
    assert train_split(project=cycle.project, config=config).data.subgroups == ()


def test_a_cycle_that_was_killed_keeps_the_arms_that_it_had_trained(cycle) -> None:
    trained = []

    def die_in_the_second_arm(arm, step) -> None:
        trained.append(arm)
        if arm == in_training_order(CYCLE_ARMS)[1]:
            raise MemoryError

    with pytest.raises(MemoryError):
        retrain(cycle=cycle, on_step=die_in_the_second_arm, should_stop=never_stop)
    kept = cycle.versions.get()
    again = []
    retrain(cycle=cycle, on_step=lambda arm, step: again.append(arm), should_stop=never_stop)
    assert kept.arm == Arm.REAL
    assert Arm.REAL not in again
    assert cycle.versions.get(arm=kept.arm) == kept
    assert cycle.versions.count() == len(CYCLE_ARMS)


def test_a_failure_is_recorded_with_its_cause(cycle) -> None:
    (path_of(cycle.base) / "model.safetensors").write_bytes(b"not what the manifest says")
    with pytest.raises(WeightsChangedError):
        run_cycle(cycle=cycle)
    cycle.refresh_from_db()
    assert cycle.state == State.FAILED
    assert "WeightsChangedError" in cycle.error


def test_a_cancelled_cycle_stops_and_says_so(cycle) -> None:
    RetrainingCycle.objects.filter(pk=cycle.pk).update(cancel_requested=True)
    run_cycle(cycle=cycle)
    assert cycle.state == State.CANCELLED


def test_a_cycle_runs_once(cycle) -> None:
    cancel(cycle=cycle, by=None)
    with pytest.raises(LostClaimError):
        run_cycle(cycle=cycle)


def test_promoting_and_rolling_back_restores_the_same_predictions(cycle) -> None:
    def fingerprint(version) -> str:
        rows = Prediction.objects.filter(version=version).order_by("comment_id").values_list("comment_id", "p_low", "p_mild", "p_high", "flagged")
        return hashlib.sha256(repr(list(rows)).encode()).hexdigest()

    run_cycle(cycle=cycle)
    first = cycle.champion
    before = fingerprint(first)
    promote(cycle=cycle, reason="to see")
    score_comments(version=cycle.candidate)
    evaluate_in_use(version=cycle.candidate)
    roll_back(project=cycle.project)
    cycle.project.refresh_from_db()
    assert cycle.project.champion == first
    assert fingerprint(first) == before


def test_a_project_may_promote_at_once(cycle, monkeypatch) -> None:
    cycle.project.promote_at_once = True
    cycle.project.save()
    # The gate's own rules are tested with the gate; here every candidate must pass: no margin is too wide.
    wide = {"accuracy": 1.0, "macro_f1": 1.0, "ece": 1.0, "mean_subgroup_fpr": 1.0}
    cycle.gate_config |= {"margins": wide, "primary_alpha": 0.999999, "subgroup_minimum": 10_000}
    cycle.save()
    run_cycle(cycle=cycle)
    assert cycle.state in (State.PROMOTED, State.HELD)
    assert (cycle.state == State.PROMOTED) == cycle.decision["eligible"]


def test_one_that_is_stopped_while_it_is_decided_is_not_promoted(cycle, monkeypatch) -> None:
    cycle.project.promote_at_once = True
    cycle.project.save()

    def decide_late(*asked):
        cancel(cycle=RetrainingCycle.objects.get(pk=cycle.pk), by=None)
        return replace(decide(*asked), eligible=True)

    monkeypatch.setattr("modeling.measures.gate.decide", decide_late)
    run_cycle(cycle=cycle)
    cycle.project.refresh_from_db()
    assert (cycle.state, cycle.decision, cycle.project.champion) == (State.CANCELLED, {}, cycle.champion)
    assert cycle.looks.get().decided_at is not None, "its look is spent"


def test_a_verdict_locks_the_project_before_the_ledger_as_everybody_does(cycle) -> None:
    with CaptureQueriesContext(connection) as seen:
        run_cycle(cycle=cycle, arms=(Arm.REAL,))
    written = [query["sql"] for query in seen.captured_queries]
    verdict = next(place for place, sql in enumerate(written) if sql.startswith('UPDATE "modeling_retrainingcycle"') and '"decided_at"' in sql)
    assert 'FROM "modeling_project"' in written[verdict - 1]


def test_a_run_that_was_taken_for_dead_keeps_no_version_of_its_own(cycle) -> None:
    late = RetrainingCycle.objects.get(pk=cycle.pk)
    RetrainingCycle.objects.filter(pk=cycle.pk).update(started_at=timezone.now())
    with pytest.raises(LostClaimError):
        retrain(cycle=late, on_step=ignore, should_stop=never_stop, arms=(Arm.REAL,))
    assert not cycle.versions.exists()


def test_scoring_goes_on_where_it_stopped(trained) -> None:
    version = trained.champion
    Prediction.objects.filter(version=version, comment__split=Split.POOL).delete()
    assert score_comments(version=version) == 24
    assert score_comments(version=version) == 0


def test_a_split_that_is_not_fully_scored_is_refused(trained) -> None:
    version = trained.champion
    Prediction.objects.filter(version=version, comment__split=Split.GATE).first().delete()
    with pytest.raises(ValueError, match="has not scored all"):
        read_scored_split(version=version, split=Split.GATE)


def test_months_are_measured_apart(trained) -> None:
    Comment.objects.filter(split=Split.TEST).update(created_date="2026-03-05")
    evaluate_in_use(version=trained.champion)
    assert Evaluation.objects.filter(split=Split.TEST, month="2026-03", measure="accuracy").exists()


def test_the_stored_version_predicts_as_the_trained_one(trained) -> None:
    classifier = load_classifier(trained.champion)
    comment = Comment.objects.filter(split=Split.GATE).first()
    stored = Prediction.objects.get(version=trained.champion, comment=comment)
    assert classifier.predict_proba([comment.text])[0] == pytest.approx([stored.p_low, stored.p_mild, stored.p_high], abs=1e-5)


def test_the_manifest_tells_what_a_version_was_made_of(cycle) -> None:
    run_cycle(cycle=cycle)
    manifest = cycle.candidate.manifest
    assert manifest["data"]["feedback"] == 24
    assert manifest["data"]["batches"] == [batch.sha256 for batch in cycle.batches.all()]
    assert manifest["base_weights_sha256"] == cycle.base.manifest["weights_sha256"]
    assert manifest["seed"] == cycle.training_config["seed"]
    assert manifest["threshold"] == cycle.candidate.threshold
    assert request_cycle(project=cycle.project, in_background=False).base == cycle.base


@pytest.mark.parametrize("lane", [Lane.MIDDLE, Lane.FULL])
def test_the_arm_that_was_killed_goes_on_from_its_checkpoint(cycle, config: TrainingConfig, settings, lane) -> None:
    cycle.training_config = config.but(lane=lane).as_dict()
    cycle.save()
    kept, steps = Path(settings.MODELS_DIR) / ".checkpoints", []

    def die_at_step_eleven(arm, step) -> None:
        if step.get("step") == 11:
            raise MemoryError

    def keep_number(arm, step) -> None:
        if "step" in step:
            steps.append(step["step"])

    with pytest.raises(MemoryError):
        retrain(cycle=cycle, on_step=die_at_step_eleven, should_stop=never_stop, arms=(Arm.REAL,), checkpoint_every=3)
    assert [path.name for path in kept.iterdir()] == [f"{cycle.project.slug}-cycle-{cycle.number}-real.pt"]
    resumed = retrain(cycle=cycle, on_step=keep_number, should_stop=never_stop, arms=(Arm.REAL,))[Arm.REAL]
    assert steps[0] == 10
    assert resumed.loss_steps[0]["step"] == 1
    assert not list(kept.iterdir())
    ModelVersion.objects.filter(pk=resumed.pk).update(cycle=None)
    straight = retrain(cycle=cycle, on_step=ignore, should_stop=never_stop, arms=(Arm.REAL,))[Arm.REAL]
    assert straight.manifest["weights_sha256"] == resumed.manifest["weights_sha256"]


def test_checkpoints_of_a_cycle_before_are_removed(cycle, settings) -> None:
    kept = Path(settings.MODELS_DIR) / ".checkpoints"
    kept.mkdir(parents=True)
    left = kept / f"{cycle.project.slug}-cycle-{cycle.number + 7}-real.pt"
    left.write_bytes(b"of a cycle that was given up")
    retrain(cycle=cycle, on_step=ignore, should_stop=never_stop, arms=(Arm.REAL,))
    assert not left.exists()


def test_a_first_training_that_was_killed_goes_on_from_its_checkpoint(world, config: TrainingConfig, settings) -> None:
    def die_at_step_eleven(step) -> None:
        if step["step"] == 11:
            raise MemoryError

    with pytest.raises(MemoryError):
        train_first(project=world, config=config, on_step=die_at_step_eleven, checkpoint_every=5)
    seen = []
    resumed = train_first(project=world, config=config, on_step=seen.append)
    assert seen[0]["step"] == 11
    straight = train_first(project=world, config=config)
    assert straight.manifest["weights_sha256"] == resumed.manifest["weights_sha256"]
