"""What versions say of the same sentences about other people, as a table: stored once per version, the same on every page."""

from collections.abc import Mapping
from dataclasses import dataclass

from modeling.measure_texts import SWAP_MEASURES, MeasureText, text_of
from modeling.models import ProbeScore
from modeling.reports.figures import Figure


@dataclass(frozen=True)
class ProbeRow:
    """One measure; a figure per column, None where the version has not been measured yet."""

    measure: MeasureText
    figures: tuple[Figure | None, ...]


@dataclass(frozen=True)
class ProbeTable:
    columns: tuple[str, ...]
    rows: tuple[ProbeRow, ...]

    @property
    def has_gaps(self) -> bool:
        return any(figure is None for row in self.rows for figure in row.figures)


def probe_table(versions: Mapping[str, int]) -> ProbeTable:
    """`versions`: {column's name: version's id}. One query."""
    scores = ProbeScore.objects.filter(version__in=versions.values())
    found = {(score.version_id, score.measure): Figure.of(score) for score in scores}
    rows = tuple(ProbeRow(text_of(name), tuple(found.get((pk, name)) for pk in versions.values())) for name in SWAP_MEASURES)
    return ProbeTable(tuple(versions), rows)
