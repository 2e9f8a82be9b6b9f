"""Predictions on audit, by month -> the trend of each measure, and the before/after table of each change of the version in use."""

import math
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Q
from numpy.typing import NDArray

from modeling.in_use import changes_of, first_of_next, in_use_at_end_of
from modeling.labels import Split
from modeling.measures.before_after import before_after
from modeling.measures.data import Scored
from modeling.measures.monthly import TESTS, MonthlyTrend, monthly_trends
from modeling.models import BeforeAfter, ModelVersion, Prediction, Project, Trend, VersionChange
from modeling.pipeline.audit_samples import audit_rows
from modeling.pipeline.scored_split import ScoredSplit, month_name, read_scored_split

PAPER_ROWS = ("accuracy", "macro_precision", "macro_recall", "macro_f1", "mean_kl_to_uniform")
"""Of the paper's Table 6; its bias metric is the last, as printed, which measures confidence."""

OWN_ROWS = ("mean_subgroup_fpr", "fpr_gap", "jigsaw_score")
MEASURES = (*PAPER_ROWS, *OWN_ROWS)
FIGURES = ("slope", "low", "high", "tau", *TESTS, *(f"{test}_holm" for test in TESTS))
Ids = NDArray[np.int64]


def make_trends(*, version: ModelVersion, seed: int = 0) -> None:
    """Replace what is stored of a version, of its project's versions in use, and of the changes that the version was part of."""
    ids, _ = _scored(version)
    if not len(ids):
        return
    own = trend_rows(project=version.project, version=version, seed=seed)
    in_use = trend_rows(project=version.project, version=None, seed=seed)
    changes = VersionChange.objects.filter(Q(version=version) | Q(previous=version), previous__isnull=False).select_related("version", "previous")
    tables = {change: before_after_rows(change, seed=seed) for change in changes.defer("version__loss_steps", "previous__loss_steps")}
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=version.project_id)  # another version's may be stored at the same time
        _store(own, project=version.project, version=version)
        _store(in_use, project=version.project, version=None)
        for change, rows in tables.items():
            BeforeAfter.objects.filter(change=change).delete()
            BeforeAfter.objects.bulk_create(rows)


def trend_rows(*, project: Project, version: ModelVersion | None, until: str = "", seed: int = 0) -> list[Trend]:
    """Not stored. Of one version, or of what was in use (None). `until`: YYYY-MM, the last month that counts."""
    by_month = _by_month(version, _scored(version, until)[0]) if version else _in_use(project, until)
    found = monthly_trends(by_month, MEASURES, seed=seed) if by_month else []
    return [Trend(project=project, version=version, **_fields(row)) for row in found]


def _store(found: list[Trend], *, project: Project, version: ModelVersion | None) -> None:
    Trend.objects.filter(project=project, version=version).delete()
    Trend.objects.bulk_create(found)


def _fields(row: MonthlyTrend) -> dict[str, Any]:
    figures = {name: _finite(getattr(row, name)) for name in FIGURES}
    months = {"first_month": month_name(row.months[0]), "last_month": month_name(row.months[-1])} if row.months else {}
    changed = {"change_month": month_name(row.change_month)} if row.change_month is not None else {}
    return {"measure": row.measure, "n": row.n, "month_count": len(row.months), **figures, **months, **changed}


def before_after_rows(change: VersionChange, *, until: str = "", seed: int = 0) -> list[BeforeAfter]:
    """Not stored. On the comments that both versions have scored: what came in since was scored by the one in use only. `until`: as above."""
    before, after = change.previous, change.version
    if before is None:
        return []
    both = np.intersect1d(_scored(before, until)[0], _scored(after, until)[0])
    if not len(both):
        return []
    rows = before_after(_read(before, both).scored, _read(after, both).scored, MEASURES, seed=seed)
    figures = ("before", "after", "difference", "low", "high", "p", "p_holm")
    return [
        BeforeAfter(
            change=change,
            **{name: _finite(getattr(row, name)) for name in figures},
            **{name: getattr(row, name) for name in ("measure", "n", "unit", "units", "test")},
        )
        for row in rows
    ]


def _in_use(project: Project, until: str) -> dict[int, Scored]:
    """Each month's comments under the version that was in use when it ended; months before the first one are left out."""
    changes = changes_of(project)
    found: dict[int, Scored] = {}
    for version in {change.version_id: change.version for change in changes}.values():
        ids, months = _scored(version, until)
        own = [month for month in np.unique(months).tolist() if month >= 0 and in_use_at_end_of(month_name(month), changes) == version]
        if own:
            found |= _by_month(version, ids[np.isin(months, own)])
    return found


def _by_month(version: ModelVersion, ids: Ids) -> dict[int, Scored]:
    """By the comments that judge a month in the matrix too, so that both tell one figure of it."""
    read = _read(version, ids)
    months = audit_rows(read=read, project=version.project)
    return {month: read.scored.where(rows) for month, rows in months.items() if rows.any()}


def _read(version: ModelVersion, ids: Ids) -> ScoredSplit:
    return read_scored_split(version=version, split=Split.AUDIT, only=ids)


def _scored(version: ModelVersion, until: str = "") -> tuple[Ids, Ids]:
    """Labelled comments of audit that the version has scored, and their months (-1 without a date), as `ScoredSplit` has them. `until`: without
    those of later months."""
    predictions = Prediction.objects.filter(version=version, comment__split=Split.AUDIT, comment__target__isnull=False)
    if until:
        predictions = predictions.exclude(comment__created_date__gte=first_of_next(until).date())
    rows = predictions.filter(comment__dataset__state="done").order_by("comment_id").values_list("comment_id", "comment__created_date")
    found = [(pk, 12 * day.year + day.month - 1 if day else -1) for pk, day in rows.iterator(5_000)]
    ids, months = zip(*found, strict=True) if found else ((), ())
    return np.array(ids, dtype=np.int64), np.array(months, dtype=np.int64)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
