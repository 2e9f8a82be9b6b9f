import pytest

from feedback.crowd.shares import difference, share_of, standardised


def test_too_little_is_told_as_such() -> None:
    found = share_of(5, 9, needs=10)
    assert (found.count, found.n, found.value, found.low, found.high) == (5, 9, None, None, None)
    assert share_of(0, 0, needs=0).value is None


def test_a_share_comes_with_wilsons_interval() -> None:
    found = share_of(10, 20, needs=10)
    assert (found.value, found.low, found.high) == (0.5, pytest.approx(0.299, abs=1e-3), pytest.approx(0.701, abs=1e-3))


def test_the_difference_is_newcombes_own_example() -> None:
    """56 of 70 against 48 of 80 (Newcombe 1998, table II, contrast a): .0524 to .3339."""
    found = difference(share_of(56, 70, needs=1), share_of(48, 80, needs=1))
    assert (found.value, found.low, found.high) == (pytest.approx(0.2), pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))


def test_there_is_no_difference_to_what_is_not_known() -> None:
    assert difference(share_of(5, 9, needs=10), share_of(10, 20, needs=10)).value is None


def pair(first: tuple[int, int], second: tuple[int, int]) -> tuple:
    return share_of(*first, needs=1), share_of(*second, needs=1)


def test_over_strata_that_differ_nothing_is_made_of_how_they_are_mixed() -> None:
    """Simpson: 90 % and 30 % on both sides of each, four times as many of the one here and of the other there."""
    strata = [pair((72, 80), (288, 320)), pair((96, 320), (24, 80))]
    first, second = standardised(strata, needs=30)
    found = difference(first, second)
    mixed = difference(share_of(168, 400, needs=1), share_of(312, 400, needs=1))
    assert mixed.high < -0.25
    assert (first.value, second.value, found.value) == (pytest.approx(0.6), pytest.approx(0.6), pytest.approx(0, abs=1e-12))
    assert -0.1 < found.low < 0 < found.high < 0.1


def test_a_difference_in_each_stratum_is_found_whatever_the_mixture() -> None:
    found = difference(*standardised([pair((76, 80), (256, 320)), pair((160, 320), (24, 80))], needs=30))
    assert found.low > 0
    assert found.value == pytest.approx((0.15 + 0.2) / 2)


def test_one_stratum_is_plain_and_one_with_one_side_alone_counts_nowhere() -> None:
    plain = pair((56, 70), (48, 80))
    first, second = standardised([plain, pair((9, 9), (0, 0))], needs=30)
    assert (first.count, first.n, first.value, first.low, first.high) == pytest.approx((56, 70, 0.8, plain[0].low, plain[0].high))
    assert second.n == 80


def test_too_little_over_all_strata_is_told_as_such() -> None:
    assert standardised([pair((5, 9), (5, 9))] * 3, needs=30)[0].value is None
    assert standardised([], needs=0)[0].value is None
