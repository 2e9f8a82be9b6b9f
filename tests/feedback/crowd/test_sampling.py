import numpy as np
import pytest

from feedback.crowd.inclusion import FAMILY_LIMIT, capacity
from feedback.crowd.sampling import STRATEGIES, disagreement, draw, entropy, least_confidence, margin, random_count, stratified
from tests.feedback.crowd.pools import pool_of, some_pool


@pytest.mark.parametrize("strategy", [least_confidence, margin, entropy])
def test_uncertainty_is_greatest_where_levels_are_equally_likely_and_nothing_where_one_is_certain(strategy) -> None:
    even, torn, leaning, certain = strategy(pool_of([[1 / 3, 1 / 3, 1 / 3], [0.48, 0.47, 0.05], [0.7, 0.2, 0.1], [1, 0, 0]]))
    assert even >= torn > leaning > certain
    assert certain == pytest.approx(0, abs=1e-9)


def test_strata_count_alike_however_many_comments_they_have() -> None:
    p = [[0.9, 0.05, 0.05]] * 90 + [[0.05, 0.05, 0.9]] * 10
    weights = stratified(pool_of(p))
    assert weights[:90].sum() == pytest.approx(weights[90:].sum()) == pytest.approx(1)


def test_a_comment_of_a_rare_subgroup_takes_the_weight_of_its_rarest_stratum() -> None:
    weights = stratified(pool_of([[0.9, 0.1, 0]] * 50, mentions={"muslim": range(20), "buddhist": [0]}))
    assert weights[0] == 1
    assert weights[1] == pytest.approx(1 / 20)
    assert weights[30] == pytest.approx(1 / 30)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_draw_has_distinct_comments_and_the_same_seed_the_same_ones(strategy: str) -> None:
    pool = some_pool(80, mentions={"muslim": range(10)}, disagreement=np.linspace(0, 1, 80))
    first, second = (draw(pool, strategy=strategy, count=20, random_share=0.25, rng=np.random.default_rng(5)) for _ in range(2))
    assert len(set(first.chosen.tolist())) == 20
    assert np.array_equal(first.chosen, second.chosen)


def test_families_are_thinned() -> None:
    pool = some_pool(60, family=np.repeat(np.arange(12), 5))
    drawn = draw(pool, strategy="entropy", count=24, random_share=0.25, rng=np.random.default_rng(0))
    assert capacity(pool.family) == 24
    assert np.unique(pool.family[drawn.chosen], return_counts=True)[1].max() == FAMILY_LIMIT


def test_random_share_one_is_a_uniform_draw() -> None:
    drawn = draw(some_pool(50), strategy="entropy", count=10, random_share=1, rng=np.random.default_rng(0))
    assert drawn.inclusion == pytest.approx(np.full(10, 10 / 50))
    assert drawn.effective_n == pytest.approx(10)


@pytest.mark.parametrize(("count", "share", "at_random"), [(100, 0.25, 25), (100, 0, 10), (70, 0, 7), (4, 0.1, 1), (40, 1, 40)])
def test_a_tenth_is_always_drawn_at_random(count: int, share: float, at_random: int) -> None:
    assert random_count(count, share) == at_random


def test_drawing_everything_gives_everything_the_chance_one() -> None:
    drawn = draw(some_pool(9), strategy="entropy", count=9, random_share=0.25, rng=np.random.default_rng(0))
    assert drawn.inclusion == pytest.approx(np.ones(9))


@pytest.mark.parametrize("count", [0, 11])
def test_it_refuses_a_count_that_cannot_be(count: int) -> None:
    with pytest.raises(ValueError, match="between 1 and 10"):
        draw(some_pool(10), strategy="random", count=count, random_share=0, rng=np.random.default_rng(0))


def test_disagreement_is_drawn_in_proportion_and_refused_where_no_ensemble_has_spoken() -> None:
    apart = np.r_[np.full(50, 1e-3), np.full(50, 0.1)]
    pool = some_pool(100, disagreement=apart)
    assert np.array_equal(disagreement(pool), apart)
    drawn = draw(pool, strategy="disagreement", count=30, random_share=0.1, rng=np.random.default_rng(0))
    assert (drawn.chosen >= 50).sum() >= 27
    with pytest.raises(ValueError, match="no disagreement"):
        draw(some_pool(100), strategy="disagreement", count=30, random_share=0, rng=np.random.default_rng(0))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_near_duplicates_are_never_drawn_together(strategy: str) -> None:
    copies = np.repeat(np.arange(0, 60, 3), 3)
    pool = some_pool(60, family=copies // 6, copies=copies, disagreement=np.linspace(0, 1, 60))
    drawn = draw(pool, strategy=strategy, count=20, random_share=0.25, rng=np.random.default_rng(0))
    assert len(np.unique(copies[drawn.chosen])) == 20
    assert capacity(pool.family, copies) == 20


def test_what_may_not_be_shown_is_not_drawn_although_it_is_known() -> None:
    may = np.arange(40) % 2 == 0
    drawn = draw(some_pool(40, drawable=may), strategy="entropy", count=20, random_share=0.25, rng=np.random.default_rng(0))
    assert sorted(drawn.chosen.tolist()) == list(range(0, 40, 2))


def test_strata_are_counted_among_what_is_left_to_show() -> None:
    p = [[0.9, 0.05, 0.05]] * 30
    weights = stratified(pool_of(p, drawable=np.arange(30) < 10))
    assert weights[0] == pytest.approx(1 / 10)
