"""What a measure is: how it is computed, what it says, its range, ideal and direction, and how few comments are too few."""

from collections.abc import Callable
from dataclasses import dataclass

from modeling.measures.data import Floats, Mask
from modeling.measures.tally import Prepared, Tally

MINIMUM = 30
CLASS_MINIMUM = 10


@dataclass(frozen=True, kw_only=True)
class Described:
    """`ideal` and `higher_is_better` are None where no value is better as such. Below `minimum` comments a value is nan."""

    name: str
    label: str
    definition: str
    range: tuple[float, float] = (0, 1)
    ideal: float | None = 1
    higher_is_better: bool | None = True
    minimum: int
    is_share: bool = False
    """A plain share of comments: at 0 or 1, where resamples cannot differ, its interval is Wilson's."""
    leans: bool = False
    """Extremes and absolute gaps: noise pushes every resample to one side, so draws are moved back onto the value for its interval."""


@dataclass(frozen=True, kw_only=True)
class Measure(Described):
    """An overall measure. `rows`: disjoint sets of comments behind it, each of which must reach `minimum`; n is their sum."""

    fn: Callable[[Tally], Floats]
    rows: Callable[[Prepared], tuple[Mask, ...]]
    minimum: int = MINIMUM


@dataclass(frozen=True, kw_only=True)
class SubgroupMeasure(Described):
    """A measure of each subgroup, (..., G). `own` and `background` name the counts behind it, each of which must reach `minimum`.

    Its n is the sum of the subgroup's own: the background is hardly ever what is short.
    """

    fn: Callable[[Tally], Floats]
    own: tuple[str, ...]
    background: tuple[str, ...] = ()
    minimum: int = CLASS_MINIMUM
