import pytest

from feedback.crowd.shares import difference, share_of


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
