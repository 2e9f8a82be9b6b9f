import numpy as np
import pytest

from modeling.ml.multipliers import Multipliers


def slice_of(members_flagged: int, others_flagged: int, each: int = 20):
    """(flagged, toxic, memberships of one subgroup, weights): `each` harmless comments about it and as many about nobody."""
    flagged = np.concatenate([np.arange(each) < members_flagged, np.arange(each) < others_flagged])
    return flagged, np.zeros(2 * each, dtype=bool), (np.arange(2 * each) < each)[:, None], np.ones(2 * each)


def test_a_subgroup_that_is_flagged_too_often_is_pushed_harder():
    multipliers = Multipliers(("muslim",), {}, rate=1.0, cap=4.0)
    multipliers.update(*slice_of(members_flagged=10, others_flagged=2))
    # 20 / (20 + 20) * (.5 - .1 - .02)
    assert multipliers.as_dict() == {"muslim": pytest.approx(np.exp(0.19))}


def test_one_that_is_flagged_less_is_let_go():
    multipliers = Multipliers(("muslim",), {"muslim": 2.0}, rate=1.0, cap=4.0)
    multipliers.update(*slice_of(members_flagged=2, others_flagged=2))
    assert multipliers.values.tolist() == pytest.approx([2 * np.exp(-0.01)])


def test_people_weigh_in_the_rates_as_in_the_loss():
    multipliers = Multipliers(("muslim",), {}, rate=1.0, cap=4.0)
    flagged, toxic, memberships, weights = slice_of(members_flagged=10, others_flagged=0)
    weights[:10] = 3
    multipliers.update(flagged, toxic, memberships, weights)
    # 30 of 40 by weight
    assert multipliers.values.tolist() == pytest.approx([np.exp(0.5 * (0.75 - 0.02))])


def test_toxic_comments_and_subgroups_without_any_say_nothing():
    multipliers = Multipliers(("muslim", "gay"), {}, rate=1.0, cap=4.0)
    flagged, _, memberships, weights = slice_of(members_flagged=20, others_flagged=0)
    nobody = np.zeros_like(memberships)
    multipliers.update(flagged, flagged, np.hstack([memberships, nobody]), weights)
    assert multipliers.values.tolist() == [1, 1]


def test_they_stay_within_the_cap_from_the_start():
    multipliers = Multipliers(("muslim", "gay"), {"muslim": 10.0}, rate=50.0, cap=4.0)
    assert multipliers.values.tolist() == [4, 1]
    flagged, toxic, memberships, weights = slice_of(members_flagged=20, others_flagged=0)
    multipliers.update(flagged, toxic, np.hstack([~memberships, memberships]), weights)
    assert multipliers.values.tolist() == [0.25, 4]


def test_a_harmless_comment_takes_the_highest_of_its_subgroups():
    multipliers = Multipliers(("muslim", "gay"), {"muslim": 2.0, "gay": 0.5}, rate=1.0, cap=4.0)
    memberships = np.array([[True, True], [False, True], [False, False], [True, False]])
    assert multipliers.of_rows(memberships, np.array([True, True, True, False])).tolist() == [2, 0.5, 1, 1]
    assert Multipliers((), {}, 1.0, 4.0).of_rows(np.zeros((2, 0), dtype=bool), np.ones(2, dtype=bool)).tolist() == [1, 1]
