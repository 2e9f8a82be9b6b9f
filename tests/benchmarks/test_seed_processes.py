"""Seeds that were played are kept; a seed that could not be played is no seed."""

import argparse
import subprocess
from pathlib import Path

import pytest

from benchmarks.seed_processes import add_seed_options, play_seeds

NOBODY = "benchmarks.plays_nothing"


def options(*given: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_seed_options(parser, "trial", seeds=3)
    return parser.parse_args(given)


def test_a_finished_seed_is_not_played_again(tmp_path: Path) -> None:
    for seed in range(3):
        (tmp_path / f"demo-{seed}.npz").touch()
    files = play_seeds(NOBODY, "demo", options("--work", str(tmp_path), "--processes", "2"))
    assert [path.name for path in files] == ["demo-0.npz", "demo-1.npz", "demo-2.npz"]


def test_without_all_its_seeds_there_is_nothing_to_report(tmp_path: Path) -> None:
    (tmp_path / "demo-0.npz").touch()
    with pytest.raises(subprocess.CalledProcessError):
        play_seeds(NOBODY, "demo", options("--work", str(tmp_path), "--seeds", "2"))
    assert (tmp_path / "demo-0.npz").exists()
