"""The subgroups of a version as a heat map: how far each lies from the ideal, in a word besides its shade."""

from collections.abc import Iterable
from dataclasses import dataclass

from modeling.labels import AXES, axis_of
from modeling.measure_texts import MeasureText, text_of
from modeling.models import SubgroupScore
from modeling.reports.cycle_subgroups import SUBGROUP_COLUMNS
from modeling.reports.figures import Figure

DISTANCES: tuple[tuple[float, str], ...] = ((0.05, "close"), (0.15, "near"), (0.30, "off"), (float("inf"), "far"))
"""Words for how far a subgroup's value lies from the ideal; each has its shade."""


@dataclass(frozen=True)
class HeatCell:
    """`shade` 0 (close to the ideal) to 3 (far from it), with its word; -1 where there is not enough data or no interval.

    `unsure`, and no shade, where the interval reaches over several of these words.
    """

    measure: MeasureText
    figure: Figure | None
    shade: int
    word: str


@dataclass(frozen=True)
class HeatRow:
    subgroup: str
    n_toxic: int
    n_non_toxic: int
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True)
class HeatAxis:
    axis: str
    rows: tuple[HeatRow, ...]


def heat_map(scores: Iterable[SubgroupScore]) -> tuple[HeatAxis, ...]:
    """`scores`: of one version on one split."""
    found: dict[str, dict[str, SubgroupScore]] = {}
    for score in scores:
        if score.measure in SUBGROUP_COLUMNS:
            found.setdefault(score.subgroup, {})[score.measure] = score
    by_axis: dict[str, list[HeatRow]] = {axis: [] for axis in [*AXES, "extra"]}
    for subgroup, scores in sorted(found.items()):
        any_score = next(iter(scores.values()))
        cells = tuple(_heat_cell(measure, scores.get(measure)) for measure in SUBGROUP_COLUMNS)
        by_axis[axis_of(subgroup)].append(HeatRow(subgroup, any_score.n_toxic, any_score.n_non_toxic, cells))
    return tuple(HeatAxis(axis, tuple(rows)) for axis, rows in by_axis.items() if rows)


def _heat_cell(measure: str, score: SubgroupScore | None) -> HeatCell:
    text = text_of(measure)
    if score is None or score.value is None or score.low is None or score.high is None or text.ideal is None:
        return HeatCell(text, Figure.of(score) if score else None, -1, "")
    far = max(abs(score.low - text.ideal), abs(score.high - text.ideal))
    near = 0.0 if score.low <= text.ideal <= score.high else min(abs(score.low - text.ideal), abs(score.high - text.ideal))
    shade = _shade(near)
    return HeatCell(text, Figure.of(score), shade, DISTANCES[shade][1]) if shade == _shade(far) else HeatCell(text, Figure.of(score), -1, "unsure")


def _shade(distance: float) -> int:
    return next(place for place, (limit, _) in enumerate(DISTANCES) if distance <= limit)
