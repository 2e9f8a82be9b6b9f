"""The benchmark of influence functions: what it takes away, and how it tells agreement."""

import numpy as np
import pytest

from benchmarks.influence import agreement, lessened, person_by_person
from tests.modeling.ml.test_influence import PEOPLE, TRAIN, fast

__all__ = ["fast"]


@pytest.fixture
def config():
    from modeling.config import TrainingConfig

    return TrainingConfig(statements=0)


def test_what_is_taken_away_is_a_part_of_peoples_labels_alone(fast) -> None:
    share = np.zeros(PEOPLE)
    share[0] = 1
    less = lessened(fast.rows, share)
    assert less.weights[TRAIN] == 0
    assert less.reported[TRAIN] == 0
    assert np.array_equal(np.delete(less.weights, TRAIN), np.delete(fast.rows.weights, TRAIN))


def test_each_label_rests_on_two_people_by_equal_parts(fast) -> None:
    shares = person_by_person(fast, np.random.default_rng(0), people=6)
    assert np.allclose(shares.sum(axis=1), 1)
    assert set(np.unique(shares)) == {0, 0.5}


def test_agreement_is_told_with_its_interval() -> None:
    rng = np.random.default_rng(0)
    exact = rng.normal(size=50)
    value, low, high = agreement(exact + 0.1 * rng.normal(size=50), exact, rng)
    assert low <= value <= high <= 1
    assert value > 0.95
