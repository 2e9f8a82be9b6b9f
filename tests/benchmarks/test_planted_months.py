"""Worlds in which drift and a change of the model are planted, and what is reported of them."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.planted_months import CHANGED_AT, MONTHS, Found, make_world, read, report
from benchmarks.result_file import ResultFile


def test_a_world_holds_what_is_planted():
    world = make_world(0.02, 0.1, seed=1)
    wrong = [1 - of.hit.mean() for of in world.drifting.values()]
    assert np.polyfit(range(MONTHS), wrong, 1)[0] == pytest.approx(0.02, abs=0.01)
    assert (world.second.hit.mean() - world.first.hit.mean()) == pytest.approx(0.1, abs=0.02)
    assert world.in_use[CHANGED_AT - 1].hit.tolist() == world.drifting[CHANGED_AT - 1].hit.tolist()
    assert world.in_use[CHANGED_AT].hit.tolist() != world.drifting[CHANGED_AT].hit.tolist()


def test_drift_and_change_are_told_apart_where_what_was_in_use_shows_neither():
    """A better version makes up for harder comments: the line of what was in use stands still."""
    found = read(make_world(0.02, 0.1, seed=0))["accuracy"]
    assert found.drift[0] <= -0.02 <= found.drift[1] < 0
    assert 0 < found.change[0] <= 0.1 <= found.change[1]
    assert found.in_use[0] < 0.005
    assert found.in_use_slope > found.drift[1] - 0.01


def test_each_kind_of_hit_is_counted(tmp_path: Path):
    result = ResultFile("planted_months", directory=tmp_path)
    found = [
        Found(drift=(-0.03, -0.01), change=(-0.1, 0.1), in_use=(-0.01, 0.01), in_use_slope=0.0),
        Found(drift=(-0.01, 0.01), change=(0.02, 0.1), in_use=(0.01, 0.02), in_use_slope=0.02),
    ]
    report(result, "world", "accuracy", found, drift=-0.02, change=0.05)
    rows = {metric: (row["value"], row["n"]) for (_, _, metric), row in result.rows.items()}
    assert rows == {
        "accuracy_drift_covered": (0.5, 2),
        "accuracy_change_covered": (1.0, 2),
        "accuracy_drift_seen": (0.5, 2),
        "accuracy_change_seen": (0.5, 2),
        "accuracy_in_use_seen": (0.5, 2),
        "accuracy_in_use_slope": (0.01, 2),
    }
