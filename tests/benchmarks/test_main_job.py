"""What the main job's report computes, on made-up answers: nothing is trained here."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from benchmarks import main_job, played
from benchmarks.result_file import ResultFile

COMMENTS, FAMILIES = 240, 60
FLAGGED = {"plain_ce": 0.9, "default_no_feedback": 0.5, "default_with_feedback": 0.2}
"""Chance that a harmless planted comment is flagged; of other harmless ones .1."""


def keep(path: Path, seed: int, **facts) -> Path:
    rng = np.random.default_rng(3)
    toxic, planted = rng.random(COMMENTS) < 0.4, rng.random(COMMENTS) < 0.5
    arrays = {"toxic": toxic, "level": np.where(toxic, 2, 0), "planted": planted, "family": np.repeat(np.arange(FAMILIES), COMMENTS // FAMILIES)}
    arrays |= {"member_muslim": planted, "member_female": ~planted}
    for arm, chance in FLAGGED.items():
        flagged = np.random.default_rng([seed, round(10 * chance)]).random(COMMENTS) < np.where(toxic, 0.9, np.where(planted, chance, 0.1))
        arrays |= {f"flagged_{arm}": flagged, f"predicted_{arm}": np.where(flagged, 2, 0)}
    played.write(path, arrays, facts)
    return path


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    data = tmp_path / "data.csv"
    data.write_text("id\n")
    facts = {"verdict": "held", "reasons": ["No gain."], "gate_n": 480, "annotations": 9, "data": {"name": "demo", "files": [str(data)], "rows": 240}}
    return [keep(tmp_path / f"demo-{seed}.npz", seed, **facts) for seed in range(3)]


def test_every_arm_and_difference_has_a_row_with_its_interval(files: list[Path], tmp_path: Path) -> None:
    result = ResultFile("main_job", directory=tmp_path)
    main_job.report(result, "demo", files)
    for arm in (*main_job.ARMS, "default_with_feedback_minus_default_no_feedback"):
        row = result.rows["demo", arm, "planted_fpr_gap"]
        assert row["low"] <= row["value"] <= row["high"], arm
        assert row["seeds"] == len(row["of_seeds"]) == 3
    assert result.rows["demo", "default_with_feedback_minus_default_no_feedback", "planted_fpr_gap"]["high"] < 0
    assert result.rows["demo", "gate_seed_2", "eligible"]["reasons"] == ["No gain."]


def test_the_scatter_of_the_seeds_counts_by_its_t_distribution(files: list[Path], tmp_path: Path) -> None:
    """Seeds drawn again with replacement never leave the range of the three; the mean of three trainings is less certain than that."""
    result = ResultFile("main_job", directory=tmp_path)
    main_job.report(result, "demo", files)
    for arm in main_job.ARMS:
        row = result.rows["demo", arm, "accuracy"]
        half = stats.t.ppf(0.975, 2) * np.std(row["of_seeds"], ddof=1) / np.sqrt(3)
        assert row["high"] - row["low"] > 2 * 0.95 * half


def test_a_ratio_is_that_of_the_mean_gaps_and_no_small_gap_decides() -> None:
    rng = np.random.default_rng(0)
    below = np.array([0.5, 0.4, 0.001])[:, None] + 0.01 * np.column_stack([np.zeros(3), rng.standard_normal((3, 500))])
    above = np.array([0.25, 0.2, 0.05])[:, None] + 0.01 * np.column_stack([np.zeros(3), rng.standard_normal((3, 500))])
    ratio = main_job.ratio_of_means(above, below)
    assert ratio[:, 0].mean() == pytest.approx(above[:, 0].mean() / below[:, 0].mean())
    assert np.abs(ratio).max() < 1


def test_real_comments_without_a_large_subgroup_have_no_worst_rate(files: list[Path], tmp_path: Path) -> None:
    facts = json.loads(files[0].with_suffix(".json").read_text())
    files = [keep(tmp_path / f"real-{seed}.npz", seed, **facts) for seed in range(2)]
    for path in files:
        arrays = dict(np.load(path))
        arrays["member_muslim"] &= np.arange(COMMENTS) < 80
        del arrays["member_female"]
        np.savez(path, **arrays)
    result = ResultFile("main_job", directory=tmp_path)
    main_job.report(result, "real", files)
    assert result.rows["real", "plain_ce", "worst_fpr"]["value"] is None


def test_a_draw_without_any_planted_comment_says_nothing(files: list[Path]) -> None:
    test = main_job.collect([np.load(path) for path in files])
    assert np.isnan(main_job.planted_fpr_gap(test, "plain_ce", 0, np.where(test.planted, 0, 1)))
    assert main_job.planted_fpr_gap(test, "plain_ce", 0, np.ones(COMMENTS)) > 0.5
