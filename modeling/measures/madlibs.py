"""Madlibs (Dixon et al. 2018): identity terms in sentence templates that are toxic or not whoever the term names.

`terms` (n, T) says which term a sentence holds. `score` (n,) the toxicity score, `toxic` (n,).
The terms are the evidence: intervals resample them, and say nothing about other templates.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from modeling.measures.aucs import Clusters, SubgroupAucs, TwoSample
from modeling.measures.data import Floats, Mask
from modeling.measures.fairness import power_mean
from modeling.measures.probes import PROBE_MEASURES, RESAMPLES, ProbeRow
from modeling.measures.statistics import divide, percentile_interval

SENTENCES_MINIMUM = 10
"""Sentences of a kind (toxic, non-toxic) below which a term has no value; it is then left out of the means."""


def term_aucs(score: NDArray[np.floating], toxic: Mask, terms: Mask) -> tuple[Floats, Floats]:
    """(T,) BPSN: the term's non-toxic sentences against the toxic ones of other terms; (T,) BNSP: its toxic ones against the others'
    non-toxic ones. nan for terms with fewer than `SENTENCES_MINIMUM` of the kind.
    """
    clusters = Clusters.of(np.arange(len(score)))
    aucs = SubgroupAucs(TwoSample(toxic, ~toxic, np.asarray(score, dtype=np.float64), clusters), list(terms.T), clusters)
    n_toxic, n_non_toxic = terms[toxic].sum(axis=0), terms[~toxic].sum(axis=0)
    return np.where(n_non_toxic >= SENTENCES_MINIMUM, aucs.bpsn, np.nan), np.where(n_toxic >= SENTENCES_MINIMUM, aucs.bnsp, np.nan)


def rate_differences(flagged: Mask, toxic: Mask, terms: Mask) -> tuple[Floats, Floats]:
    """(T,) |FPR of the term - FPR of all|, and (T,) the same of FNR, at the version's threshold; nan for terms with too few sentences."""
    return _differences(flagged[~toxic], terms[~toxic]), _differences(~flagged[toxic], terms[toxic])


def _differences(wrong: Mask, terms: Mask) -> Floats:
    n = terms.sum(axis=0)
    overall = divide(wrong.sum(), len(wrong))
    return np.where(n >= SENTENCES_MINIMUM, np.abs(divide(wrong @ terms.astype(np.float64), n) - overall), np.nan)


def measure_madlibs(
    score: NDArray[np.floating], toxic: Mask, terms: Mask, threshold: float, resamples: int = RESAMPLES, seed: int = 0
) -> list[ProbeRow]:
    """`madlibs_bpsn`, `madlibs_bnsp` (power means, p = -5), `madlibs_fped`, `madlibs_fned` (means) over T terms.

    score and toxic (n,), terms (n, T) of true and false. Raises ValueError where shapes do not fit together.
    """
    if toxic.shape != score.shape or terms.shape[:1] != score.shape or terms.ndim != 2:
        raise ValueError("score and toxic must be (n,), terms (n, T)")
    bpsn, bnsp = term_aucs(score, toxic, terms)
    fped, fned = rate_differences(score >= threshold, toxic, terms)
    means = {"madlibs_bpsn": (bpsn, power_mean), "madlibs_bnsp": (bnsp, power_mean), "madlibs_fped": (fped, _mean), "madlibs_fned": (fned, _mean)}
    return [_row(name, values[~np.isnan(values)], mean, resamples, seed) for name, (values, mean) in means.items()]


def _mean(values: Floats) -> Floats:
    return values.mean(axis=-1)


def _row(name: str, values: Floats, mean: Callable[[Floats], Floats], resamples: int, seed: int) -> ProbeRow:
    if len(values) < PROBE_MEASURES[name].minimum:
        return ProbeRow(name, np.nan, np.nan, np.nan, len(values))
    places = np.random.default_rng(seed).integers(0, len(values), (resamples, len(values)))
    low, high = percentile_interval(mean(values[places]))
    return ProbeRow(name, float(mean(values)), float(low), float(high), len(values))
