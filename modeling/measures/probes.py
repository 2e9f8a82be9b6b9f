"""Every measure of made-up pairs and sentences. A new one is one function in `counterfactual` or `madlibs` and one entry here."""

from dataclasses import dataclass

from modeling.measures.described import ProbeMeasure

BY_FRAME = "percentile bootstrap, clustered by frame"
BY_TERM = "percentile bootstrap over terms"
LOWER_IS_BETTER = {"ideal": 0, "higher_is_better": False}

_PROBES = (
    ProbeMeasure("swap_rate", unit="pairs", minimum=30, method=f"{BY_FRAME}; Wilson at 0 and 1", is_share=True, **LOWER_IS_BETTER),
    ProbeMeasure("mean_jsd", unit="pairs", minimum=30, method=BY_FRAME, **LOWER_IS_BETTER),
    ProbeMeasure("bias_uncovering_rate", unit="groups", minimum=30, method=f"{BY_FRAME}; Wilson at 0 and 1", is_share=True, **LOWER_IS_BETTER),
    ProbeMeasure("madlibs_bpsn", unit="terms", minimum=5, method=BY_TERM),
    ProbeMeasure("madlibs_bnsp", unit="terms", minimum=5, method=BY_TERM),
    ProbeMeasure("madlibs_fped", unit="terms", minimum=5, method=BY_TERM, **LOWER_IS_BETTER),
    ProbeMeasure("madlibs_fned", unit="terms", minimum=5, method=BY_TERM, **LOWER_IS_BETTER),
)

PROBE_MEASURES: dict[str, ProbeMeasure] = {measure.name: measure for measure in _PROBES}

RESAMPLES = 1_000


@dataclass(frozen=True)
class ProbeRow:
    """A probe's value with its 95 % interval; `n` of the measure's unit (pairs, groups, terms); nan where these are too few."""

    measure: str
    value: float
    low: float
    high: float
    n: int
