import numpy as np
import pytest

from feedback.crowd.estimates import MINIMUM_ITEMS, pool_share, pool_total
from feedback.crowd.sampling import draw
from tests.feedback.crowd.pools import some_pool


def test_a_share_by_hand() -> None:
    """Five comments drawn for sure, five of each of which stands for four: 1 of 25."""
    found = pool_share([1] + [0] * 9, [1.0] * 5 + [0.25] * 5, np.arange(10))
    assert found.value == pytest.approx(1 / 25)
    assert found.low < found.value < found.high
    assert found.n == 10


def test_too_few_items_say_nothing() -> None:
    found = pool_share([1] * (MINIMUM_ITEMS - 1), [0.5] * (MINIMUM_ITEMS - 1), np.arange(MINIMUM_ITEMS - 1))
    assert np.isnan([found.value, found.low, found.high]).all()


def test_none_found_is_not_none_there() -> None:
    found = pool_share(np.zeros(50), np.full(50, 0.1), np.arange(50))
    assert found.value == found.low == 0
    assert 0.05 < found.high < 0.1


def test_members_of_a_family_are_no_independent_witnesses() -> None:
    y = np.repeat([1, 0, 0, 1, 0, 0, 0, 0, 0, 0], 4)
    alone, together = pool_share(y, np.full(40, 0.1), np.arange(40)), pool_share(y, np.full(40, 0.1), np.arange(40) // 4)
    assert together.high - together.low > 1.3 * (alone.high - alone.low)


def test_estimates_from_a_bias_seeking_draw_are_those_of_the_pool_and_their_intervals_hold_it() -> None:
    """600 draws of 80 from 400, where what is sought is what is counted: the plain mean is far off."""
    rng = np.random.default_rng(5)
    pool = some_pool(400, mentions={"muslim": range(120)})
    biased = (rng.random(400) < np.where(pool.flagged & pool.mentions["muslim"], 0.5, 0.02)).astype(float)
    totals, shares, covered, plain = [], [], 0, []
    for _ in range(600):
        drawn = draw(pool, strategy="bias_seeking", count=80, random_share=0.25, rng=rng)
        y = biased[drawn.chosen]
        found = pool_share(y, drawn.inclusion, drawn.chosen)
        totals.append(pool_total(y, drawn.inclusion))
        shares.append(found.value)
        covered += found.low <= biased.mean() <= found.high
        plain.append(y.mean())
    error = np.std(totals) / np.sqrt(600)
    assert np.mean(totals) == pytest.approx(biased.sum(), abs=4 * error + 0.01 * biased.sum())
    assert np.mean(shares) == pytest.approx(biased.mean(), rel=0.05)
    assert np.mean(plain) > 1.5 * biased.mean()
    assert 0.92 <= covered / 600 <= 1
