import numpy as np
import pytest

from feedback.crowd import neighbourhood
from feedback.crowd.neighbourhood import NEIGHBOURS, reported_nearby
from tests.feedback.crowd.pools import pool_of, some_pool


def test_without_answers_nobody_speaks() -> None:
    rate, voice = reported_nearby(some_pool(5))
    assert not rate.any()
    assert not voice.any()


def test_only_the_nearest_speak_and_those_at_a_right_angle_say_nothing() -> None:
    place = np.zeros((40, 3), np.int8)
    place[:20, 0], place[20:, 1] = 50, 50
    reports = np.full(40, np.nan)
    reports[:15], reports[20:22] = 1.0, 0.0
    rate, voice = reported_nearby(some_pool(40, place=place, reports=reports))
    assert rate[18] == pytest.approx(1)
    assert voice[18] == pytest.approx(NEIGHBOURS)
    assert rate[30] == pytest.approx(0)
    assert voice[30] == pytest.approx(2)


def test_length_does_not_matter_only_direction() -> None:
    place = np.array([[10, 0], [100, 1], [0, 90]], np.int8)
    rate, voice = reported_nearby(some_pool(3, place=place, reports=[np.nan, 1.0, 0.0]))
    assert rate[0] == pytest.approx(1)
    assert voice[0] == pytest.approx(1, abs=0.001)


def test_where_there_are_no_embeddings_the_same_subgroup_and_level_speak() -> None:
    low, high = [0.9, 0.1, 0.0], [0.1, 0.1, 0.8]
    reports = np.full(40, np.nan)
    reports[:4], reports[20] = [1, 1, 0, 0], 1.0
    pool = pool_of([high] * 20 + [low] * 20, mentions={"muslim": range(30)}, reports=reports)
    rate, voice = reported_nearby(pool)
    assert (rate[10], voice[10]) == (0.5, 4)
    assert (rate[25], voice[25]) == (1.0, 1)
    assert voice[35] == 0


def test_the_pool_is_gone_through_in_parts(monkeypatch) -> None:
    rng = np.random.default_rng(0)
    place = rng.integers(-100, 100, (50, 4)).astype(np.int8)
    reports = np.where(np.arange(50) < 20, rng.random(50), np.nan)
    whole = reported_nearby(some_pool(50, place=place, reports=reports))
    monkeypatch.setattr(neighbourhood, "PART", 7)
    assert np.allclose(whole, reported_nearby(some_pool(50, place=place, reports=reports)))
