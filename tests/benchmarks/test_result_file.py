"""A result file: how its figures were made, and that a run goes on where another stopped."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks.result_file import ResultFile


def test_the_newest_figure_replaces_an_older_one_and_the_others_stay(tmp_path: Path) -> None:
    for arm, value in (("plain", 0.5), ("fair", 0.6), ("plain", 0.7)):
        ResultFile("trial", directory=tmp_path).add(arm=arm, metric="accuracy", value=value, data="demo", n=10)
    rows = json.loads((tmp_path / "trial.json").read_text())["rows"]
    assert {row["arm"]: row["value"] for row in rows} == {"plain": 0.7, "fair": 0.6}


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (["demo", "--seeds", "5"], "demo --seeds 5"),
        (["demo", "--data", "here", "--quick"], "demo --data DIR --quick"),
        (["null_draws", "--played", "/home/somebody/var"], "null_draws --played DIR"),
        (["load", "--tasks=/home/somebody/tasks.json"], "load --tasks=DIR"),
    ],
)
def test_the_command_is_told_without_the_paths_of_a_machine(typed: list[str], shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["trial.py", *typed])
    result = ResultFile("trial", directory=tmp_path)
    result.write()
    assert json.loads(result.path.read_text())["command"] == f"python -m benchmarks.trial {shown}"


def test_data_are_described_once_by_what_is_in_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("one")
    result = ResultFile("trial", directory=tmp_path)
    for rows in (1, 2):
        result.describe_data("real", [tmp_path / "a.csv"], rows)
    assert [(one["rows"], one["files"]) for one in result.data] == [(2, ["a.csv"])]
