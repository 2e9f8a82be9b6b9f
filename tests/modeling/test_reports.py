"""Stored rows -> what pages and API show."""

from dataclasses import asdict
from datetime import timedelta

import pytest
from django.utils import timezone

from modeling.intake import hand_in
from modeling.labels import Arm, Split
from modeling.measure_texts import OVERALL_TEXTS, SWAP_MEASURES
from modeling.models import Difference, RetrainingCycle, WorkState
from modeling.reports import (
    Figure,
    NextStep,
    cycle_losses,
    cycle_report,
    earlier_version,
    manifest_facts,
    progress_of,
    project_overview,
    shade,
    split_counts,
    version_rows,
)
from modeling.reports.figures import direction
from tests.factories import (
    make_comment,
    make_cycle,
    make_dataset,
    make_intake_row,
    make_project,
    make_version,
)
from tests.modeling.decided import losses, make_decided_cycle

pytestmark = pytest.mark.django_db


class TestDirections:
    @pytest.mark.parametrize(
        ("low", "high", "higher_is_better", "said"),
        [
            (0.01, 0.05, True, "better"),
            (0.01, 0.05, False, "worse"),
            (-0.05, -0.01, True, "worse"),
            (-0.05, -0.01, False, "better"),
            (-0.01, 0.01, True, "no clear difference"),
            (0.01, 0.05, None, ""),
        ],
    )
    def test_an_interval_says_better_worse_or_nothing(self, low, high, higher_is_better, said):
        assert direction(Figure((low + high) / 2, low, high, 50), higher_is_better=higher_is_better) == said

    def test_what_was_not_measured_has_no_direction(self):
        assert direction(None, higher_is_better=True) == direction(Figure(None, None, None, 3), higher_is_better=True) == ""


class TestCycleReport:
    def test_people_helped_when_real_beats_echo_beyond_the_interval(self):
        effect = cycle_report(make_decided_cycle(make_project(), effect=0.031)).effect
        assert (effect.direction, effect.figure.value, effect.figure.n) == ("better", 0.031, 1204)
        assert effect.noise.value == 0.002

    @pytest.mark.parametrize(("value", "said"), [(-0.05, "worse"), (0.004, "no clear difference")])
    def test_it_says_so_when_they_did_not(self, value, said):
        assert cycle_report(make_decided_cycle(make_project(), effect=value)).effect.direction == said

    def test_the_effect_is_unknown_when_arms_were_not_compared(self):
        cycle = make_decided_cycle(make_project())
        Difference.objects.filter(cycle=cycle, against__arm=Arm.ECHO).delete()
        assert cycle_report(cycle).effect is None

    def test_the_primary_measure_comes_first_then_what_the_gate_checks(self):
        gate, test = cycle_report(make_decided_cycle(make_project())).splits
        asked = ["jigsaw_score", "accuracy", "macro_f1", "ece", "mean_subgroup_fpr"]
        assert [row.measure.name for row in gate.asked] == [row.measure.name for row in test.asked] == asked
        assert gate.asked[0].is_primary
        assert gate.asked[1].margin == 0.01
        assert {row.state for row in gate.asked} == {"passed"}
        assert len(gate.others) == len(OVERALL_TEXTS) - 5
        assert {row.state for row in (*gate.others, *test.asked, *test.others)} == {""}, "only gate decides"

    def test_the_answer_reads_as_the_rule_that_was_asked(self):
        cycle = make_decided_cycle(make_project())
        cycle.decision["checks"][1]["passed"], cycle.decision["checks"][2]["passed"] = False, None
        said = {row.measure.name: (row.state, row.said) for row in cycle_report(cycle).splits[0].asked}
        assert said == {
            "jigsaw_score": ("passed", "shown to be better"),
            "accuracy": ("passed", "better"),
            "macro_f1": ("not passed", "may be worse by more than the margin"),
            "ece": ("cannot_tell", "not enough data"),
            "mean_subgroup_fpr": ("passed", "worse, but within the margin"),
        }

    def test_before_after_and_arms_stand_beside_each_other(self):
        row = cycle_report(make_decided_cycle(make_project())).splits[0].asked[0]
        assert (row.champion.value, row.candidate.value, row.difference.value) == (0.80, 0.84, 0.04)
        assert [(arm, shown.value) for arm, shown in row.arms] == [("echo", 0.80), ("placebo", 0.802), ("none", 0.80)]

    def test_a_rise_of_an_error_is_called_worse(self):
        rows = cycle_report(make_decided_cycle(make_project())).splits[1].asked
        assert next(row for row in rows if row.measure.name == "ece").direction == "worse"

    def test_subgroups_stand_by_axis_with_what_the_gate_said_of_each(self):
        axes = cycle_report(make_decided_cycle(make_project(), eligible=False)).splits[0].axes
        assert [axis.axis for axis in axes] == ["gender", "religion", "extra"]
        cells = {row.subgroup: row.cells[0] for axis in axes for row in axis.rows}
        assert cells["transgender"].status == "harmed"
        assert cells["hindu"].status == "cannot_tell"
        assert cells["hindu"].champion.value is None
        assert cells["muslim"].status == "ok"
        assert cells["x_dialect"].status == ""

    def test_a_report_is_plain_data(self):
        report = asdict(cycle_report(make_decided_cycle(make_project())))
        assert report["is_eligible"] is True
        assert report["splits"][0]["asked"][0]["candidate"]["n"] == 1204

    def test_it_asks_the_database_a_fixed_number_of_times(self, django_assert_num_queries):
        cycle = make_decided_cycle(make_project())
        with django_assert_num_queries(6):
            cycle_report(cycle)

    def test_probes_stand_beside_the_verdict_for_champion_and_candidate(self):
        table = cycle_report(make_decided_cycle(make_project())).probes
        assert table.columns == ("Champion v1", "Candidate v5")
        assert [row.measure.name for row in table.rows] == list(SWAP_MEASURES)
        assert [(figure.value, figure.n) for figure in table.rows[0].figures] == [(0.12, 3544), (0.07, 3544)]
        assert not table.has_gaps

    def test_a_candidate_that_was_deleted_has_no_column(self):
        cycle = make_decided_cycle(make_project())
        cycle.candidate = None
        assert cycle_report(cycle).probes.columns == ("Champion v1",)

    def test_a_version_from_before_probes_is_not_measured_yet(self):
        cycle = make_decided_cycle(make_project())
        cycle.champion.probe_scores.all().delete()
        table = cycle_report(cycle).probes
        assert table.has_gaps
        assert all(row.figures[0] is None and row.figures[1].value == 0.07 for row in table.rows)

    def test_another_cycles_rows_do_not_leak_in(self):
        project = make_project()
        make_decided_cycle(project, effect=-0.5)
        assert cycle_report(make_decided_cycle(project, effect=0.031)).effect.figure.value == 0.031


class TestLosses:
    def test_each_arm_shows_its_newest_step_and_a_line(self):
        none, echo = cycle_losses(RetrainingCycle(live_losses=losses(steps=4, arms=("none", "echo"))))
        assert (none.arm, none.step, none.steps, none.total) == ("none", 4, 4, 0.25)
        assert none.line.first == 1.0
        assert none.line.last == 0.25
        assert echo.components[0].gradient_norm == 0.4

    def test_a_term_has_a_column_in_all_arms_once_one_of_them_logs_it(self):
        steps = losses(steps=1, arms=("none", "real"))
        assert [part.name for part in cycle_losses(RetrainingCycle(live_losses=steps))[0].components] == ["ce", "kl", "pairing", "feedback"]
        steps[-1] |= {"mindiff": 0.2, "weights": {"mindiff": 1.5}}
        none, real = cycle_losses(RetrainingCycle(live_losses=steps))
        assert [part.name for part in none.components] == [part.name for part in real.components]
        assert (real.components[-1].label, real.components[-1].value, real.components[-1].weight) == ("MinDiff", 0.2, 1.5)
        assert (none.components[-1].value, none.components[-1].weight) == (None, None)

    def test_arms_keep_the_order_in_which_they_are_trained(self):
        assert [arm.arm for arm in cycle_losses(RetrainingCycle(live_losses=losses(steps=2, arms=("real", "none"))))] == ["none", "real"]

    def test_long_runs_are_thinned_to_a_line_that_ends_with_the_last_step(self):
        (arm,) = cycle_losses(RetrainingCycle(live_losses=losses(steps=200, arms=("real",))))
        assert len(arm.line.points.split()) <= 60
        assert arm.line.last == pytest.approx(1 / 200)

    def test_one_step_is_no_line(self):
        assert cycle_losses(RetrainingCycle(live_losses=losses(steps=1, arms=("real",))))[0].line is None
        assert cycle_losses(RetrainingCycle()) == ()


class TestProgress:
    def test_it_estimates_what_is_left_from_what_is_done(self):
        started = timezone.now() - timedelta(seconds=30)
        progress = progress_of(RetrainingCycle(state="training", progress=0.25, started_at=started, heartbeat_at=timezone.now()))
        assert progress.remaining == pytest.approx(90, abs=1)
        assert not progress.is_ended

    def test_it_does_not_guess_from_the_first_moments(self):
        progress = progress_of(RetrainingCycle(state="training", progress=0.01, started_at=timezone.now()))
        assert progress.remaining is None

    def test_work_that_waits_long_is_called_late(self):
        late = RetrainingCycle(state="requested", queued_at=timezone.now() - timedelta(minutes=3))
        assert progress_of(late).is_late
        assert not progress_of(RetrainingCycle(state="requested")).is_late

    def test_work_without_a_heart_beat_is_called_silent(self):
        before = timezone.now() - timedelta(minutes=5)
        assert progress_of(RetrainingCycle(state="evaluating", started_at=before, heartbeat_at=before)).is_silent
        assert not progress_of(RetrainingCycle(state="held", started_at=before, heartbeat_at=before)).is_silent

    @pytest.mark.parametrize("state", ["eligible", "held", "promoted", "failed", "cancelled", "done"])
    def test_these_states_are_ends(self, state):
        assert progress_of(RetrainingCycle(state=state)).is_ended


class TestProjectOverview:
    def test_the_next_step_follows_the_loop(self):
        project = make_project()
        assert project_overview(project).next_step == NextStep.IMPORT
        dataset = make_dataset(project, state=WorkState.RUNNING)
        assert project_overview(project).next_step == NextStep.WAIT_FOR_IMPORT
        dataset.state = WorkState.DONE
        dataset.save()
        assert project_overview(project).next_step == NextStep.TRAIN
        version = make_version(project, champion=True)
        assert project_overview(project).next_step == NextStep.COLLECT_FEEDBACK
        hand_in(project=project, provenance="round 1", rows=[make_intake_row(make_comment(dataset), version)], annotation_count=2)
        assert project_overview(project).next_step == NextStep.START_CYCLE
        cycle = make_cycle(project)
        assert project_overview(project).next_step == NextStep.WATCH_CYCLE
        cycle.state = RetrainingCycle.State.FAILED
        cycle.save()
        assert project_overview(project).next_step == NextStep.START_CYCLE, "a failed cycle has used nothing up"

    def test_an_eligible_candidate_waits_for_a_click(self):
        project = make_project()
        make_dataset(project)
        make_decided_cycle(project)
        assert project_overview(project).next_step == NextStep.READ_VERDICT

    def test_a_batch_that_a_decided_cycle_used_is_used(self):
        project = make_project()
        version = make_version(project, champion=True)
        row = make_intake_row(make_comment(make_dataset(project)), version)
        batch = hand_in(project=project, provenance="round 1", rows=[row], annotation_count=2)
        make_decided_cycle(project, eligible=False).batches.add(batch)
        overview = project_overview(project)
        assert (overview.unused_batch_count, overview.annotation_count) == (0, 2)
        assert overview.next_step == NextStep.COLLECT_FEEDBACK


class TestVersionsAndData:
    def test_versions_say_how_many_comments_they_have_scored_without_counting_them(self, django_assert_num_queries):
        project = make_project()
        versions = [make_version(project, champion=True, scored_count=3), make_version(project)]
        with django_assert_num_queries(0):
            rows = version_rows(project=project, versions=versions)
        assert [(row.prediction_count, row.is_champion) for row in rows] == [(3, True), (0, False)]

    def test_a_manifest_is_flattened_and_nothing_is_guessed(self):
        facts = dict(manifest_facts({"seed": 3, "weights_sha256": "ab", "data": {"sha256": "cd", "comments": 9}, "libraries": {"torch": "2.13.0"}}))
        assert facts == {"seed": "3", "weights SHA-256": "ab", "data SHA-256": "cd", "train comments": "9", "torch": "2.13.0"}
        assert manifest_facts({}) == ()

    def test_a_manifest_tells_which_engine_serves_and_what_it_showed(self):
        shown = {"equal": 0.9975, "n": 4000, "low": 0.9954, "high": 0.9986}
        tried = [
            {"engine": "openvino_int8", "accepted": False, "refused_for": ["muslim"], "overall": shown},
            {"engine": "openvino_bf16", "accepted": False, "refused_for": ["could not be made: ImportError"]},
        ]
        facts = dict(manifest_facts({"engine": {"engine": "torch_bf16", "tried": tried}}))
        assert facts["engine"] == "torch_bf16"
        assert facts["openvino_int8, levels equal to fp32"] == "99.75% of 4,000 (99.54% to 99.86%): refused for muslim"
        assert facts["openvino_bf16, levels equal to fp32"] == "could not be made: ImportError"

    def test_the_version_to_go_back_to_is_the_one_before(self):
        project = make_project()
        assert earlier_version(project) is None
        first = make_version(project, champion=True)
        assert earlier_version(project) is None
        make_version(project, champion=True)
        assert earlier_version(project) == first

    def test_splits_without_comments_are_listed_with_none(self):
        dataset = make_dataset(make_project())
        make_comment(dataset, split=Split.POOL)
        assert [(row.split, row.count) for row in split_counts(dataset)] == [("train", 0), ("pool", 1), ("gate", 0), ("test", 0), ("audit", 0)]


class TestShading:
    def test_the_pieces_make_up_the_comment(self):
        text = "The mosque down the road is kind."
        shaded = shade(text, [[4, 10, 0.4], [28, 32, -0.1]], engine="occlusion")
        assert "".join(piece.text for piece in shaded.pieces) == text
        assert [(piece.text, piece.shade, piece.raises) for piece in shaded.pieces if piece.shade] == [("mosque", 4, True), ("kind", 1, False)]
        assert shaded.sentence == "The word “mosque” raised the score most, by 0.40."

    def test_of_shares_the_sentence_says_how_much_of_the_weight(self):
        assert shade("The mosque.", [[4, 10, 0.4]]).sentence == "The model leans most on “mosque”: it carries 40\N{NO-BREAK SPACE}% of the weight."

    def test_a_comment_where_no_word_counts_is_not_shaded(self):
        shaded = shade("Nice day.", [[0, 4, 0.002], [5, 8, -0.001]])
        assert all(piece.shade == 0 for piece in shaded.pieces)
        assert shaded.sentence == "No single word decided this."

    def test_spans_that_overlap_or_lie_outside_lose_no_text(self):
        shaded = shade("ab cd", [[0, 4, 0.5], [3, 5, 0.4], [4, 99, 0.9]])
        assert "".join(piece.text for piece in shaded.pieces) == "ab cd"

    def test_an_explanation_without_spans_is_the_plain_comment(self):
        assert [piece.text for piece in shade("ab", []).pieces] == ["ab"]
