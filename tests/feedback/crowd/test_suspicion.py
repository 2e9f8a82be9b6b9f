import numpy as np
import pytest

from feedback.crowd.suspicion import chance_of_report, missing_signals, suspicion
from tests.feedback.crowd.pools import pool_of, some_pool

HARMLESS, TOXIC = [0.9, 0.1, 0], [0.2, 0.5, 0.3]


def test_bias_seeking_wants_both_a_high_score_and_a_subgroup_that_scores_above_the_background() -> None:
    low, high = [0.9, 0.08, 0.02], [0.1, 0.5, 0.4]
    p = [low] * 100 + [high] * 30 + [low] * 10 + [low] * 40
    weights = chance_of_report(pool_of(p, mentions={"muslim": range(100, 140), "christian": range(140, 180)}))
    flagged_muslim, unflagged_muslim, christian = weights[100], weights[135], weights[150]
    assert flagged_muslim == 1
    assert 0 < unflagged_muslim < flagged_muslim / 5
    assert christian == 0


def test_a_flagged_comment_about_nobody_we_know_of_is_as_suspicious_as_the_median_of_those_that_name_somebody() -> None:
    """A term list that lacks a group, or a dialect, must not clear those whom nobody has looked at."""
    p = [HARMLESS] * 100 + [TOXIC] * 30 + [HARMLESS] * 20 + [TOXIC] * 5
    weights = suspicion(pool_of(p, mentions={"muslim": range(100, 110), "christian": range(110, 150)}))
    muslim, christian, unnamed, unflagged = weights[100], weights[110], weights[-1], weights[0]
    assert unnamed == christian == np.median(weights[100:130]) < muslim
    assert 0 < unflagged < unnamed / 5, "what nobody flagged stays where it was"


def test_a_handful_of_mentions_says_less_about_a_subgroup_than_many() -> None:
    p = [[0.9, 0.1, 0]] * 100 + [[0.2, 0.5, 0.3]] * 42
    weights = chance_of_report(pool_of(p, mentions={"muslim": range(100, 140), "buddhist": [140, 141]}))
    assert weights[140] < weights[100]


@pytest.mark.parametrize("mentions", [{}, {"muslim": range(50)}])
def test_without_mentions_or_background_bias_seeking_looks_at_the_score_alone(mentions: dict) -> None:
    pool = some_pool(50, mentions=mentions)
    assert np.array_equal(chance_of_report(pool), np.where(pool.flagged, 1, pool.score))


def test_a_comment_whose_level_falls_when_the_identity_is_swapped_is_more_suspicious_than_one_of_the_same_subgroup_that_keeps_it() -> None:
    p = [HARMLESS] * 60 + [TOXIC] * 20
    flips = np.r_[np.full(60, np.nan), np.full(10, 0.5), np.zeros(10)]
    weights = suspicion(pool_of(p, mentions={"muslim": range(60, 80)}, flips=flips))
    assert weights[60:70] == pytest.approx(np.ones(10))
    assert weights[70:] == pytest.approx(np.full(10, 0.5))


def test_a_sign_that_is_missing_for_a_comment_or_for_all_drops_out_of_the_mean() -> None:
    p = [HARMLESS] * 60 + [TOXIC] * 20
    mentions = {"muslim": range(60, 80)}
    some = np.r_[np.full(60, np.nan), np.full(10, np.nan), np.full(10, 0.5)]
    assert suspicion(pool_of(p, mentions=mentions, flips=some))[60:70] == pytest.approx(np.ones(10))
    assert suspicion(pool_of(p, mentions=mentions, flips=np.full(80, np.nan))) == pytest.approx(suspicion(pool_of(p, mentions=mentions)))


def test_swaps_speak_where_no_subgroup_stands_above_the_background() -> None:
    p = [TOXIC] * 80
    flips = np.r_[np.full(70, 0.0), np.full(10, 0.4)]
    weights = suspicion(pool_of(p, mentions={"muslim": range(80)}, flips=flips))
    assert weights[70:].min() == 1
    assert weights[:70].max() == 0


def test_an_ensemble_that_is_apart_is_a_strategy_of_its_own_and_no_sign_here() -> None:
    p = [HARMLESS] * 60 + [TOXIC] * 20
    apart = np.r_[np.full(60, 0.001), np.full(10, 0.1), np.full(10, 0.001)]
    with_it, without = (suspicion(pool_of(p, mentions={"muslim": range(5)}, **more)) for more in ({"disagreement": apart}, {}))
    assert with_it == pytest.approx(without)


def test_reports_raise_a_comment_like_those_reported_and_answers_without_one_lower_it() -> None:
    p = [HARMLESS] * 60 + [TOXIC] * 40
    place = np.zeros((100, 4), np.int8)
    place[:60, 3], place[60:80, 0], place[80:, 1] = 100, 100, 100
    reports = np.full(100, np.nan)
    reports[60:72], reports[80:92] = 1.0, 0.0
    pool = pool_of(p, mentions={"muslim": range(60, 100)}, place=place, reports=reports)
    weights = chance_of_report(pool)
    assert weights[75] > 2 * weights[95] > 0
    before = chance_of_report(pool_of(p, mentions={"muslim": range(60, 100)}, place=place))
    assert before[75] == before[95]


def test_it_says_which_signals_are_missing() -> None:
    assert missing_signals(some_pool(5)) == ("disagreement", "flips", "place", "reports")
    full = some_pool(2, disagreement=[0, 0], flips=[0, 0], place=np.zeros((2, 3), np.int8), reports=[np.nan, 1])
    assert missing_signals(full) == ()
