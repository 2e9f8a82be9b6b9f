"""Assign splits by a hash of the family, or of the text where there is none, so that neither duplicates nor variants cross.

Both at once can pull two ways: a text of family A stands in `train` already, and its twin in this file belongs to family B, whose
hash says `test`. Then what stands in the project already wins, and family B follows as a whole.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Q

from modeling.labels import split_of
from modeling.models import Comment, Dataset
from modeling.pipeline.parse_rows import ParsedRow


@dataclass(frozen=True)
class _Placed:
    text_hash: str
    family: str
    split: str


class SplitAssigner:
    """For one import: `assign` each chunk before it is inserted, then `settle` once at the end."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._others = set(dataset.project.datasets.exclude(pk=dataset.pk).values_list("pk", flat=True))
        self._torn: set[str] = set()
        """Families of this file that a duplicate has pulled into another split than their own."""

    def assign(self, rows: Sequence[ParsedRow]) -> None:
        texts = self._standing("text_hash", {row.text_hash for row in rows}, also_own=True)
        families = self._standing("family", {row.family for row in rows} - {""})
        for row in rows:
            by_key = families.get(row.family) or split_of(row.family or row.text_hash).value
            row.split = texts.setdefault(row.text_hash, by_key)
            if row.family and row.split != by_key:
                self._torn.add(row.family)

    def settle(self) -> None:
        """Bring every family of this file that was torn apart, and all that hangs on it by duplicates, into one split."""
        while self._torn:
            rows = self._connected(self._torn.pop())
            self._torn -= {row.family for row in rows.values()}
            texts = self._standing("text_hash", {row.text_hash for row in rows.values()})
            families = self._standing("family", {row.family for row in rows.values()} - {""})
            winner = next(iter([*texts.values(), *families.values(), rows[min(rows)].split]))
            # A text that stands elsewhere stays with its twin, even where that pulls a family apart.
            moving = [pk for pk, row in rows.items() if texts.get(row.text_hash, winner) == winner != row.split]
            Comment.objects.filter(pk__in=moving).update(split=winner)

    def _standing(self, field: str, values: Collection[str], also_own: bool = False) -> dict[str, str]:
        """Where these texts or families stand in the project: {value: split}. Other data sets decide before this one, old before new."""
        if not values:
            return {}
        # Data sets are told apart here: asked for them too, SQLite walks through all their comments instead of the texts' index.
        found = Comment.objects.filter(**{f"{field}__in": values}).order_by().values_list("dataset", "pk", field, "split")
        ours = {self._dataset.pk} if also_own else set()
        ranked = sorted((dataset in self._others, -pk, value, split) for dataset, pk, value, split in found if dataset in self._others | ours)
        return {value: split for _, _, value, split in ranked}

    def _connected(self, family: str) -> dict[int, _Placed]:
        """Comments of this file that share a family or a text, however far, by their pk."""
        own = Comment.objects.filter(dataset=self._dataset)
        rows: dict[int, _Placed] = {}
        families, texts = {family}, set[str]()
        while True:
            found = own.filter(Q(family__in=families) | Q(text_hash__in=texts)).values_list("pk", "text_hash", "family", "split")
            grown = {pk: _Placed(*values) for pk, *values in found}
            if len(grown) == len(rows):
                return rows
            rows = grown
            families = {row.family for row in rows.values()} - {""}
            texts = {row.text_hash for row in rows.values()}
