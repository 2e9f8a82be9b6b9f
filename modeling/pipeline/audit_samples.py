"""Which comments judge a month. Of the audit split they are frozen, so that versions which are measured years apart read the same ones."""

from datetime import date

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from modeling.labels import Split
from modeling.models import AuditSample, FrozenSplit, Project
from modeling.pipeline.scored_split import ScoredSplit, month_name


def month_rows(*, read: ScoredSplit, project: Project, split: Split) -> dict[int, NDArray[np.bool_]]:
    """(n,) the rows of `read` by which each month is judged, months as in `ScoredSplit.month`.

    A month of audit is frozen when it is first measured after its end; what is imported of it later is left out. Until then, and on the other
    splits, which are compared version with version and not month with month, all comments of the month count.
    """
    rows = {month: read.month == month for month in sorted(set(read.month.tolist()) - {-1})}
    return _frozen(rows, read.comment_id, project) if split == Split.AUDIT else rows


def _frozen(rows: dict[int, NDArray[np.bool_]], comment_id: NDArray[np.int64], project: Project) -> dict[int, NDArray[np.bool_]]:
    known = {sample.month: sample for sample in AuditSample.objects.filter(project=project)}
    for month in rows:
        if month_name(month) not in known and _is_over(month, timezone.now().date()):
            known[month_name(month)] = _freeze(project, month_name(month), comment_id[rows[month]])
    return {month: of & np.isin(comment_id, known[name].ids) if (name := month_name(month)) in known else of for month, of in rows.items()}


def _freeze(project: Project, month: str, ids: NDArray[np.int64]) -> AuditSample:
    stored = {"comment_ids": FrozenSplit.stored(np.sort(ids)), "n": len(ids)}
    sample, _ = AuditSample.objects.get_or_create(project=project, month=month, defaults=stored)
    return sample


def _is_over(month: int, today: date) -> bool:
    return month < 12 * today.year + today.month - 1
