"""What is told of a head's penalty, on made-up predictions: no model is trained here."""

import argparse
from pathlib import Path

import pytest

from benchmarks.head_penalty import report
from benchmarks.result_file import ResultFile
from modeling.config import TrainingConfig
from tests.benchmarks.test_gate import scored


def test_each_arm_is_told_over_its_seeds(tmp_path: Path) -> None:
    result = ResultFile("head_penalty", directory=tmp_path)
    noise = {"base": 0.4, f"none_{TrainingConfig().l2:g}": 0.15}

    def play(seed: int):
        yield from ((arm, scored(seed, spread)) for arm, spread in noise.items())

    report(result, "demo", play, argparse.Namespace(quick=False, seeds=2))
    base, better = (result.rows["demo", arm, "accuracy"] for arm in noise)
    assert (base["seeds"], base["n"]) == (2, 480)
    assert base["value"] == pytest.approx(sum(base["of_seeds"]) / 2)
    assert base["low"] < base["value"] < base["high"] < better["value"]
