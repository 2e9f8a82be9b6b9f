import numpy as np
import pytest
from sklearn import metrics

from modeling.measures import performance

MACRO = (performance.macro_precision, performance.macro_recall, performance.macro_f1)
WEIGHTED = (performance.weighted_precision, performance.weighted_recall, performance.weighted_f1)
TRUTH = np.array([0, 0, 0, 0, 1, 1, 2, 2, 2, 2])
PREDICTED = np.array([0, 0, 0, 1, 1, 2, 2, 2, 0, 2])


def test_confusion_counts_truth_in_rows():
    assert performance.confusion_matrix(TRUTH, PREDICTED, 3).tolist() == [[3, 1, 0], [0, 1, 1], [1, 0, 3]]


def test_a_hand_worked_example():
    confusion = performance.confusion_matrix(TRUTH, PREDICTED, 3)
    # precision 3/4, 1/2, 3/4; recall 3/4, 1/2, 3/4; F1 3/4, 1/2, 3/4
    assert performance.macro_precision(confusion) == pytest.approx(2 / 3)
    assert performance.macro_recall(confusion) == performance.balanced_accuracy(confusion) == pytest.approx(2 / 3)
    assert performance.macro_f1(confusion) == pytest.approx(2 / 3)
    assert performance.weighted_f1(confusion) == pytest.approx(0.7)
    # 7 right of 10; truth and prediction both 4, 2, 4: (7 * 10 - 36) / (100 - 36)
    assert performance.mcc(confusion) == pytest.approx(34 / 64)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("classes", [2, 3])
def test_it_agrees_with_scikit_learn(seed, classes):
    rng = np.random.default_rng(seed)
    args = {"y_true": rng.integers(classes, size=200), "y_pred": rng.integers(classes, size=200)}
    confusion = performance.confusion_matrix(*args.values(), classes)
    assert confusion == pytest.approx(metrics.confusion_matrix(**args))
    for average, (precision, recall, f1) in {"macro": MACRO, "weighted": WEIGHTED}.items():
        assert precision(confusion) == pytest.approx(metrics.precision_score(**args, average=average))
        assert recall(confusion) == pytest.approx(metrics.recall_score(**args, average=average))
        assert f1(confusion) == pytest.approx(metrics.f1_score(**args, average=average))
    assert performance.balanced_accuracy(confusion) == pytest.approx(metrics.balanced_accuracy_score(**args))
    assert performance.mcc(confusion) == pytest.approx(metrics.matthews_corrcoef(**args))
    assert performance.weighted_recall(confusion) == pytest.approx(metrics.accuracy_score(**args))


def test_many_confusions_at_once_are_each_as_alone():
    many = np.random.default_rng(0).integers(0, 9, (4, 3, 3)).astype(float)
    for measure in (*MACRO, *WEIGHTED, performance.mcc):
        assert measure(many) == pytest.approx([measure(one) for one in many])


def test_a_class_that_is_absent_from_the_truth_takes_no_part_in_a_mean():
    confusion = performance.confusion_matrix(np.array([0, 0, 2]), np.array([0, 1, 2]), 3)
    assert performance.macro_recall(confusion) == pytest.approx((1 / 2 + 1) / 2)
    assert performance.macro_f1(confusion) == pytest.approx((2 / 3 + 1) / 2)


def test_a_class_that_is_never_predicted_has_no_precision_to_its_credit():
    confusion = performance.confusion_matrix(np.array([0, 1]), np.array([0, 0]), 2)
    assert performance.macro_precision(confusion) == pytest.approx(0.25)


def test_correlation_is_zero_for_a_constant_prediction_and_undefined_for_a_constant_truth():
    varied, constant = np.array([0, 1, 2]), np.array([1, 1, 1])
    assert performance.mcc(performance.confusion_matrix(varied, constant, 3)) == 0
    assert np.isnan(performance.mcc(performance.confusion_matrix(constant, varied, 3)))


def test_nothing_has_no_value():
    empty = np.zeros((2, 3, 3))
    for measure in (*MACRO, *WEIGHTED, performance.mcc):
        assert np.isnan(measure(empty)).all()
