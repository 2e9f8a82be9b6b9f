import krippendorff
import numpy as np
import pytest

from feedback.crowd.agreement import agreement, alphas_of, gwet_ac1, krippendorff_alpha


def counts_of(ratings: list[str], values: str) -> np.ndarray:
    """One string of ratings per annotator (`.` missing) -> (items, values) counts."""
    items = zip(*ratings, strict=True)
    return np.array([[item.count(value) for value in values] for item in items])


# Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011: his examples A, B and C.
BINARY = ["0100000000", "1110010100"]
NOMINAL = ["aabbdcccedda", "babbbccceddd"]
WITH_GAPS = ["123321412...", "1233224125.3", ".3332342251.", "12332441251."]


def coincidences(counts: np.ndarray) -> np.ndarray:
    paired = counts[counts.sum(axis=1) >= 2]
    pairs = paired[:, :, None] * paired[:, None, :] - paired[:, :, None] * np.eye(counts.shape[1])
    return (pairs / (paired.sum(axis=1) - 1)[:, None, None]).sum(axis=0)


@pytest.mark.parametrize(("ratings", "values", "published"), [(BINARY, "01", 0.095), (NOMINAL, "abcde", 0.692)])
def test_krippendorffs_examples_without_gaps(ratings: list[str], values: str, published: float) -> None:
    assert krippendorff_alpha(counts_of(ratings, values), measurement="nominal") == pytest.approx(published, abs=0.0005)


@pytest.mark.parametrize(("measurement", "published"), [("nominal", 0.743), ("ordinal", 0.815)])
def test_krippendorffs_example_with_gaps(measurement, published: float) -> None:
    counts = counts_of(WITH_GAPS, "12345")
    assert krippendorff_alpha(counts, measurement=measurement) == pytest.approx(published, abs=0.0005)
    assert alphas_of(coincidences(counts)[None], measurement)[0] == pytest.approx(published, abs=0.0005)


@pytest.mark.parametrize("measurement", ["nominal", "ordinal"])
def test_the_bootstraps_fast_form_is_the_packages_alpha(measurement) -> None:
    counts = np.random.default_rng(0).multinomial(3, [0.5, 0.3, 0.2], size=40)
    expected = krippendorff.alpha(value_counts=counts, value_domain=[0, 1, 2], level_of_measurement=measurement)
    assert alphas_of(coincidences(counts)[None], measurement)[0] == pytest.approx(expected)


def test_the_interval_holds_the_estimate_and_narrows_with_more_items() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 400)
    answers = np.where(rng.random((400, 3)) < 0.8, truth[:, None], rng.integers(0, 3, (400, 3)))
    counts = np.stack([(answers == value).sum(axis=1) for value in range(3)], axis=1)
    few = agreement(counts[:40], measurement="nominal", rng=np.random.default_rng(1))
    many = agreement(counts, measurement="nominal", rng=np.random.default_rng(1))
    assert few.low < few.alpha < few.high
    assert many.high - many.low < (few.high - few.low) / 2
    assert many.items == 400


def test_gwets_own_example_where_kappa_says_nothing_and_ac1_says_much() -> None:
    """Gwet 2002: 118 both yes, 5 and 2 split, none both no: kappa = -.02, AC1 = .94."""
    counts = np.array([[2, 0]] * 118 + [[1, 1]] * 7)
    assert gwet_ac1(counts) == pytest.approx(0.941, abs=0.0005)
    assert krippendorff_alpha(counts, measurement="nominal") < 0


def test_items_with_one_answer_say_nothing() -> None:
    counts = np.array([[2, 0], [0, 2], [1, 1], [1, 0], [0, 1]])
    with_singles = agreement(counts, measurement="nominal", rng=np.random.default_rng(0))
    without = agreement(counts[:3], measurement="nominal", rng=np.random.default_rng(0))
    assert with_singles.alpha == without.alpha
    assert with_singles.items == 3


@pytest.mark.parametrize("counts", [np.zeros((0, 2), int), np.array([[1, 0], [0, 1]]), np.array([[2, 0]])])
def test_too_few_items_give_nan_and_not_a_guess(counts: np.ndarray) -> None:
    found = agreement(counts, measurement="nominal", rng=np.random.default_rng(0))
    assert np.isnan([found.alpha, found.low, found.high, found.ac1]).all()


def test_where_everybody_says_the_same_alpha_is_not_defined_but_ac1_is_one() -> None:
    found = agreement(np.array([[2, 0]] * 5), measurement="nominal", rng=np.random.default_rng(0))
    assert np.isnan(found.alpha)
    assert found.ac1 == 1
