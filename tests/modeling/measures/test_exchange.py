"""The exchange test: what it compares, that its p-value and its interval say one thing, and that what is exchanged decides nothing."""

from dataclasses import replace

import numpy as np
import pytest

from modeling.measures.battery import compare
from modeling.measures.data import Scored
from modeling.measures.exchange import OF_AUCS, ExchangeTest, Pair, exchange_test
from tests.modeling.measures.worlds import make_world, rescored

MEASURES = sorted(OF_AUCS)


def pair(family: int = 3, noise: tuple[float, float] = (0.3, 0.35)) -> tuple[Scored, Scored]:
    champion = rescored(make_world(600, family=family), noise=noise[1], seed=1)
    return rescored(champion, noise=noise[0], seed=2), champion


def errors_of(a: Scored, b: Scored, measure: str) -> tuple[float, float]:
    compared = compare(a, b, overall=(measure,), per_subgroup=(), resamples=1, seed=0)
    return float(compared.difference[0]), compared.spread(0)


@pytest.mark.parametrize("measure", MEASURES)
def test_it_compares_what_the_gate_shows(measure):
    """The difference and its error are those by influence functions, to the last digits that a numeric derivative has."""
    a, b = pair()
    found = exchange_test(a, b, measure, 20, seed=0)
    assert found is not None
    assert (found.difference, found.error) == pytest.approx(errors_of(a, b, measure), rel=1e-6)
    assert len(found.exchanged) == 21


def test_tied_scores_count_half_as_they_do_in_an_auc():
    a, b = (rounded(each) for each in pair())
    found = exchange_test(a, b, "jigsaw_score", 2, seed=0)
    assert found is not None
    assert (found.difference, found.error) == pytest.approx(errors_of(a, b, "jigsaw_score"), rel=1e-6)


def rounded(scored: Scored) -> Scored:
    return replace(scored, p=np.round(scored.p, 1))


@pytest.mark.parametrize("measure", MEASURES)
def test_an_exchanged_pair_is_measured_as_any_other(measure):
    """Whole families exchanged by hand, and measured the long way."""
    a, b = pair()
    families, code = np.unique(a.cluster, return_inverse=True)
    swaps = np.random.default_rng(0).random((6, len(families))) < 0.5
    differences, errors = Pair(a, b, measure).measured(swaps)
    for swap, difference, error in zip(swaps, differences, errors, strict=True):
        rows = swap[code][:, None]
        of_a, of_b = replace(a, p=np.where(rows, b.p, a.p)), replace(b, p=np.where(rows, a.p, b.p))
        assert (difference, error) == pytest.approx(errors_of(of_a, of_b, measure), rel=1e-6)


@pytest.mark.parametrize("alpha", [0.05, 0.05 / 12])
@pytest.mark.parametrize("gap", [-1.0, 1.5, 1.9, 2.1, 2.6, 2.7, 4.0])
def test_the_interval_excludes_no_gain_exactly_where_the_p_value_is_small_enough(alpha, gap):
    draws = np.sort(np.random.default_rng(0).normal(size=999))
    found = ExchangeTest(gap * 0.01, 0.01, draws)
    low, high = found.limits(1 - 2 * alpha)
    assert (low > 0) == (found.p_value <= alpha)
    assert low + high == pytest.approx(2 * found.difference)


def test_the_measured_pair_is_one_of_those_that_are_counted():
    """So p is never 0, and with few exchanges never small."""
    found = ExchangeTest(1.0, 0.1, np.linspace(-2, 2, 39))
    assert found.p_value == 1 / 40
    with pytest.raises(ValueError, match="39 exchanges are too few"):
        found.critical(0.02)


def test_versions_that_say_the_same_have_nothing_to_exchange():
    _, b = pair()
    assert exchange_test(b, b, "jigsaw_score", 20, seed=0) is None


@pytest.mark.parametrize("measure", MEASURES)
def test_a_version_that_only_scores_on_another_scale_is_no_better(measure):
    """Its order of comments is the same, so there is no gain, however it and the champion mix."""
    _, b = pair()
    squeezed = replace(b, p=np.column_stack([1 - b.score / 3, np.zeros(len(b)), b.score / 3]))
    found = exchange_test(squeezed, b, measure, 200, seed=0)
    assert found.t == 0
    assert found.p_value > 0.3


def test_a_subgroup_whose_auc_is_undefined_is_left_out_as_it_is_from_what_is_shown():
    """Every toxic comment mentions it, so nobody is left to compare its harmless ones with."""
    a, b = pair()
    covering = {"group_0": b.toxic | b.memberships["group_0"], **{name: mask for name, mask in b.memberships.items() if name != "group_0"}}
    a, b = (replace(each, memberships=covering) for each in (a, b))
    for measure in MEASURES:
        found = exchange_test(a, b, measure, 40, seed=0)
        assert (found.difference, found.error) == pytest.approx(errors_of(a, b, measure), rel=1e-6)
        assert np.isfinite(found.exchanged).all()


def test_no_more_is_drawn_than_it_takes_to_know_that_nothing_is_shown():
    a, b = pair(noise=(0.35, 0.35))
    whole, early = (exchange_test(a, b, "jigsaw_score", 4000, seed=0, alpha=alpha) for alpha in (1.0, 0.01))
    assert len(whole.exchanged) == 4001
    assert 1000 <= len(early.exchanged) < 2000
    assert early.p_value > 0.01
    assert abs(early.p_value - whole.p_value) < 0.1
    assert np.isfinite(early.limits(0.98)).all()


def test_it_wants_the_same_comments_on_both_sides():
    a, b = pair()
    with pytest.raises(ValueError, match="same comments"):
        exchange_test(a.where(np.arange(600) < 599), b, "jigsaw_score", 20, seed=0)


def test_the_draws_are_those_of_the_seed():
    a, b = pair()
    first, again, other = (exchange_test(a, b, "roc_auc", 40, seed=seed) for seed in (3, 3, 4))
    assert first is not None
    assert again is not None
    assert other is not None
    assert np.array_equal(first.exchanged, again.exchanged)
    assert not np.array_equal(first.exchanged, other.exchanged)
