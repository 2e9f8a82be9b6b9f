"""What is told of a study: the report on made-up predictions, the real comments as one file, and what a played study hands to it."""

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks import play_study, study
from benchmarks.installation import Task, demonstration_file
from benchmarks.result_file import ResultFile
from benchmarks.six_cycles import RESERVE
from benchmarks.write_results import section
from biasapp.study.months import parts_of
from biasapp.study.spec import StudySpec
from modeling.labels import CYCLE_ARMS, Arm
from modeling.paper.beside import MIDDLE_SLOPES, MONTHS, SLOPES, TREND
from tests.benchmarks.test_feedback_effect import keep
from tests.factories import make_cycle, make_project, make_version

FIRST, ECHO, PLACEBO = 0.6, 0.55, 0.5
REAL = (0.5, 0.35, 0.2)


def cycle(month: int, promoted: bool = True) -> dict:
    arms = {"none": 10 * month, "echo": 10 * month + 1, "placebo": 10 * month + 2, "real": 10 * month + 3}
    state = "promoted" if promoted else "held"
    return {"arms": arms, "in_use": arms["real"] if promoted else 1, "state": state, "labels": 24 * month, "reasons": []}


@pytest.fixture
def result(tmp_path: Path) -> ResultFile:
    return reported(tmp_path, seeds=1)


def reported(tmp_path: Path, seeds: int, lane: str = "fast") -> ResultFile:
    data = tmp_path / "data.csv"
    data.write_text("id\n")
    noises = {"v1": FIRST}
    for month, real in enumerate(REAL, 1):
        noises |= {f"v{10 * month}": FIRST, f"v{10 * month + 1}": ECHO, f"v{10 * month + 2}": PLACEBO, f"v{10 * month + 3}": real}
    facts = {"data": {"name": "demo", "files": [str(data)], "rows": 960}, "first": 1, "cycles": [cycle(1, promoted=False), cycle(2), cycle(3)]}
    found = ResultFile("study", directory=tmp_path)
    study.report(found, [keep(tmp_path / f"demo-{seed}.npz", RESERVE, noises, **facts) for seed in range(seeds)], lane)
    return found


def test_a_month_shows_the_version_that_was_in_use_after_it(result: ResultFile) -> None:
    values = {arm: result.rows["demo", arm, "accuracy"]["value"] for arm in ("month_0", "month_1", "month_2", "month_2_real", "month_3")}
    assert values["month_0"] == values["month_1"] < values["month_2"] == values["month_2_real"] < values["month_3"]
    assert result.rows["demo", "month_1", "promoted"]["value"] == 0
    assert result.rows["demo", "month_3", "labels"]["value"] == 72


def test_only_peoples_labels_have_a_slope_where_the_others_stand_still(result: ResultFile) -> None:
    slopes = {arm: result.rows["demo", arm, "accuracy"] for arm in SLOPES}
    assert slopes["slope_real"]["low"] > 0
    assert slopes["slope_echo"]["value"] == slopes["slope_placebo"]["value"] == 0
    assert slopes["slope_real_minus_echo"]["value"] == pytest.approx(slopes["slope_real"]["value"])
    assert result.rows["demo", "real_minus_echo", "accuracy"]["low"] > 0


def test_two_seeds_are_one_figure_with_a_value_of_each(tmp_path: Path) -> None:
    row = reported(tmp_path, seeds=2).rows["demo", "slope_real", "accuracy"]
    assert row["seeds"] == len(row["of_seeds"]) == 2


def test_seeds_are_played_on_the_comments_of_the_file_that_the_result_describes(tmp_path: Path, settings: Any) -> None:
    """Else they could not be judged together, and the file's hash would be of comments that nobody used."""
    settings.VAR_DIR = tmp_path
    with demonstration_file(quick=False).open() as file:
        described = {row["id"]: row["comment_text"] for row in csv.DictReader(file)}
    first, other = (played_on(seed, tmp_path) for seed in (0, 1))
    assert first == other
    assert {id_: text for rows in first for id_, text in rows.items()} == described


def played_on(seed: int, work: Path) -> list[dict[str, str]]:
    """By month."""
    spec = StudySpec(**play_study.options_of(Task("demo-fast-15000", seed, work, work, quick=False)))
    return [{row["id"]: row["comment_text"] for row in part.rows} for part in parts_of(spec, [])]


def test_the_middle_lane_stands_beside_the_fast_one(tmp_path: Path) -> None:
    reported(tmp_path, seeds=2)
    rows = reported(tmp_path, seeds=1, lane="middle").rows
    assert rows["demo", "slope_real", "accuracy"]["seeds"] == 2
    assert rows["demo", "middle_slope_real", "accuracy"]["seeds"] == 1
    assert rows["demo", "month_1", "promoted"]["n"] == 2 > rows["demo", "middle_month_1", "promoted"]["n"]
    assert {("demo", arm, metric) for arm in MIDDLE_SLOPES for metric in TREND} <= rows.keys()


def test_theil_sen_is_the_median_of_the_slopes_between_months() -> None:
    steady = np.array([[1.0], [3.0], [5.0], [100.0]])
    assert study.theil_sen(steady)[0] == pytest.approx(np.median([2, 2, 33, 2, 48.5, 95]))


def test_two_months_have_no_slope() -> None:
    series = {arm: {name: np.zeros((2, 3)) for name in study.SHOWN} for arm in study.ARMS}
    assert study.slopes(series) == {}


def test_the_papers_page_finds_its_rows(result: ResultFile) -> None:
    assert {("demo", arm, metric) for arm in list(MONTHS)[:4] for metric in TREND} <= result.rows.keys()
    assert {("demo", arm, metric) for arm in SLOPES for metric in TREND} <= result.rows.keys()


def test_the_results_page_can_be_written_from_it(result: ResultFile) -> None:
    import json

    result.write()
    assert "slope_real_minus_echo" in section(json.loads(result.path.read_text()))


def test_real_comments_become_one_file_in_the_imports_header(tmp_path: Path) -> None:
    corpus = SimpleNamespace(hashes=["a", "b"], texts=["one", "two, three"], target=np.array([0.1, 1.0]), votes=np.array([10, 0]))
    play_study.write_corpus(corpus, tmp_path / "real.csv")
    with (tmp_path / "real.csv").open() as file:
        first, second = csv.DictReader(file)
    assert first == {"id": "a", "comment_text": "one", "target": "0.1", "toxicity_annotator_count": "10"}
    assert second["toxicity_annotator_count"] == ""


@pytest.mark.django_db
def test_a_played_study_hands_over_its_versions_by_number() -> None:
    project = make_project()
    first = make_version(project, champion=True)
    held, promoted = make_cycle(project, "held"), make_cycle(project, "promoted")
    for cycle_ in (held, promoted):
        for arm in CYCLE_ARMS:
            made = make_version(project, arm=arm, cycle=cycle_, base=first)
            if arm == Arm.REAL:
                type(cycle_).objects.filter(pk=cycle_.pk).update(candidate=made)
    facts = play_study.facts_of(project)
    assert facts["first"] == 1
    assert [cycle_["in_use"] for cycle_ in facts["cycles"]] == [1, facts["cycles"][1]["arms"]["real"]]
    assert all(set(cycle_["arms"]) == {arm.value for arm in CYCLE_ARMS} for cycle_ in facts["cycles"])
