from dataclasses import replace

import numpy as np
import pytest

from modeling.measures.before_after import before_after
from modeling.measures.registry import differences
from modeling.measures.significance import mcnemar
from modeling.measures.statistics import holm, two_sided
from tests.modeling.measures.worlds import exchanged, make_world, rescored

TABLE = ("accuracy", "macro_precision", "macro_recall", "macro_f1", "mean_kl_to_uniform", "mean_subgroup_fpr", "fpr_gap", "jigsaw_score", "ece")


def pair(n=600, gain=0.15, **fields):
    world = make_world(n, seed=1, **fields)
    return rescored(world, noise=0.45, seed=2), rescored(world, noise=0.45 - gain, seed=3)


def test_rows_say_what_they_rest_on_and_holm_is_over_the_table():
    before, after = pair()
    rows = before_after(before, after, TABLE, 300)
    assert [row.measure for row in rows] == list(TABLE)
    assert [row.p_holm for row in rows] == pytest.approx(holm([row.p for row in rows]).tolist(), nan_ok=True)
    accuracy = rows[0]
    assert (accuracy.n, accuracy.unit, accuracy.units, accuracy.test) == (600, "comment", 600, "McNemar (mid-p)")
    assert accuracy.p == mcnemar(after.hit, before.hit).mid_p < 0.05
    assert accuracy.difference == pytest.approx(after.hit.mean() - before.hit.mean())
    assert accuracy.low < accuracy.difference < accuracy.high
    assert {row.measure: row.test for row in rows}["jigsaw_score"] == "DeLong"


def test_intervals_are_those_of_the_registry():
    before, after = pair()
    expected = {row.measure: row for row in differences(after, before, resamples=300, seed=5) if not row.subgroup}
    for row in before_after(before, after, TABLE, 300, seed=5):
        found = expected[row.measure]
        assert (row.difference, row.low, row.high, row.n) == pytest.approx((found.value, found.low, found.high, found.n))


def test_variants_of_one_original_are_one_unit_and_drawn_together():
    before, after = pair(family=10)
    rows = {row.measure: row for row in before_after(before, after, TABLE, 300)}
    assert (rows["accuracy"].unit, rows["accuracy"].units, rows["accuracy"].test) == ("family", 60, "paired bootstrap")


def test_a_version_against_itself_differs_in_nothing():
    world, _ = pair()
    for row in before_after(world, world, TABLE, 200):
        assert row.difference == 0
        assert row.p == row.p_holm == 1


def test_too_few_comments_of_a_subgroup_are_no_test():
    before, after = pair(n=60)
    gap = {row.measure: row for row in before_after(before, after, TABLE, 100)}["fpr_gap"]
    assert np.isnan([gap.difference, gap.p, gap.p_holm]).all()
    assert gap.test == ""


def test_other_comments_are_refused():
    before, after = pair()
    with pytest.raises(ValueError, match="same comments"):
        before_after(before, replace(after, toxic=~after.toxic), TABLE, 10)


def test_two_versions_that_are_equally_good_are_seldom_called_different():
    """The whole table, at 5 % after Holm, over pairs whose predictions were exchanged at random."""
    rng = np.random.default_rng(4)
    called = 0
    for seed in range(60):
        world = make_world(300, seed=seed)
        before, after = exchanged(rescored(world, noise=0.4, seed=seed), rescored(world, noise=0.4, seed=seed + 500), rng)
        rows = before_after(before, after, ("accuracy", "macro_f1", "mean_kl_to_uniform"), 200, seed=seed)
        called += any(row.p_holm <= 0.05 for row in rows)
    assert called <= 9  # binomial(60, .05): more with a chance of 1 in 1,000


def test_what_cannot_be_tested_has_no_p():
    """Of numbers `min` takes 1 where the other one is nan: a test that there was not would say that nothing differs."""
    assert np.isnan(two_sided(np.nan, 0.2))
    assert (two_sided(0.9, 0.8), two_sided(0.01, 0.99)) == (1.0, 0.02)
