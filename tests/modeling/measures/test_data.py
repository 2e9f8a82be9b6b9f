import numpy as np
import pytest

from modeling.labels import LEVELS, predicted_level, toxicity_score
from modeling.measures.data import Scored, check_paired
from tests.modeling.measures.worlds import make_scored, make_world


def scored(**changes):
    fields = {
        "p": np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]]),
        "level": np.array([0, 2]),
        "toxic": np.array([False, True]),
        "threshold": 0.4,
        "memberships": {"muslim": np.array([True, False])},
        "cluster": np.array([0, 1]),
    }
    return Scored(**{**fields, **changes})


def test_score_flag_and_level_are_those_of_the_product():
    rows = np.random.default_rng(0).dirichlet([1, 1, 1], 50)
    many = make_scored(np.zeros(50), np.zeros(50))
    many = Scored(rows, many.level, many.toxic, 0.5, {}, many.cluster)
    assert many.score == pytest.approx([toxicity_score(p[1], p[2]) for p in rows])
    assert [LEVELS[i] for i in many.predicted] == [predicted_level(p) for p in rows]
    assert (many.flagged == (many.score >= 0.5)).all()


def test_a_score_at_the_threshold_is_flagged():
    assert scored(threshold=0.2).flagged.tolist() == [True, True]


def test_each_comment_is_right_or_wrong_by_its_own_kind():
    both = scored(level=np.array([-1, 1]), threshold=0.1)
    assert both.hit.tolist() == [False, False]  # flagged though not toxic; high though mild
    assert scored(level=np.array([-1, 2]), threshold=0.4).hit.tolist() == [True, True]


def test_subgroups_count_with_thirty_of_each_kind_only():
    toxic = np.arange(120) % 2 == 0
    sixty, lopsided = np.arange(120) < 60, np.arange(120) < 59
    counted = make_scored(np.zeros(120), toxic, memberships={"sixty": sixty, "lopsided": lopsided})
    assert counted.subgroups_counted == ("sixty",)
    assert make_scored(np.zeros(120), toxic, memberships={"sixty": sixty, "lopsided": lopsided}, counted_minimum=29).subgroups_counted == (
        "sixty",
        "lopsided",
    )


def test_subgroups_count_with_five_families_of_each_kind_only():
    """Whatever a version says of them: only the truth has a say in what counts."""
    toxic, member = np.arange(120) % 2 == 0, np.ones(120, dtype=bool)
    families = np.where(toxic, np.arange(120) // 2 % 4, 4 + np.arange(120) // 2 % 30)
    four = make_scored(np.zeros(120), toxic, memberships={"muslim": member}, cluster=families)
    five = make_scored(np.zeros(120), toxic, memberships={"muslim": member}, cluster=np.where(np.arange(120) < 8, 40, families))
    assert (four.subgroups_counted, four.subgroups_too_alike) == ((), ("muslim",))
    assert (five.subgroups_counted, five.subgroups_too_alike) == (("muslim",), ())


def test_a_part_keeps_rows_together():
    whole = make_world(60)
    rows = whole.toxic
    part = whole.where(rows)
    assert len(part) == rows.sum()
    assert (part.score == whole.score[rows]).all()
    assert (part.memberships["group_1"] == whole.memberships["group_1"][rows]).all()
    assert part.threshold == whole.threshold


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"p": np.zeros((2, 2))}, "p must have shape"),
        ({"p": np.full((2, 3), np.nan)}, "not finite"),
        ({"level": np.array([0, 3])}, "level must be"),
        ({"cluster": np.array([0])}, "cluster must have shape"),
        ({"memberships": {"muslim": np.array([True])}}, "muslim must have shape"),
        ({"memberships": {"muslim": np.array([1, 0])}}, "muslim must hold true and false"),
        ({"toxic": np.array([0, 1])}, "toxic must hold true and false"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        scored(**changes)


@pytest.mark.parametrize(
    "changes",
    [{"toxic": np.array([True, True])}, {"cluster": np.array([0, 0])}, {"level": np.array([0, 1])}, {"memberships": {}}],
)
def test_versions_are_paired_on_the_same_comments_only(changes):
    check_paired(scored(), scored(threshold=0.9, p=np.full((2, 3), 1 / 3)))
    with pytest.raises(ValueError, match="same comments"):
        check_paired(scored(), scored(**changes))
