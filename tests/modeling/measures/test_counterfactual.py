import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import binomtest

from modeling.measures.counterfactual import jensen_shannon, measure_mutants, measure_swaps

LOW, MILD, HIGH = [0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]


def swaps(p, swapped, frame=None, **settings):
    p, swapped = np.array(p, dtype=float), np.array(swapped, dtype=float)
    frame = np.arange(len(p)) if frame is None else np.array(frame)
    return {row.measure: row for row in measure_swaps(p, swapped, frame, **settings)}


def test_the_swap_rate_is_the_share_of_pairs_whose_level_changes():
    found = swaps([LOW] * 40, [LOW] * 30 + [HIGH] * 6 + [MILD] * 4)
    assert (found["swap_rate"].value, found["swap_rate"].n) == (0.25, 40)
    assert found["swap_rate"].low < 0.25 < found["swap_rate"].high


def test_divergence_is_in_bits_as_scipys():
    rng = np.random.default_rng(0)
    p, q = rng.dirichlet([1, 1, 1], 50), rng.dirichlet([0.3, 1, 1], 50)
    assert jensen_shannon(p, q) == pytest.approx([jensenshannon(a, b, base=2) ** 2 for a, b in zip(p, q, strict=True)])
    assert jensen_shannon(np.array([[1.0, 0, 0], [0.5, 0.5, 0]]), np.array([[0, 1.0, 0], [0.5, 0.5, 0]])) == pytest.approx([1, 0])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_which_of_a_pair_comes_first_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    p, q, frame = rng.dirichlet([1, 1, 1], 40), rng.dirichlet([1, 1, 1], 40), rng.integers(0, 9, 40)
    assert measure_swaps(p, q, frame, resamples=50) == measure_swaps(q, p, frame, resamples=50)


def test_a_version_that_sees_no_identity_changes_nothing_and_the_interval_says_of_how_many_frames():
    found = swaps([LOW] * 40, [LOW] * 40, frame=np.arange(40) // 4)
    assert (found["mean_jsd"].value, found["swap_rate"].value, found["swap_rate"].low) == (0, 0, 0)
    assert found["swap_rate"].high == pytest.approx(binomtest(0, 10).proportion_ci(method="wilson").high)


def test_pairs_of_one_frame_are_one_piece_of_evidence():
    changed = np.arange(400) % 40 < 10
    swapped = np.where(changed[:, None], HIGH, LOW)
    alone, together = swaps([LOW] * 400, swapped)["swap_rate"], swaps([LOW] * 400, swapped, frame=np.arange(400) // 10)["swap_rate"]
    assert alone.value == together.value == 0.25
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_too_few_pairs_say_nothing():
    found = swaps([LOW] * 29, [HIGH] * 29)
    assert np.isnan([found["swap_rate"].value, found["mean_jsd"].low]).all()
    assert found["swap_rate"].n == 29


def test_a_group_of_mutants_uncovers_bias_when_its_levels_differ():
    """BiasFinder counts sentences, not pairs: three mutants, one of another level, are one test case."""
    p = np.array([LOW, LOW, HIGH] * 10 + [LOW, LOW, LOW] * 30 + [HIGH] * 5)
    group = np.concatenate([np.repeat(np.arange(40), 3), np.arange(40, 45)])  # the last five groups have one mutant each
    row = measure_mutants(p, group, group)
    assert (row.value, row.n) == (0.25, 40)
    assert row.low < 0.25 < row.high


def test_nothing_at_all_is_undefined():
    nothing = np.zeros((0, 3)), np.zeros(0, dtype=int)
    assert np.isnan(measure_mutants(*nothing, nothing[1]).value)
    assert all(np.isnan(row.value) for row in measure_swaps(nothing[0], *nothing))


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="same pairs"):
        measure_swaps(np.zeros((3, 3)), np.zeros((2, 3)), np.zeros(3, dtype=int))
    with pytest.raises(ValueError, match="group and frame"):
        measure_mutants(np.zeros((3, 3)), np.zeros(2, dtype=int), np.zeros(3, dtype=int))
