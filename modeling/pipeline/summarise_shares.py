"""Shares of single comments -> means over all of them, by month, thread and data set, and what each change of the version in use did to them."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Q

from modeling.measures.word_shares import change_of, mean_share
from modeling.models import ModelVersion, ShareChange, ShareSummary, VersionChange, WordShare
from modeling.pipeline.sample_words import Sampled

MOST_THREADS = 20
"""Of a subject, those with the most comments."""

Cut = ShareSummary.Cut
Key = tuple[str, str]
"""(engine, subject)"""
COLUMNS = ("engine", "subject", "comment_id", "share", "chance", "variance")
OF_COMMENT = ("comment__family", "comment__text_hash", "comment__created_date", "comment__article_id", "comment__dataset_id")


@dataclass(frozen=True)
class Row:
    """A share with what it is grouped by. `family`: of variants of one original, or else the text's own."""

    comment_id: int
    share: float
    chance: float
    variance: float
    family: str
    created: date | None
    thread: str
    dataset: int

    def place(self, cut: str) -> str:
        """Empty where the comment has none."""
        if cut == Cut.MONTH:
            return f"{self.created:%Y-%m}" if self.created else ""
        if cut == Cut.THREAD:
            return f"{self.dataset}:{self.thread}" if self.thread else ""
        return str(self.dataset) if cut == Cut.DATASET else ""


def summarise_shares(*, version: ModelVersion, sample: Sequence[Sampled]) -> None:
    """Replace the version's stored means, and the changes that it was part of. Rows of comments that have left the sample go."""
    with transaction.atomic():
        ModelVersion.objects.select_for_update().get(pk=version.pk)
        _forget_others(version, sample)
        rows = _read(version)
        summaries = [summary for key, of_key in rows.items() for summary in _summaries(version, key, of_key)]
        ShareSummary.objects.filter(version=version).delete()
        ShareSummary.objects.bulk_create(summaries, batch_size=500)
        changes = VersionChange.objects.filter(Q(version=version) | Q(previous=version), previous__isnull=False)
        for change in changes.select_related("version", "previous").defer("version__loss_steps", "previous__loss_steps"):
            _compare(change, rows, version)


def _forget_others(version: ModelVersion, sample: Sequence[Sampled]) -> None:
    wanted = {(one.comment_id, subject) for one in sample for subject in one.subjects}
    stored = WordShare.objects.filter(version=version).order_by().values_list("pk", "comment_id", "subject")
    stale = [pk for pk, comment_id, subject in stored if (comment_id, subject) not in wanted]
    for first in range(0, len(stale), 500):
        WordShare.objects.filter(pk__in=stale[first : first + 500]).delete()


def _read(version: ModelVersion) -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = defaultdict(list)
    stored = WordShare.objects.filter(version=version, share__isnull=False).order_by("subject", "engine", "comment_id")
    for engine, subject, *figures, family, text_hash, created, thread, dataset in stored.values_list(*COLUMNS, *OF_COMMENT):
        found[engine, subject].append(Row(*figures, family or text_hash, created, thread, dataset))
    return found


def _summaries(version: ModelVersion, key: Key, rows: Sequence[Row]) -> Iterable[ShareSummary]:
    yield _summary(version, key, Cut.ALL, "", rows)
    for cut in (Cut.MONTH, Cut.THREAD, Cut.DATASET):
        places: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            places[row.place(cut)].append(row)
        counts = Counter({place: len(of_place) for place, of_place in sorted(places.items()) if place})
        for place, _ in counts.most_common(MOST_THREADS if cut == Cut.THREAD else None):
            yield _summary(version, key, cut, place, places[place])


def _summary(version: ModelVersion, key: Key, cut: str, place: str, rows: Sequence[Row]) -> ShareSummary:
    found = mean_share(*(np.array([getattr(row, name) for row in rows]) for name in ("share", "chance", "variance")), families=_families(rows))
    figures = {"share": found.share.value, "low": found.share.low, "high": found.share.high}
    figures |= {"chance": found.chance, "chance_low": found.chance_low, "chance_high": found.chance_high}
    counts = {"n": found.share.n, "families": found.share.families}
    engine, subject = key
    return ShareSummary(version=version, engine=engine, subject=subject, cut=cut, place=place, **_finite(figures), **counts)


def _compare(change: VersionChange, rows: dict[Key, list[Row]], version: ModelVersion) -> None:
    """`rows` are those of `version`, one of the two; the other's are read."""
    is_after = change.version_id == version.pk
    other = _read(change.previous if is_after else change.version)  # type: ignore[arg-type]  # those without a previous one are left out
    before, after = (other, rows) if is_after else (rows, other)
    found = [_change(change, key, before[key], after[key]) for key in before if key in after]
    ShareChange.objects.filter(change=change).delete()
    ShareChange.objects.bulk_create(found, batch_size=500)


def _change(change: VersionChange, key: Key, before: Sequence[Row], after: Sequence[Row]) -> ShareChange:
    earlier = {row.comment_id: row for row in before}
    both = [row for row in after if row.comment_id in earlier]
    found = change_of(np.array([earlier[row.comment_id].share for row in both]), np.array([row.share for row in both]), _families(both))
    figures = {"before": found.before, "after": found.after, "difference": found.difference.value}
    figures |= {"low": found.difference.low, "high": found.difference.high}
    engine, subject = key
    counts = {"n": found.difference.n, "families": found.difference.families}
    return ShareChange(change=change, engine=engine, subject=subject, **_finite(figures), **counts)


def _families(rows: Sequence[Row]) -> np.ndarray:
    known: dict[str, int] = {}
    return np.array([known.setdefault(row.family, len(known)) for row in rows], dtype=np.int64)


def _finite(figures: dict[str, Any]) -> dict[str, float | None]:
    return {name: float(value) if math.isfinite(value) else None for name, value in figures.items()}
