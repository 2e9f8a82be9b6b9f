"""A measured value as it travels: never without its interval and n."""

from dataclasses import dataclass
from typing import Self

from modeling.models.results import Measured


@dataclass(frozen=True)
class Figure:
    """A value with its 95 % interval and n; `value` is None where there are too few comments."""

    value: float | None
    low: float | None
    high: float | None
    n: int

    @classmethod
    def of(cls, row: Measured) -> Self:
        return cls(row.value, row.low, row.high, row.n)

    @property
    def is_above_zero(self) -> bool:
        """The whole interval lies above 0."""
        return self.low is not None and self.low > 0

    @property
    def is_below_zero(self) -> bool:
        return self.high is not None and self.high < 0


def direction(difference: Figure | None, *, higher_is_better: bool | None) -> str:
    """What an interval of a difference says: `better`, `worse`, or that it does not tell. Empty where nothing was measured."""
    if difference is None or difference.value is None or higher_is_better is None:
        return ""
    if difference.is_above_zero:
        return "better" if higher_is_better else "worse"
    if difference.is_below_zero:
        return "worse" if higher_is_better else "better"
    return "no clear difference"
