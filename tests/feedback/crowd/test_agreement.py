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


def test_items_with_one_answer_say_nothing_but_how_common_an_answer_is() -> None:
    paired = np.array([[2, 0], [0, 2], [1, 1]] * 10)
    with_singles = agreement(np.concatenate([paired, [[1, 0]] * 30]), measurement="nominal", rng=np.random.default_rng(0))
    without = agreement(paired, measurement="nominal", rng=np.random.default_rng(0))
    assert with_singles.alpha == without.alpha
    assert with_singles.items == 30
    # Observed 2/3; chance 2 * .75 * .25 with the 30 single answers to the first value, 1/2 without.
    assert with_singles.ac1 == pytest.approx((2 / 3 - 0.375) / 0.625)
    assert without.ac1 == pytest.approx((2 / 3 - 0.5) / 0.5)


@pytest.mark.parametrize("counts", [np.zeros((0, 2), int), np.array([[1, 0], [0, 1]] * 30), np.array([[2, 0], [0, 2], [1, 1]] * 6)])
def test_too_few_items_give_nan_and_not_a_guess(counts: np.ndarray) -> None:
    found = agreement(counts, measurement="nominal", rng=np.random.default_rng(0))
    assert np.isnan([found.alpha, found.low, found.high, found.ac1, found.ac1_low, found.ac1_high]).all()


@pytest.mark.parametrize("rare", [[[0, 2]], [[1, 1]], [[0, 2]] * 9])
def test_a_rare_answer_gives_no_alpha_but_an_ac1_with_an_interval(rare: list[list[int]]) -> None:
    """One report by both of two was alpha 1.00 (1.00 to 1.00); one lone report 0.00 (-.015 to 0.00)."""
    found = agreement(np.array([[2, 0]] * 100 + rare), measurement="nominal", rng=np.random.default_rng(0))
    assert np.isnan([found.alpha, found.low, found.high]).all()
    assert found.ac1_low < found.ac1 <= found.ac1_high


def test_ten_items_with_the_rarer_answer_are_enough_for_alpha() -> None:
    found = agreement(np.array([[2, 0]] * 100 + [[0, 2]] * 5 + [[1, 1]] * 5), measurement="nominal", rng=np.random.default_rng(0))
    assert found.low < found.alpha < found.high


def test_where_everybody_says_the_same_ac1_is_one_and_how_surely_hangs_on_the_number() -> None:
    few, many = (agreement(np.array([[2, 0]] * items), measurement="nominal", rng=np.random.default_rng(0)) for items in (20, 200))
    assert np.isnan(few.alpha)
    assert few.ac1 == few.ac1_high == many.ac1 == 1
    assert few.ac1_low < 0.9 < many.ac1_low < 1


def test_the_interval_of_ac1_holds_the_truth() -> None:
    """Two people who see the right one of two values with .9, one value with 8 %: 95 of 100 rounds, give or take three standard errors."""
    rng, held = np.random.default_rng(0), 0
    agreed, share = 0.9**2 + 0.1**2, 0.08 * 0.9 + 0.92 * 0.1
    truth = (agreed - 2 * share * (1 - share)) / (1 - 2 * share * (1 - share))
    for _ in range(200):
        answers = (rng.random((100, 1)) < 0.08) ^ (rng.random((100, 2)) < 0.1)
        ones = answers.sum(axis=1)
        found = agreement(np.stack([2 - ones, ones], axis=1), measurement="nominal", rng=rng, resamples=1)
        held += found.ac1_low <= truth <= found.ac1_high
    assert held / 200 > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 200)
