"""Store a chunk of rows: parsed, without those whose id was used before, with splits and mentions. What is wrong goes into the report."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from modeling.labels import MentionSource
from modeling.models import Comment, Dataset, RejectedRow, SubgroupMention
from modeling.pipeline.assign_splits import SplitAssigner
from modeling.pipeline.bulk_insert import bulk_insert, reserve_ids
from modeling.pipeline.parse_rows import ParsedRow, RowParser, RowRejectedError
from modeling.pipeline.read_rows import RawRow

KEPT_REJECTIONS = 1_000
"""Rows of the report that are stored; all are counted."""

COMMENT_COLUMNS = (
    *("id", "dataset_id", "external_id", "text", "text_hash", "family", "split", "target", "annotator_count", "level"),
    *("attributes", "created_date", "article_id", "parent_id"),
)
MENTION_COLUMNS = ("comment_id", "subgroup", "value", "source")


@dataclass
class Tally:
    read: int = 0
    kept: int = 0
    rejected: int = 0
    masked: int = 0
    not_utf8: int = 0
    targets: set[float] = field(default_factory=set)
    """At most three of those that occur: enough to tell 0/1 labels from shares."""
    has_votes: bool = False

    def add(self, rows: Sequence[ParsedRow]) -> None:
        self.kept += len(rows)
        self.masked += sum(row.is_masked for row in rows)
        self.has_votes = self.has_votes or any(row.annotator_count for row in rows)
        if len(self.targets) < 3:
            self.targets = set(sorted(self.targets | {row.target for row in rows if row.target is not None})[:3])

    @property
    def is_binary(self) -> bool:
        return bool(self.targets) and self.targets <= {0.0, 1.0} and not self.has_votes


class RowStore:
    def __init__(self, dataset: Dataset, parser: RowParser) -> None:
        self.tally = Tally()
        self._dataset = dataset
        self._parser = parser
        self._splits = SplitAssigner(dataset)
        self.mention_source = MentionSource.COLUMN if parser.has_identity_columns else MentionSource.LEXICON

    def store(self, chunk: Sequence[RawRow]) -> None:
        rejected: list[RejectedRow] = []
        rows = self._without_used_ids(self._parse(chunk, rejected), rejected)
        self._splits.assign(rows)
        mentions = self._mentions(rows)
        with transaction.atomic():
            ids = reserve_ids(model=Comment, count=len(rows))
            comments = (self._values(pk, row) for pk, row in zip(ids, rows, strict=True))
            bulk_insert(model=Comment, columns=COMMENT_COLUMNS, rows=comments)
            pairs = [(pk, *mention) for pk, found in zip(ids, mentions, strict=True) for mention in found]
            bulk_insert(model=SubgroupMention, columns=MENTION_COLUMNS, rows=pairs)
            room = max(KEPT_REJECTIONS - self.tally.rejected, 0)
            RejectedRow.objects.bulk_create(sorted(rejected, key=lambda row: row.line)[:room], batch_size=500)
        self.tally.read += len(chunk)
        self.tally.rejected += len(rejected)
        self.tally.not_utf8 += sum(not raw.is_utf8 for raw in chunk)
        self.tally.add(rows)

    def settle_splits(self) -> None:
        self._splits.settle()

    def _parse(self, chunk: Sequence[RawRow], rejected: list[RejectedRow]) -> list[tuple[RawRow, ParsedRow]]:
        parsed = []
        for raw in chunk:
            try:
                parsed.append((raw, self._parser.parse(raw)))
            except RowRejectedError as error:
                rejected.append(self._rejection(raw, str(error)))
        return parsed

    def _without_used_ids(self, parsed: Sequence[tuple[RawRow, ParsedRow]], rejected: list[RejectedRow]) -> list[ParsedRow]:
        ids = [row.external_id for _, row in parsed]
        used = set(Comment.objects.filter(dataset=self._dataset, external_id__in=ids).order_by().values_list("external_id", flat=True))
        rows = []
        for raw, row in parsed:
            if row.external_id in used:
                rejected.append(self._rejection(raw, f"id {row.external_id!r} was used by an earlier row"))
            else:
                used.add(row.external_id)
                rows.append(row)
        return rows

    def _mentions(self, rows: Sequence[ParsedRow]) -> list[list[tuple[str, float, str]]]:
        """From the file's identity columns; where it has none of the 24, by term list. `x_*` columns count either way."""
        found = [[(name, value, MentionSource.COLUMN.value) for name, value in row.mentions] for row in rows]
        if self.mention_source == MentionSource.LEXICON:
            # Imported here: the term list's matcher loads spaCy, which must stay out of the web process.
            from modeling.ml.subgroups import find_mentions

            for row_mentions, named in zip(found, find_mentions(row.text for row in rows), strict=True):
                row_mentions += [(name, 1.0, MentionSource.LEXICON.value) for name in named]
        return found

    def _values(self, pk: int, row: ParsedRow) -> tuple[object, ...]:
        return (
            *(pk, self._dataset.pk, row.external_id, row.text, row.text_hash, row.family, row.split, row.target, row.annotator_count, row.level),
            *(json.dumps(row.attributes) if row.attributes else "{}", row.created_date, row.article_id, row.parent_id),
        )

    def _rejection(self, raw: RawRow, reason: str) -> RejectedRow:
        return RejectedRow(dataset=self._dataset, line=raw.line, reason=reason[:300], excerpt=self._parser.excerpt(raw))
