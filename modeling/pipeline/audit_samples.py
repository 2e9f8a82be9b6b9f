"""Which comments judge a month. Of the audit split they are frozen, so that versions which are measured years apart read the same ones."""

from datetime import date

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from modeling.labels import Split
from modeling.measures.described import MINIMUM
from modeling.models import AuditSample, FrozenSplit, Project
from modeling.pipeline.scored_split import ScoredSplit, month_name

Months = dict[int, NDArray[np.bool_]]


def month_rows(*, read: ScoredSplit, project: Project, split: Split) -> Months:
    """(n,) the rows of `read`, which is all of the split, by which each month is judged, months as in `ScoredSplit.month`.

    A month of audit is frozen when it is first measured after its end with as many comments as a measure needs; what is imported of it later
    is left out. Until then, and on the other splits, which are compared version with version and not month with month, all comments of the
    month count. A sample of which fewer are left, because its data set was deleted, is frozen anew from what is there.
    """
    if split != Split.AUDIT:
        return _months_of(read)
    _let_go(read.comment_id, project)
    _freeze(read, project)
    return audit_rows(read=read, project=project)


def audit_rows(*, read: ScoredSplit, project: Project) -> Months:
    """As `month_rows` of audit, where `read` need not be all of it: nothing is frozen."""
    known = {sample.month: sample.ids for sample in AuditSample.objects.filter(project=project)}
    months = _months_of(read).items()
    return {month: of & np.isin(read.comment_id, known[name]) if (name := month_name(month)) in known else of for month, of in months}


def _months_of(read: ScoredSplit) -> Months:
    return {month: read.month == month for month in sorted(set(read.month.tolist()) - {-1})}


def _let_go(comment_id: NDArray[np.int64], project: Project) -> None:
    samples = AuditSample.objects.filter(project=project)
    gone = [sample.pk for sample in samples if np.isin(sample.ids, comment_id).sum() < MINIMUM]
    samples.filter(pk__in=gone).delete()


def _freeze(read: ScoredSplit, project: Project) -> None:
    today = timezone.now().date()
    for month, of in _months_of(read).items():
        if _is_over(month, today) and of.sum() >= MINIMUM:
            stored = {"comment_ids": FrozenSplit.stored(np.sort(read.comment_id[of])), "n": int(of.sum())}
            AuditSample.objects.get_or_create(project=project, month=month_name(month), defaults=stored)


def _is_over(month: int, today: date) -> bool:
    return month < 12 * today.year + today.month - 1
