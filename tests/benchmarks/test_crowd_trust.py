"""A find is a planted account that loses weight, and nobody else."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.crowd_trust import ATTACKS, CROWD, add_courses, add_rounds, crowd, one_round, plain
from benchmarks.result_file import ResultFile
from feedback.crowd.attackers import Account, honest


def test_copies_are_found_and_nobody_else_is_harmed() -> None:
    assert one_round(*ATTACKS["two_copies_beside_three_own_00"], seed=0) == {"found_rate": True, "shown_rate": True, "harm_to_honest_rate": False}


def test_honest_people_who_lose_weight_are_no_find() -> None:
    """Three of the crowd write the same notes; the planted account is honest."""
    _, guilty = ATTACKS["three_shared_notes"]
    found = one_round(lambda _: [*crowd(), *guilty], [Account(CROWD, honest())], seed=0)
    assert found == {"found_rate": False, "shown_rate": False, "harm_to_honest_rate": True}


def test_noisy_copies_that_are_shown_are_no_find_as_they_keep_their_weight() -> None:
    found = one_round(*ATTACKS["two_copies_beside_three_own_10"], seed=0)
    assert found == {"found_rate": False, "shown_rate": True, "harm_to_honest_rate": False}


def test_an_honest_crowd_has_a_rate_of_false_alarms_and_an_attacked_one_has_its_harm(tmp_path: Path) -> None:
    results = ResultFile("crowd_trust", directory=tmp_path)
    add_rounds(results, "nobody", plain, [], 2)
    add_rounds(results, "copies", *ATTACKS["three_copies"], 2)
    assert {(arm, metric) for _, arm, metric in results.rows} == {
        ("nobody", "false_alarm_rate"),
        ("nobody", "shown_rate"),
        ("copies", "found_rate"),
        ("copies", "shown_rate"),
        ("copies", "harm_to_honest_rate"),
    }


def test_the_interval_of_trust_is_that_of_the_mean_over_courses(tmp_path: Path) -> None:
    courses = np.random.default_rng(0).uniform(0.4, 0.8, (20, 6))
    results = ResultFile("crowd_trust", directory=tmp_path)
    add_courses(results, "guessing", courses)
    row = results.rows["simulated", "guessing", "trust_after_6"]
    assert (row["n"], row["seeds"]) == (20, 20)
    assert row["value"] == pytest.approx(courses[:, 5].mean())
    assert row["high"] - row["low"] == pytest.approx(2 * 2.093 * courses[:, 5].std(ddof=1) / np.sqrt(20), rel=1e-3)
