"""What the gate's benchmark counts, on made-up predictions: no model is trained here."""

import argparse
import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks import few_families as worlds_of_few
from benchmarks import played
from benchmarks.gate import add_power, agreement, exchanged_tests, few_families, in_processes, judged, null_draws, sound
from benchmarks.result_file import ResultFile
from modeling.measures.data import Scored


def scored(seed: int, noise: float, families: int = 120, of_a_family: int = 4) -> Scored:
    """Comments of families about two subgroups; the less noise, the better."""
    rng = np.random.default_rng(5)
    n = families * of_a_family
    cluster = np.repeat(np.arange(families), of_a_family)
    toxic = np.repeat(rng.random(families) < 0.5, of_a_family)
    score = np.clip(0.3 + 0.4 * toxic + noise * np.random.default_rng(seed).normal(size=n), 0.01, 0.99)
    members = {name: np.repeat(rng.random(families) < 0.5, of_a_family) for name in ("muslim", "female")}
    p = np.column_stack([1 - score, np.zeros(n), score])
    return Scored(p, np.where(toxic, 2, 0), toxic, 0.5, members, cluster)


def test_exchanging_the_predictions_leaves_nothing_to_find() -> None:
    """A candidate that is clearly better is not, once its predictions are exchanged with the champion's by lot."""
    champion, candidate = scored(1, 0.4), scored(2, 0.15)
    p_values = np.array(exchanged_tests(champion, candidate, 100, by_comment=True))
    assert 0.3 < p_values.mean() < 0.7
    assert (p_values <= 0.05).mean() < 0.12


def test_whole_families_are_exchanged() -> None:
    """With one family there are two outcomes only."""
    champion, candidate = scored(1, 0.4, families=1, of_a_family=100), scored(2, 0.15, families=1, of_a_family=100)
    assert len(set(np.nan_to_num(exchanged_tests(champion, candidate, 20, by_comment=False), nan=-1.0))) <= 2


def test_a_test_that_cannot_be_taken_is_no_test_that_holds_its_level() -> None:
    """Of one family nothing can be tested, and nothing is ever rejected."""
    one = scored(1, 0.4, families=1, of_a_family=100)
    with pytest.raises(ValueError, match="20 of 20 tests could not be taken"):
        sound(exchanged_tests(one, one, 20, by_comment=False))
    assert np.isnan(sound([0.1] * 19 + [float("nan")], undefined=0.05)).sum() == 1


def test_null_draws_takes_the_cycles_that_were_kept(tmp_path: Path) -> None:
    arrays = {}
    for role, one in {"champion": scored(1, 0.4), "real": scored(2, 0.4)}.items():
        arrays |= {f"gate_p_{role}": one.p, f"gate_threshold_{role}": np.array(one.threshold)}
        arrays |= {f"gate_{name}": getattr(one, name) for name in ("level", "toxic", "cluster")}
        arrays |= {f"gate_member_{name}": members for name, members in one.memberships.items()}
    played.write(tmp_path / "demo-0.npz", arrays, {})
    result = ResultFile("gate", directory=tmp_path)
    null_draws(result, argparse.Namespace(quick=True, played=tmp_path))
    for arm in ("null_draws", "null_draws_by_family"):
        assert result.rows["demo", arm, "rejection_rate_05"]["n"] == 50
    assert not [row for row in result.rows.values() if row["value"] > 0.3]


def test_worlds_of_few_families_are_judged_by_both_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds_of_few, "SIZES", (5,))
    result = ResultFile("gate", directory=tmp_path)
    few_families(result, argparse.Namespace(quick=True))
    arms = {arm for _, arm, _ in result.rows}
    assert len(arms) == 2 * 2 * (len(worlds_of_few.MEASURES) + 1)
    assert {"few_families_jigsaw_score_5_5", "few_families_t_roc_auc_5_20", "few_families_t_unlike_roc_auc_5_5"} <= arms


def test_the_rule_that_holds_a_candidate_is_named() -> None:
    class World:
        def draw_gate(self, times, rng):
            return np.arange(480), np.repeat(np.arange(120), 4)

        def scored(self, version, rows, cluster):
            return version

    worse = judged(World(), scored(1, 0.15), scored(2, 0.6), 1, seed=0)
    better = judged(World(), scored(1, 0.6), scored(2, 0.15), 1, seed=0)
    assert not worse["eligible"]
    assert "primary" in worse["held_by"]
    assert worse["gain"] < 0 < better["gain"]
    assert "primary" not in better["held_by"]


def count_up(seed: int, folder: Path) -> dict:
    with (folder / "asked").open("a") as asked:
        asked.write(f"{seed}\n")
    return {"seed": seed}


def test_finished_runs_are_not_run_again(tmp_path: Path) -> None:
    (tmp_path / "kept-vectors.npz").touch()
    arguments = argparse.Namespace(work=tmp_path, processes=1)
    task = partial(count_up, folder=tmp_path)
    assert in_processes(task, 2, arguments, "part") == [{"seed": 0}, {"seed": 1}]
    assert in_processes(task, 3, arguments, "part")[2] == {"seed": 2}
    assert (tmp_path / "asked").read_text().split() == ["0", "1", "2"]


def test_lanes_agree_where_their_verdicts_do(tmp_path: Path) -> None:
    for seed, (middle, fast) in enumerate([("held", "held"), ("eligible", "eligible"), ("held", "eligible")]):
        (tmp_path / f"demo-{seed}.json").write_text(json.dumps({"verdict": middle, "fast_verdict": fast}))
    result = ResultFile("gate", directory=tmp_path)
    agreement(result, argparse.Namespace(played=tmp_path))
    row = next(iter(result.rows.values()))
    assert row["value"] == pytest.approx(2 / 3)
    assert [cycle["fast"] for cycle in row["cycles"]] == ["held", "eligible", "eligible"]


def test_power_tells_apart_which_rule_held(tmp_path: Path) -> None:
    gate = {"p": 0.001, "gain": 0.1, "n": 1_000, "gate_families": 120}
    runs = [gate | {"eligible": not held_by, "held_by": held_by} for held_by in ([], [], ["subgroups"], ["primary", "subgroups"])]
    result = ResultFile("gate", notes="A test.", directory=tmp_path)
    add_power(result, "planted_large", "_x2", runs)
    promoted, primary = (result.rows["demo", "planted_large", f"{name}_rate_x2"] for name in ("promotion", "primary"))
    assert (promoted["value"], primary["value"], promoted["n"]) == (0.5, 0.75, 4)
    assert promoted["held_by"] == {"primary": 1, "not_worse": 0, "subgroups": 2}
