"""Control limits of a version's months: within which a month lies when nothing but the draw of its comments differs.

A chart for shares with limits of its own for each month (a p-chart), but with the spread that the month's 95 % interval shows instead of
the binomial: the interval is made by drawing families of comments, so near-duplicates do not make it too narrow, and it fits measures that
are no shares. The centre is the mean of the first months, weighted by n; its own uncertainty widens the limits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from modeling.measure_texts import MeasureText
from modeling.reports.figures import Figure

SIGMAS = 3
"""One month in 370 lies beyond by chance."""
FEWEST_MONTHS = 4
FIRST_MONTHS = (3, 6)
"""At least and at most so many make the centre; between them, half of the months that are known."""
Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class MonthLimits:
    month: str
    figure: Figure
    low: float
    high: float

    @property
    def is_beyond(self) -> bool:
        return self.figure.value is not None and not self.low <= self.figure.value <= self.high


@dataclass(frozen=True)
class ControlLimits:
    centre: float
    first: tuple[str, ...]
    """The months that made the centre."""
    months: tuple[MonthLimits, ...]

    @property
    def beyond(self) -> tuple[MonthLimits, ...]:
        return tuple(month for month in self.months if month.is_beyond)


def control_limits(text: MeasureText, months: Sequence[str], figures: Sequence[Figure | None]) -> ControlLimits | None:
    """None where fewer than `FEWEST_MONTHS` have a value with an interval."""
    known = [(month, figure, _error(figure)) for month, figure in zip(months, figures, strict=True) if figure and _has_interval(figure)]
    if len(known) < FEWEST_MONTHS:
        return None
    first = known[: min(max(FIRST_MONTHS[0], len(known) // 2), FIRST_MONTHS[1])]
    total = sum(figure.n for _, figure, _ in first)
    weights = {month: figure.n / total for month, figure, _ in first}
    centre = sum(weights[month] * (figure.value or 0.0) for month, figure, _ in first)
    of_centre = sum((weights[month] * error) ** 2 for month, _, error in first)
    limits = []
    for month, figure, error in known:
        # A month that helped to make the centre lies nearer to it.
        half = SIGMAS * sqrt(max(0.0, error**2 * (1 - 2 * weights.get(month, 0.0)) + of_centre))
        limits.append(MonthLimits(month, figure, *_within(text, centre - half, centre + half)))
    return ControlLimits(centre, tuple(weights), tuple(limits))


def _has_interval(figure: Figure) -> bool:
    return None not in (figure.value, figure.low, figure.high) and figure.n > 0


def _error(figure: Figure) -> float:
    """The standard error that its 95 % interval stands for."""
    return ((figure.high or 0.0) - (figure.low or 0.0)) / (2 * Z95)


def _within(text: MeasureText, low: float, high: float) -> tuple[float, float]:
    return (max(0.0, low), min(1.0, high)) if text.range == "0 to 1" else (low, high)
