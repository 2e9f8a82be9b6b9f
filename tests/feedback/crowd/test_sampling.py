import numpy as np
import pytest

from feedback.crowd.sampling import (
    FAMILY_LIMIT,
    INCLUSION_FLOOR,
    STRATEGIES,
    Pool,
    bias_seeking,
    capacity,
    draw,
    effective_n,
    entropy,
    inclusion_probabilities,
    least_confidence,
    margin,
    stratified,
)


def pool_of(p, *, family=None, mentions=None, threshold: float = 0.4) -> Pool:
    p = np.asarray(p, dtype=float)
    score = 0.5 * p[:, 1] + p[:, 2]
    family = np.arange(len(p)) if family is None else np.asarray(family)
    members = {name: np.isin(np.arange(len(p)), rows) for name, rows in (mentions or {}).items()}
    return Pool(p=p, flagged=score >= threshold, family=family, mentions=members)


def some_pool(n: int, seed: int = 0, **more) -> Pool:
    return pool_of(np.random.default_rng(seed).dirichlet([2, 1, 1], n), **more)


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


def test_bias_seeking_wants_both_a_high_score_and_a_subgroup_that_scores_above_the_background() -> None:
    low, high = [0.9, 0.08, 0.02], [0.1, 0.5, 0.4]
    p = [low] * 100 + [high] * 30 + [low] * 10 + [low] * 40 + [high] * 5
    mentions = {"muslim": range(100, 140), "christian": range(140, 180)}
    weights = bias_seeking(pool_of(p, mentions=mentions))
    flagged_muslim, unflagged_muslim, christian, flagged_background = weights[100], weights[135], weights[150], weights[185 - 1]
    assert flagged_muslim == 1
    assert 0 < unflagged_muslim < flagged_muslim / 5
    assert christian == flagged_background == 0


def test_bias_seeking_sees_cues_that_a_data_set_brings_itself() -> None:
    p = [[0.9, 0.1, 0]] * 60 + [[0.2, 0.5, 0.3]] * 20
    weights = bias_seeking(pool_of(p, mentions={"x_dialect": range(60, 80)}))
    assert weights[60:].min() > 0.9
    assert weights[:60].max() == 0


def test_a_handful_of_mentions_says_less_about_a_subgroup_than_many() -> None:
    p = [[0.9, 0.1, 0]] * 100 + [[0.2, 0.5, 0.3]] * 42
    weights = bias_seeking(pool_of(p, mentions={"muslim": range(100, 140), "buddhist": [140, 141]}))
    assert weights[140] < weights[100]


@pytest.mark.parametrize("mentions", [{}, {"muslim": range(50)}])
def test_without_mentions_or_background_bias_seeking_looks_at_the_score_alone(mentions: dict) -> None:
    pool = some_pool(50, mentions=mentions)
    assert np.array_equal(bias_seeking(pool), np.where(pool.flagged, 1, pool.score))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_draw_has_distinct_comments_and_the_same_seed_the_same_ones(strategy: str) -> None:
    pool = some_pool(80, mentions={"muslim": range(10)})
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


def test_drawing_everything_gives_everything_the_chance_one() -> None:
    drawn = draw(some_pool(9), strategy="entropy", count=9, random_share=0.25, rng=np.random.default_rng(0))
    assert drawn.inclusion == pytest.approx(np.ones(9))


@pytest.mark.parametrize("count", [0, 11])
def test_it_refuses_a_count_that_cannot_be(count: int) -> None:
    with pytest.raises(ValueError, match="between 1 and 10"):
        draw(some_pool(10), strategy="random", count=count, random_share=0, rng=np.random.default_rng(0))


def test_inclusion_probabilities_are_what_counting_draws_gives() -> None:
    """4,000 draws of 40 from 120, weights over two orders of magnitude, families of one to four: within four standard errors and
    .015 for the approximation."""
    rng = np.random.default_rng(1)
    pool = some_pool(120, family=np.repeat(np.arange(48), rng.permutation([1, 2, 3, 4] * 12)))
    draws = 4000
    counts = np.zeros(120)
    for _ in range(draws):
        counts[draw(pool, strategy="least_confidence", count=40, random_share=0.25, rng=rng).chosen] += 1
    weights = least_confidence(pool)
    weights = np.maximum(weights, 0.01 * weights.mean())
    stated = inclusion_probabilities(weights, pool.family, count=40, random_count=10)
    counted = counts / draws
    assert np.abs(stated - counted).max() < 4 * np.sqrt(0.25 / draws) + 0.015
    assert stated.sum() == pytest.approx(40, abs=0.2)


def test_weighting_back_by_the_inclusion_probability_finds_the_pools_mean() -> None:
    rng = np.random.default_rng(2)
    pool = some_pool(400)
    estimates = []
    for _ in range(300):
        drawn = draw(pool, strategy="bias_seeking", count=80, random_share=0.25, rng=rng)
        estimates.append(np.average(pool.score[drawn.chosen], weights=1 / drawn.inclusion))
    plain = pool.score[drawn.chosen].mean()
    assert np.mean(estimates) == pytest.approx(pool.score.mean(), abs=0.01)
    assert abs(plain - pool.score.mean()) > 0.05


def test_no_stored_chance_is_below_the_floor() -> None:
    weights = np.r_[np.full(10, 1e6), np.full(990, 1e-9)]
    stated = inclusion_probabilities(weights, np.arange(1000), count=10, random_count=0)
    assert stated.min() == pytest.approx(INCLUSION_FLOOR * 10 / 1000)


def test_effective_n_by_hand() -> None:
    assert effective_n(np.array([0.5, 0.5, 0.5])) == pytest.approx(3)
    assert effective_n(np.array([1.0, 0.5, 0.25])) == pytest.approx(49 / 21)
