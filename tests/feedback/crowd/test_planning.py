import json

import numpy as np
import pytest

from feedback.crowd.planning import ENOUGH_ITEMS, Plan, detectable_rate, found, make_plan, reach, strata
from feedback.crowd.sampling import draw
from tests.feedback.crowd.pools import pool_of, some_pool

NOBODY = np.full(600, np.nan)


def judged_pool(rng, *, count: int = 150):
    """A pool of which a round was drawn and answered; (pool as it is now, inclusion, truth)."""
    before = some_pool(600, mentions={"muslim": range(200), "christian": range(200, 260)})
    truth = rng.random(600) < np.where(before.flagged & before.mentions["muslim"], 0.4, 0.02)
    drawn = draw(before, strategy="bias_seeking", count=count, random_share=0.25, rng=rng)
    reports, inclusion = NOBODY.copy(), NOBODY.copy()
    reports[drawn.chosen], inclusion[drawn.chosen] = truth[drawn.chosen], drawn.inclusion
    now = some_pool(600, mentions={"muslim": range(200), "christian": range(200, 260)}, reports=reports, drawable=np.isnan(reports))
    return now, inclusion, truth


def test_before_enough_answers_nothing_is_foretold() -> None:
    plan = make_plan(some_pool(600, mentions={"muslim": range(200)}), NOBODY)
    assert found(plan, strategy="bias_seeking", count=50, random_share=0.25) is None
    pool, inclusion, _ = judged_pool(np.random.default_rng(0), count=ENOUGH_ITEMS - 1)
    assert found(make_plan(pool, inclusion), strategy="bias_seeking", count=50, random_share=0.25) is None


@pytest.mark.parametrize("strategy", ["random", "bias_seeking"])
def test_what_is_foretold_is_what_the_next_round_finds(strategy: str) -> None:
    """60 worlds: the number found lies in the interval as often as it says, and is as high on average."""
    rng = np.random.default_rng(2)
    inside, difference = 0, []
    for _ in range(60):
        pool, inclusion, truth = judged_pool(rng)
        told = found(make_plan(pool, inclusion), strategy=strategy, count=100, random_share=0.25)
        drawn = draw(pool, strategy=strategy, count=100, random_share=0.25, rng=rng)
        number = truth[drawn.chosen].sum()
        inside += told.low <= number <= told.high
        difference.append(told.expected - number)
    assert inside >= 54
    assert abs(np.mean(difference)) < 3


def test_bias_seeking_is_foretold_to_find_more_than_chance() -> None:
    pool, inclusion, _ = judged_pool(np.random.default_rng(2))
    plan = make_plan(pool, inclusion)
    assert (
        found(plan, strategy="bias_seeking", count=60, random_share=0.25).expected
        > 1.5 * found(plan, strategy="random", count=60, random_share=0).expected
    )


def test_the_plan_knows_how_many_items_of_each_subgroup_a_draw_shows() -> None:
    pool, inclusion, _ = judged_pool(np.random.default_rng(3))
    told = {part.subgroup: part.items for part in reach(make_plan(pool, inclusion), strategy="random", count=100, random_share=0.25)}
    members = pool.mentions["muslim"] & pool.drawable
    assert told["muslim"] == pytest.approx(100 * members.sum() / pool.drawable.sum(), rel=0.02)


def test_the_detectable_rate_is_found_four_times_in_five() -> None:
    rng = np.random.default_rng(0)
    seen = rng.binomial(25, detectable_rate(25), size=20_000) > 0
    assert seen.mean() == pytest.approx(0.8, abs=0.01)
    assert detectable_rate(100) < detectable_rate(25)
    assert np.isnan(detectable_rate(0.5))


def test_a_plan_survives_json_and_leaves_out_what_cannot_be_drawn() -> None:
    pool, inclusion, _ = judged_pool(np.random.default_rng(4))
    plan = make_plan(pool, inclusion)
    assert Plan.from_dict(json.loads(json.dumps(plan.as_dict()))) == plan
    assert "disagreement" not in plan.curves
    assert found(plan, strategy="disagreement", count=10, random_share=0.25) is None
    assert len(plan.rates) == 6
    assert plan.available == pool.drawable.sum()


def test_an_empty_pool_has_a_plan_too() -> None:
    pool = some_pool(40, drawable=np.zeros(40, bool))
    plan = make_plan(pool, np.full(40, np.nan))
    assert plan.available == 0
    assert reach(plan, strategy="random", count=10, random_share=0.25) == []


def test_a_comment_about_several_stands_with_the_subgroup_that_is_farthest_above_the_background() -> None:
    p = [[0.9, 0.1, 0]] * 60 + [[0.2, 0.5, 0.3]] * 20 + [[0.8, 0.2, 0]] * 20
    pool = pool_of(p, mentions={"christian": range(70, 100), "muslim": range(60, 80)})
    assert strata(pool)[[0, 65, 75, 90]].tolist() == [4, 3, 3, 0]


def one_draw(*, judged: int, confirmed: int, left: int = 600) -> Plan:
    reports = np.full(judged + left, np.nan)
    reports[:judged] = np.arange(judged) < confirmed
    pool = some_pool(judged + left, reports=reports, drawable=np.isnan(reports))
    return make_plan(pool, np.where(np.isnan(reports), np.nan, 0.2))


def test_none_confirmed_so_far_does_not_foretell_that_there_are_none() -> None:
    told = found(one_draw(judged=40, confirmed=0), strategy="random", count=200, random_share=1)
    assert 0 < told.expected < 6
    assert told.low == 0
    assert told.high >= 6, "3 % of 200, of which 40 show none three times in ten"


def test_all_confirmed_so_far_does_not_foretell_that_all_will_be() -> None:
    told = found(one_draw(judged=40, confirmed=40), strategy="random", count=200, random_share=1)
    assert told.low <= 194
    assert told.high == 200
    assert 194 < told.expected < 200


@pytest.mark.parametrize("prevalence", [0.01, 0.03, 0.08])
def test_what_is_rare_lies_in_the_interval_as_often_as_it_says(prevalence: float) -> None:
    """100 worlds of which 40 items have been judged: never "0 to 0", and the number found is inside in 95 of 100."""
    rng = np.random.default_rng(6)
    inside = 0
    for _ in range(100):
        truth = rng.random(400) < prevalence
        told = found(one_draw(judged=40, confirmed=int(truth[:40].sum()), left=360), strategy="random", count=200, random_share=1)
        assert told.high > 0
        inside += told.low <= rng.permutation(truth[40:])[:200].sum() <= told.high
    assert inside >= 92
