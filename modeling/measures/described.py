"""What a measure is: how it is computed, its range, ideal and direction, its interval, and how few comments are too few.

Its words are those of `modeling.measure_texts`, so that the gate's reasons and the pages name it alike.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from modeling.measure_texts import text_of
from modeling.measures.columns import Prepared
from modeling.measures.data import Floats, Mask
from modeling.measures.tally import Tally

MINIMUM = 30
CLASS_MINIMUM = 10

Interval = Literal["influence", "bootstrap"]
INFLUENCE = "influence function (DeLong), summed per cluster"
BOOTSTRAP = "percentile bootstrap, clustered"


@dataclass(frozen=True, kw_only=True)
class Described:
    """`ideal` and `higher_is_better` are None where no value is better as such."""

    name: str = field(kw_only=False)
    range: tuple[float, float] = (0, 1)
    ideal: float | None = 1
    higher_is_better: bool | None = True
    minimum: int = MINIMUM
    """Below this many of each kind behind it, the value is nan."""
    interval: Interval = "bootstrap"
    """By `influence` for smooth functions of AUCs, otherwise by resampling clusters."""
    is_share: bool = False
    """A plain share of comments: at 0 or 1, where resamples cannot differ, its interval is Wilson's."""
    leans: bool = False
    """Extremes and absolute gaps: noise pushes every resample to one side, so draws are moved back onto the value for its interval."""

    @property
    def label(self) -> str:
        return text_of(self.name).label

    @property
    def definition(self) -> str:
        return text_of(self.name).definition

    @property
    def interval_method(self) -> str:
        if self.interval == "influence":
            return INFLUENCE
        return BOOTSTRAP + ("; Wilson at 0 and 1" if self.is_share else "; centred on the value" if self.leans else "")


@dataclass(frozen=True)
class Measure(Described):
    """An overall measure. `rows`: disjoint sets of comments behind it; n is their sum. Any below `minimum`: the value is nan."""

    fn: Callable[[Tally], Floats]
    rows: Callable[[Prepared], tuple[Mask, ...]]


@dataclass(frozen=True)
class SubgroupMeasure(Described):
    """A measure of each subgroup, (..., G). `own` and `background` name the counts behind it. Any below `minimum`: the value is nan.

    Its n is the sum of the subgroup's own: the background is hardly ever what is short.
    """

    fn: Callable[[Tally], Floats]
    own: tuple[str, ...]
    background: tuple[str, ...] = ()
    minimum: int = field(default=CLASS_MINIMUM, kw_only=True)


@dataclass(frozen=True)
class ProbeMeasure(Described):
    """A measure of made-up pairs or sentences (`counterfactual`, `madlibs`), not of a split's comments. `minimum`: of `unit`s."""

    unit: str
    method: str
    """How its interval is made."""

    @property
    def interval_method(self) -> str:
        return self.method
