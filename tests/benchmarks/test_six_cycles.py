"""What is told of six cycles in a row: the report on made-up predictions, and what a played round hands to it."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import play_six_cycles, six_cycles
from benchmarks.installation import Task, round_left
from benchmarks.result_file import ResultFile
from benchmarks.write_results import section
from feedback.models import Annotation, AnnotationRound
from feedback.pipeline.close_round import close_round
from feedback.pipeline.drawing import begin
from modeling.labels import LEVELS, level_of
from modeling.models import LedgerEntry
from tests.benchmarks.test_feedback_effect import keep
from tests.feedback.worlds import add_comment, answer_next, make_annotator, make_panel, make_round, make_world

GOOD, BAD = 0.2, 0.6
VERSIONS = {"v1": GOOD, "v2": BAD, "v3": GOOD / 2}


def cycle(candidate: int, champion: int = 1, malicious: float = 0.1) -> dict[str, Any]:
    weights = {"Crowd": {"stated": 1.0, "trust": 1.0, "weight": 1.0}, "Brigade": {"stated": 1.0, "trust": malicious, "weight": malicious}}
    labels = {"true": [0, 1, 2, 2], "joined": [0, 1, 0, 0], "without_malicious": [0, 1, 2, 0]}
    facts = {"state": "held" if champion == 1 else "promoted", "reasons": ["No gain."], "gate_n": 480, "champion": champion, "candidate": candidate}
    return {**facts, "answers": {"Crowd": 60, "Brigade": 40, "Expert": 0}, "weights": weights, "labels": labels}


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    data = tmp_path / "data.csv"
    data.write_text("id\n")
    facts = {"data": {"name": "demo", "files": [str(data)], "rows": 960}, "first": 1}
    courses = [[cycle(2, malicious=0.4), cycle(3, 3)], [cycle(2, malicious=0.2), cycle(3, 3)]]
    return [keep(tmp_path / f"demo-{seed}.npz", six_cycles.RESERVE, VERSIONS, **facts, cycles=courses[seed]) for seed in range(2)]


@pytest.fixture
def result(files: list[Path], tmp_path: Path) -> ResultFile:
    found = ResultFile("six_cycles", directory=tmp_path)
    six_cycles.report(found, files)
    return found


def test_a_candidate_is_judged_though_the_gate_has_held_it(result: ResultFile) -> None:
    champion, candidate = (result.rows["demo", f"cycle_1_{role}_minus_first", "accuracy"] for role in six_cycles.ROLES)
    assert (champion["value"], champion["low"], champion["high"]) == (0, None, None)
    assert champion["within_margin"] is True
    assert candidate["within_margin"] is False
    assert candidate["high"] < 0
    for measure in six_cycles.SHOWN:
        row = result.rows["demo", "cycle_2_candidate_minus_first", measure]
        assert row["low"] <= row["value"] <= row["high"]
        assert len(row["of_seeds"]) == len(row["intervals_of_seeds"]) == 2


def test_every_seed_and_cycle_beyond_a_margin_is_counted(result: ResultFile) -> None:
    """The third version is better than the first, but less well calibrated."""
    champions, candidates = (result.rows["demo", f"{role}s_minus_first", "beyond_margin"] for role in six_cycles.ROLES)
    assert champions["worse"] == [{"seed": seed, "cycle": 2, "measure": "ece"} for seed in range(2)]
    assert (champions["value"], champions["n"]) == (2, 2 * 2 * 4)
    assert candidates["value"] == len(candidates["worse"]) > 2
    assert {"seed": 1, "cycle": 1, "measure": "accuracy"} in candidates["worse"]


def test_what_could_not_be_measured_is_neither_within_a_margin_nor_beyond(files: list[Path], tmp_path: Path) -> None:
    """Without subgroups there is no rate over subgroups."""
    for path in files:
        np.savez(path, **{name: array for name, array in np.load(path).items() if "_member_" not in name})
    found = ResultFile("without_subgroups", directory=tmp_path)
    six_cycles.report(found, files)
    assert found.rows["demo", "champions_minus_first", "beyond_margin"]["n"] == 2 * 2 * 3
    row = found.rows["demo", "cycle_1_candidate_minus_first", "mean_subgroup_fpr"]
    assert (row["value"], row["within_margin"]) == (None, None)


def test_what_the_malicious_panel_weighed_is_told_by_cycle_and_seed(result: ResultFile) -> None:
    mean = result.rows["demo", "cycle_1", "malicious_panel_weight"]
    assert (mean["value"], mean["n"], mean["seeds"]) == (pytest.approx(0.3), 80, 2)
    assert 0 <= mean["low"] < 0.3 < mean["high"] <= 1
    assert result.rows["demo", "seed_1_cycle_1", "malicious_panel_weight"]["value"] == 0.2
    assert result.rows["demo", "seed_1_cycle_1", "crowd_panel_weight"]["value"] == 1.0


def test_labels_are_held_against_the_truth_with_the_malicious_panel_and_without(result: ResultFile) -> None:
    joined, without, malice = (result.rows["demo", "cycle_1", f"wrong_labels{tail}"] for tail in ("", "_without_malicious", "_by_malice"))
    assert (joined["value"], without["value"], malice["value"], joined["n"]) == (0.5, 0.25, 0.25, 8)
    assert result.rows["demo", "all_cycles", "wrong_labels"]["n"] == 16


def test_the_page_of_results_holds_every_row_and_why_a_candidate_was_held(result: ResultFile) -> None:
    page = section(json.loads(result.path.read_text()))
    assert "| demo | cycle_1 | malicious_panel_weight | 0.3 |" in page
    assert "- demo, seed_0_cycle_1: No gain." in page


def test_seeds_that_were_judged_on_other_comments_are_refused(files: list[Path]) -> None:
    arrays = dict(np.load(files[1]))
    np.savez(files[1], **{**arrays, "audit_level": arrays["audit_level"][::-1]})
    with pytest.raises(ValueError, match="the same comments of audit"):
        six_cycles.require_same_comments(files)


def test_both_splits_of_the_reserve_count_and_families_stay_apart(files: list[Path]) -> None:
    reserve = six_cycles.reserve_of(files[0], 1)
    assert len(reserve) == 2 * 480
    assert len(np.unique(reserve.cluster)) == 2 * 120


@pytest.fixture
def joined(db: None) -> AnnotationRound:
    """Two of the crowd see what is true of six comments, and three accounts of the brigade what is not."""
    world = make_world()
    crowd, brigade = make_panel(world.project), make_panel(world.project, "community", weight=5)
    type(brigade).objects.filter(pk=brigade.pk).update(name=play_six_cycles.BRIGADE)
    round_ = make_round(world, items=6, overlap=5)
    play_six_cycles.know_answers(round_, world.lead)
    people = [make_annotator(world.project, panel) for panel in (crowd, crowd, brigade, brigade, brigade)]
    for annotator in people:
        for _ in range(6):
            answer_next(round_, annotator, answer_of(annotator.panel == crowd))
    return close_round(round=round_, by=world.lead)


def answer_of(is_honest: bool):
    """The champion says mild of every comment, and mild it is not."""
    from feedback.pipeline.answer import Answer

    return Answer(verdict="incorrect", corrected_label="high" if is_honest else "low")


def test_a_played_round_tells_what_was_frozen_and_what_would_have_been_without_malice(joined: AnnotationRound) -> None:
    labels = play_six_cycles.labels_of(joined)
    items = joined.items.filter(gold_label="")
    assert len(labels["true"]) == len(items) == 6 - joined.joining.known_count
    assert labels["true"] == [LEVELS.index(level_of(item.comment.target)) for item in items.select_related("comment")]
    assert set(labels["joined"]) == {0}
    assert set(labels["without_malicious"]) == {2}


def test_the_lead_says_what_is_known_as_leads_do(joined: AnnotationRound) -> None:
    assert joined.joining.known_count > 0
    assert LedgerEntry.objects.filter(action="round.answers_known").exists()


@pytest.mark.parametrize(("quick", "measure"), [(False, "jigsaw_score"), (True, "accuracy")])
def test_a_round_is_opened_as_the_form_proposes_and_a_trial_asks_for_what_its_gate_can_tell(db: None, quick: bool, measure: str) -> None:
    world = make_world(pool=12)
    task = Task("demo", seed=3, work=Path(), data=Path(), quick=quick)
    round_ = play_six_cycles.open_round(world.project, 2, task, world.lead)
    assert (round_.primary_measure, round_.strategy, round_.random_share, round_.seed) == (measure, "bias_seeking", 0.25, 5)
    assert round_.item_count <= 12


def test_a_round_whose_drawing_was_killed_is_opened_anew_and_one_that_is_open_goes_on(db: None) -> None:
    world = make_world(pool=12)
    task = Task("demo", seed=3, work=Path(), data=Path(), quick=True)
    settings = {"item_count": 8, "overlap": 5, "strategy": "bias_seeking", "random_share": 0.25}
    begin(world.project, (), name="cycle 1", version=world.version, primary_measure="accuracy", **settings)
    assert round_left(world.project, 1) is None
    opened = play_six_cycles.open_round(world.project, 1, task, world.lead)
    assert (opened.number, opened.state) == (1, "open")
    assert round_left(world.project, 1) == opened


@pytest.mark.django_db(transaction=True)
def test_who_is_paused_for_missed_known_answers_leaves_the_rest_to_the_others(live_server) -> None:
    world = make_world(pool=0)
    for _ in range(8):
        add_comment(world, target=0.0)
    round_ = make_round(world, items=8, overlap=10)
    round_.items.update(gold_label="low")
    play_six_cycles.answer_round(round_, live_server.url, seed=0)
    answers = Counter(Annotation.objects.values_list("annotator__panel__name", "annotator__user__username"))
    brigade = [count for (panel, _), count in answers.items() if panel == play_six_cycles.BRIGADE]
    assert len(brigade) == play_six_cycles.MALICIOUS
    assert all(count < 8 for count in brigade)
    assert max(answers.values()) == 8
