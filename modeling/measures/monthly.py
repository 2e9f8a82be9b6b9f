"""Whether a measure rises or falls from month to month: Theil-Sen's slope with an interval over comments, Mann-Kendall and a change point.

The interval answers "would other comments of the same months say the same?": within each month, comments are drawn anew (families of
variants together), and the slope is taken of each draw. It knows nothing of months that were not seen; Mann-Kendall, which looks at the
order of the months' values alone, stands beside it for that. Sources: Theil (1950), Sen (1968), Mann (1945), Kendall (1975).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from modeling.measures import battery
from modeling.measures.change_points import FEWEST_MONTHS, change_point
from modeling.measures.data import Floats, Scored
from modeling.measures.intervals import is_point
from modeling.measures.registry import settled
from modeling.measures.significance import mann_kendall, theil_sen
from modeling.measures.statistics import holm, p_value, percentile_interval, two_sided

RESAMPLES = 1_000
TESTS = ("slope_p", "p", "change_p", "pettitt_p")


@dataclass(frozen=True)
class MonthlyTrend:
    """`slope` per month; nan below four months with enough comments. `n` comments in those `months`; `tau`, `p`: Mann-Kendall. `slope_p`: two-sided,
    of the draws that the interval is made of.

    `change_month`: the first month after the largest step, with the p-values of `change_points.ChangePoint`. Months as 12 x year + month - 1.
    `..._holm`: after Holm over the measures that were asked for together, for each test by itself.
    """

    measure: str
    slope: float
    low: float
    high: float
    slope_p: float
    n: int
    months: tuple[int, ...]
    tau: float
    p: float
    change_month: int | None
    change_p: float
    pettitt_p: float
    slope_p_holm: float = np.nan
    p_holm: float = np.nan
    change_p_holm: float = np.nan
    pettitt_p_holm: float = np.nan


def monthly_trends(by_month: Mapping[int, Scored], measures: Sequence[str], resamples: int = RESAMPLES, seed: int = 0) -> list[MonthlyTrend]:
    """{12 x year + month - 1: that month's comments under one version each} -> a trend for each overall measure.

    Months need not follow each other without a gap: slopes count the months between. Each month's draws have a seed of their own.
    """
    months = np.array(sorted(by_month), dtype=np.int64)
    read = [battery.measure(by_month[m], overall=measures, per_subgroup=(), resamples=resamples, seed=seed + int(m)) for m in months]
    if not read:
        return [_unknown(name, 0, ()) for name in measures]
    values, counts = np.array([each.value for each in read]), np.array([each.n for each in read])
    draws = np.stack([settled(each.battery, each.value, each.draws) for each in read], axis=-1)
    return _corrected([trend_of(name, months, values[:, i], draws[:, i, :], counts[:, i], seed) for i, name in enumerate(measures)])


def _corrected(rows: list[MonthlyTrend]) -> list[MonthlyTrend]:
    adjusted = {f"{test}_holm": holm([getattr(row, test) for row in rows]).tolist() for test in TESTS}
    return [replace(row, **{name: values[place] for name, values in adjusted.items()}) for place, row in enumerate(rows)]


def trend_of(measure: str, months: NDArray[np.int64], values: Floats, draws: Floats, counts: NDArray[np.integer], seed: int = 0) -> MonthlyTrend:
    """`values`, `counts`: (k,) of the months, nan where there are too few comments. `draws`: (B, k)."""
    known = ~np.isnan(values)
    months, values, draws = months[known], values[known], draws[:, known]
    n, names = int(counts[known].sum()), tuple(months.tolist())
    if len(months) < FEWEST_MONTHS:
        return _unknown(measure, n, names)
    drawn = slopes(months, draws)
    low, high = percentile_interval(drawn)
    slope_p = two_sided(float(p_value(drawn)), float(p_value(-drawn)))
    if is_point(low, high):
        low = high = slope_p = np.float64(np.nan)  # nothing that was drawn moves it, which shows no certainty
    step = change_point(values, np.nanstd(draws, axis=0), seed)
    # scipy gives nan for a series that stands still, in which no pair of months agrees or disagrees.
    tau = float(stats.kendalltau(months, values).statistic) if np.ptp(values) > 0 else 0.0
    changed = names[step.place] if step.place is not None else None
    p, _ = mann_kendall(values)
    limits = float(low), float(high), float(slope_p)
    return MonthlyTrend(measure, theil_sen(months, values), *limits, n, names, tau, p, changed, step.p, step.pettitt_p)


def slopes(months: NDArray[np.integer], draws: Floats) -> Floats:
    """(B,) Theil-Sen's slope of each of (B, k) series; nan where one of its months is undefined."""
    i, j = np.triu_indices(len(months), 1)
    return np.median((draws[:, j] - draws[:, i]) / (months[j] - months[i]), axis=1)


def _unknown(measure: str, n: int, months: tuple[int, ...]) -> MonthlyTrend:
    return MonthlyTrend(measure, np.nan, np.nan, np.nan, np.nan, n, months, np.nan, np.nan, None, np.nan, np.nan)
