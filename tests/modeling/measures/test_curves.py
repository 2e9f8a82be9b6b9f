import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, roc_auc_score, roc_curve

from modeling.measures import calibration
from modeling.measures.curves import MOST_POINTS, curves_of, roc_points
from tests.modeling.measures.worlds import make_scored, make_world


def area(points):
    alarms, found, _ = np.array(points).T
    return np.trapezoid(found, alarms)


def test_a_short_roc_curve_has_every_corner():
    toxic, score = np.array([1, 0, 1, 1, 0, 0], dtype=bool), np.array([0.9, 0.8, 0.8, 0.6, 0.3, 0.1])
    alarms, found, limit = roc_curve(toxic, score, drop_intermediate=False)
    assert np.array(roc_points(toxic, score))[1:] == pytest.approx(np.column_stack([alarms, found, limit])[1:], abs=1e-4)


def test_a_long_one_keeps_its_ends_and_its_area_in_a_hundred_points():
    world = make_world(5_000)
    points = roc_points(world.toxic, world.score)
    assert len(points) <= MOST_POINTS
    assert (points[0][:2], points[-1][:2]) == ([0, 0], [1, 1])
    assert points == sorted(points, key=lambda point: (point[0], point[1]))
    assert area(points) == pytest.approx(roc_auc_score(world.toxic, world.score), abs=0.001)


@pytest.mark.parametrize("toxic", [True, False])
def test_of_one_kind_alone_there_is_no_curve(toxic):
    assert roc_points(np.full(4, toxic), np.linspace(0, 1, 4)) == []


def test_confusion_counts_agree_with_scikit_learn_and_leave_out_what_has_no_level():
    world = make_world(300)
    level = world.level.copy()
    level[:40] = -1
    curves = curves_of(make_scored(world.score, world.toxic, level=level))
    assert curves.levels == confusion_matrix(level[40:], world.predicted[40:], labels=[0, 1, 2]).tolist()
    assert curves.flags == confusion_matrix(world.toxic, world.flagged).tolist()
    assert (curves.n, curves.n_toxic) == (300, int(world.toxic.sum()))


def test_the_bins_add_up_to_the_calibration_error():
    world = make_world(500)
    n, confidence, right = np.array(curves_of(world).bins).T
    gaps = calibration.calibration_gaps(*calibration.confidence_and_hit(world.p, world.score, world.level, world.toxic))
    assert n.sum() == 500
    assert (n * np.abs(right - confidence)).sum() / 500 == pytest.approx(calibration.expected_calibration_error(gaps.sum(axis=0), 500), abs=1e-4)


def test_of_nothing_there_are_counts_of_nothing():
    nothing = curves_of(make_scored(np.zeros(0), np.zeros(0)))
    assert (nothing.n, nothing.roc, nothing.levels) == (0, [], [[0] * 3] * 3)
    assert nothing.bins[0] == [0, 0, 0]
