import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from modeling.measures.ranking import Segments, auc, average_precision


def test_a_hand_worked_example():
    # toxic .9, .6 and non-toxic .7, .6, .1: 3 + (.5 + 1) of 6 pairs
    toxic, score = np.array([1, 1, 0, 0, 0], dtype=bool), np.array([0.9, 0.6, 0.7, 0.6, 0.1])
    assert auc(toxic, score) == pytest.approx(4.5 / 6)
    # .9: recall 1/2 at precision 1; .6: recall 1/2 more at 2 of 4
    assert average_precision(toxic, score) == pytest.approx(0.5 * 1 + 0.5 * 0.5)


@pytest.mark.parametrize("decimals", [1, 8], ids=["many ties", "no ties"])
@pytest.mark.parametrize("seed", range(5))
def test_it_agrees_with_scikit_learn_under_many_weight_vectors_at_once(seed, decimals):
    rng = np.random.default_rng(seed)
    score, toxic = rng.random(150).round(decimals), rng.random(150) < 0.3
    weights = rng.integers(0, 4, size=(6, 150)).astype(float)
    assert auc(toxic, score, weights) == pytest.approx([roc_auc_score(toxic, score, sample_weight=w) for w in weights], abs=1e-12)
    assert average_precision(toxic, score, weights) == pytest.approx(
        [average_precision_score(toxic, score, sample_weight=w) for w in weights], abs=1e-12
    )
    assert auc(toxic, score) == pytest.approx(roc_auc_score(toxic, score))


@pytest.mark.parametrize(
    "toxic", [np.zeros(5, dtype=bool), np.ones(5, dtype=bool), np.zeros(0, dtype=bool)], ids=["none toxic", "all toxic", "empty"]
)
def test_one_class_has_no_auc(toxic):
    assert np.isnan(auc(toxic, np.linspace(0, 1, len(toxic))))


def test_a_resample_that_lost_a_class_has_no_auc():
    toxic, score = np.array([True, False, False]), np.array([0.9, 0.5, 0.1])
    assert auc(toxic, score, np.array([[1.0, 1, 1], [0, 2, 1]])).tolist() == pytest.approx([1, np.nan], nan_ok=True)


def test_sums_over_subgroups_are_those_of_masks_and_zero_for_an_empty_one():
    rng = np.random.default_rng(0)
    members = rng.random((40, 5)) < 0.3
    members[:, [0, 2, 4]] = False
    segments, values = Segments(members), rng.random((3, 40))
    assert segments.sums(segments.of(values)) == pytest.approx(values @ members)
