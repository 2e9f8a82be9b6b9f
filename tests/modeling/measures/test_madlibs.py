import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from modeling.measures.madlibs import measure_madlibs, rate_differences, term_aucs


def sentences(seed=0, terms=8, each=60):
    """Half of each term's sentences toxic; term 0 is scored too high, term 1 too low."""
    rng = np.random.default_rng(seed)
    term = np.repeat(np.arange(terms), each)
    toxic = rng.random(len(term)) < 0.5
    lean = np.where(term == 0, 0.3, np.where(term == 1, -0.2, 0))
    score = np.clip(0.3 + 0.4 * toxic + lean + 0.15 * rng.normal(size=len(term)), 0, 1)
    return score, toxic, np.eye(terms, dtype=bool)[term]


def by_name(*arrays, threshold=0.5):
    return {row.measure: row for row in measure_madlibs(*arrays, threshold)}


def test_each_terms_aucs_are_scikit_learns_on_its_own_rows():
    score, toxic, terms = sentences()
    bpsn, bnsp = term_aucs(score, toxic, terms)
    for column, term in enumerate(terms.T):
        harmless_own, toxic_own = (term & ~toxic) | (~term & toxic), (term & toxic) | (~term & ~toxic)
        assert bpsn[column] == pytest.approx(roc_auc_score(toxic[harmless_own], score[harmless_own]))
        assert bnsp[column] == pytest.approx(roc_auc_score(toxic[toxic_own], score[toxic_own]))
    assert np.argmin(bpsn) == 0
    assert np.argmin(bnsp) == 1


def test_the_means_are_those_of_the_definition():
    score, toxic, terms = sentences()
    found, bpsn = by_name(score, toxic, terms), term_aucs(score, toxic, terms)[0]
    flagged = score >= 0.5
    fprs = [flagged[term & ~toxic].mean() for term in terms.T]
    fnrs = [1 - flagged[term & toxic].mean() for term in terms.T]
    assert found["madlibs_bpsn"].value == pytest.approx(np.mean(bpsn**-5.0) ** (-1 / 5))
    assert found["madlibs_fped"].value == pytest.approx(np.mean(np.abs(fprs - flagged[~toxic].mean())))
    assert found["madlibs_fned"].value == pytest.approx(np.mean(np.abs(fnrs - (1 - flagged[toxic].mean()))))
    assert all(row.low <= row.value <= row.high and row.n == 8 for row in found.values())


def test_rates_on_an_example_worked_by_hand():
    """Two terms of 20 harmless sentences: 10 and 2 flagged, 12 of 40 overall; 20 toxic ones of the first, 15 found."""
    toxic = np.repeat([False, False, True], 20)
    terms = np.column_stack([np.repeat([True, False, True], 20), np.repeat([False, True, False], 20)])
    flagged = np.concatenate([np.arange(20) < 10, np.arange(20) < 2, np.arange(20) < 15])
    fpr, fnr = rate_differences(flagged, toxic, terms)
    assert fpr == pytest.approx([0.5 - 0.3, 0.3 - 0.1])
    assert fnr == pytest.approx([0, np.nan], nan_ok=True)


def test_a_version_that_treats_all_terms_alike_has_no_differences():
    _, toxic, terms = sentences()
    found = by_name(np.where(toxic, 0.9, 0.1), toxic, terms)
    assert [found[name].value for name in ("madlibs_bpsn", "madlibs_bnsp", "madlibs_fped", "madlibs_fned")] == [1, 1, 0, 0]


def test_a_term_with_too_few_sentences_is_left_out_and_too_few_terms_say_nothing():
    score, toxic, terms = sentences()
    rare = terms.copy()
    rare[np.flatnonzero(terms[:, 3])[5:], 3] = False
    assert by_name(score, toxic, rare)["madlibs_bpsn"].n == 7
    few = by_name(score, toxic, terms[:, :4])
    assert all(np.isnan(row.value) and row.n == 4 for row in few.values())


def test_the_order_of_sentences_and_of_terms_changes_nothing():
    score, toxic, terms = sentences()
    order = np.random.default_rng(1).permutation(len(score))
    turned = by_name(score[order], toxic[order], terms[order][:, ::-1])
    for name, row in by_name(score, toxic, terms).items():
        assert turned[name].value == pytest.approx(row.value)


def test_arrays_that_do_not_fit_are_refused():
    score, toxic, terms = sentences()
    with pytest.raises(ValueError, match="terms"):
        measure_madlibs(score, toxic, terms[:10], 0.5)
