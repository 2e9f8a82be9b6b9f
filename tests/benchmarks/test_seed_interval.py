"""Few trainings say little of all trainings, and the interval must say so."""

import numpy as np
import pytest

from benchmarks.seed_interval import seed_interval

WORLDS, SEEDS, RESAMPLES = 600, 5, 200
TRUTH, NOISE_OF_SEEDS, NOISE_OF_COMMENTS = 0.3, 0.02, 0.005


def holds(rng: np.random.Generator) -> bool:
    """Whether the interval of one made-up benchmark holds the mean over all seeds and comments."""
    value = TRUTH + NOISE_OF_SEEDS * rng.standard_normal(SEEDS) + NOISE_OF_COMMENTS * rng.standard_normal()
    resampled = value[:, None] + NOISE_OF_COMMENTS * rng.standard_normal(RESAMPLES)
    low, high = seed_interval(np.column_stack([value, resampled]))
    return low <= TRUTH <= high


def test_the_interval_over_five_seeds_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    share = np.mean([holds(rng) for _ in range(WORLDS)])
    assert 0.93 <= share <= 0.975, share


def test_draws_that_lean_are_moved_onto_the_value() -> None:
    rng = np.random.default_rng(1)
    value = TRUTH + NOISE_OF_SEEDS * rng.standard_normal(SEEDS)
    leaning = np.column_stack([value, value[:, None] + 0.2 + NOISE_OF_COMMENTS * rng.standard_normal(RESAMPLES)])
    assert np.mean(seed_interval(leaning, leaning=True)) == pytest.approx(value.mean(), abs=0.005)
    assert seed_interval(leaning)[0] > value.mean()


def test_one_seed_says_nothing_of_seeds() -> None:
    draws = np.random.default_rng(2).normal(TRUTH, NOISE_OF_COMMENTS, (1, 1 + RESAMPLES))
    assert seed_interval(draws) == pytest.approx(tuple(np.quantile(draws[0, 1:], [0.025, 0.975])))
