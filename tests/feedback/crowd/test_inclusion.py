import numpy as np
import pytest

from feedback.crowd.estimates import pool_share, pool_total
from feedback.crowd.inclusion import capacity, chance_to_survive, effective_n, inclusion_probabilities, thinned
from feedback.crowd.sampling import draw, least_confidence
from tests.feedback.crowd.pools import pool_of, some_pool


def test_inclusion_probabilities_are_what_counting_draws_gives() -> None:
    """2,000 draws of 40 from 120, weights over two orders of magnitude, families of one to four: within four standard errors and
    .015 for the approximation."""
    rng = np.random.default_rng(1)
    pool = some_pool(120, family=np.repeat(np.arange(48), rng.permutation([1, 2, 3, 4] * 12)))
    draws = 2000
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


@pytest.mark.parametrize("random_share", [0.0, 0.05])
def test_however_little_is_asked_for_at_random_what_is_hardly_ever_drawn_counts_in_full(random_share: float) -> None:
    """Six of seven comments are so certain that their weight is at its floor, and a fifth of their answers report a bias."""
    rng = np.random.default_rng(4)
    certain = np.arange(700) < 600
    pool = pool_of(np.where(certain[:, None], [[0.999, 0.001, 0.0]], [[0.35, 0.35, 0.3]]))
    truth = np.where(certain, rng.random(700) < 0.2, rng.random(700) < 0.7).astype(float)
    shares, totals, holds = [], [], 0
    for _ in range(200):
        drawn = draw(pool, strategy="entropy", count=60, random_share=random_share, rng=rng)
        told = pool_share(truth[drawn.chosen], drawn.inclusion, drawn.chosen)
        shares.append(told.value)
        totals.append(pool_total(truth[drawn.chosen], drawn.inclusion))
        holds += told.low <= truth.mean() <= told.high
    assert np.mean(shares) == pytest.approx(truth.mean(), abs=0.03)
    assert np.mean(totals) == pytest.approx(truth.sum(), rel=0.1)
    assert holds >= 180


def test_a_member_of_a_large_set_of_copies_stands_for_all_of_them() -> None:
    rng = np.random.default_rng(5)
    copies = np.r_[np.repeat(np.arange(25) * 20, 20), np.arange(500, 1000)]
    pool = some_pool(1000, family=copies, copies=copies)
    totals = []
    for _ in range(200):
        drawn = draw(pool, strategy="entropy", count=100, random_share=0.25, rng=rng)
        totals.append(pool_total(np.ones(100), drawn.inclusion))
    assert np.mean(totals) == pytest.approx(1000, rel=0.05)


def test_effective_n_by_hand() -> None:
    assert effective_n(np.array([0.5, 0.5, 0.5])) == pytest.approx(3)
    assert effective_n(np.array([1.0, 0.5, 0.25])) == pytest.approx(49 / 21)


def test_inclusion_probabilities_hold_with_near_duplicates_within_families() -> None:
    """As above, with sets of near-duplicates of one to three inside families of up to three sets."""
    rng = np.random.default_rng(3)
    copies = np.repeat(np.arange(60), rng.permutation([1, 2, 3] * 20))
    family = copies // 3
    pool = some_pool(120, family=family, copies=copies)
    draws = 2000
    counts = np.zeros(120)
    for _ in range(draws):
        counts[draw(pool, strategy="least_confidence", count=20, random_share=0.25, rng=rng).chosen] += 1
    weights = least_confidence(pool)
    weights = np.maximum(weights, 0.01 * weights.mean())
    stated = inclusion_probabilities(weights, family, count=20, random_count=5, copies=copies)
    assert np.abs(stated - counts / draws).max() < 4 * np.sqrt(0.25 / draws) + 0.025
    assert stated.sum() == pytest.approx(20, abs=0.2)


def test_the_chance_to_survive_is_what_counting_thinnings_gives() -> None:
    copies = np.array([0, 0, 2, 3, 4, 5, 5, 5, 8])
    family = np.array([0, 0, 0, 0, 4, 5, 5, 5, 8])
    rng = np.random.default_rng(0)
    counts = np.zeros(9)
    for _ in range(6000):
        counts[thinned(family, copies, rng)] += 1
    assert chance_to_survive(family, copies) == pytest.approx(counts / 6000, abs=0.03)
    assert chance_to_survive(family, copies).sum() == pytest.approx(capacity(family, copies))
