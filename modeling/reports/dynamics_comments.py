"""The comments behind a cell of the social dynamics, each with what the version says of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from modeling.access import is_veiled
from modeling.labels import MEMBER_AT, Split
from modeling.models import Comment, ModelVersion, Prediction, ShareSummary, SubgroupMention, WordShare, WorkState
from modeling.names import subgroup_name, subject_name

Cut = ShareSummary.Cut


@dataclass(frozen=True)
class CellFilter:
    """`first`: a subgroup of the pool, alone or with `second`; without it a share's cell, as `ShareSummary` has it."""

    engine: str
    subject: str
    cut: str
    place: str
    first: str
    second: str

    @property
    def title(self) -> str:
        if self.first:
            names = {"first": subgroup_name(self.first), "second": subgroup_name(self.second)}
            return _("%(first)s and %(second)s") % names if self.second else names["first"]
        return subject_name(self.subject)


@dataclass(frozen=True)
class CommentRow:
    """`prediction` None: not scored by the version, or, `is_veiled`, asked about before its prediction is shown."""

    comment: Comment
    share: WordShare | None
    prediction: Prediction | None
    is_veiled: bool


def comments_behind(version: ModelVersion, cell: CellFilter) -> "QuerySet[Any]":
    """WordShares, the largest first; or Predictions of the pool, the highest score first. For a paginator."""
    if cell.first:
        return _mentioning(version, cell)
    shares = WordShare.objects.filter(version=version, engine=cell.engine, subject=cell.subject, share__isnull=False, **_conditions(cell))
    return shares.select_related("comment__dataset").order_by("-share", "comment_id")


def comment_rows(user: object, version: ModelVersion, page: "Page[Any]") -> list[CommentRow]:
    """One page: a query for its predictions, and one for each that somebody may have to judge first."""
    found: Sequence[Any] = list(page)
    shares = {row.comment_id: row for row in found if isinstance(row, WordShare)}
    comments: Iterable[Comment] = (row.comment for row in found)
    scored = Prediction.objects.filter(version=version, comment__in=[row.comment_id for row in found])
    predictions = {one.comment_id: one for one in scored.select_related("comment__dataset", "version__project")}
    return [_row(user, comment, shares.get(comment.pk), predictions.get(comment.pk)) for comment in comments]


def _row(user: object, comment: Comment, share: WordShare | None, prediction: Prediction | None) -> CommentRow:
    # Comments of other splits are in no round, so nobody is asked about them.
    hidden = prediction is not None and comment.split == Split.POOL and is_veiled(user, prediction)
    return CommentRow(comment, share, None if hidden else prediction, hidden)


def _conditions(cell: CellFilter) -> dict[str, Any]:
    if cell.cut == Cut.MONTH:
        year, _, month = cell.place.partition("-")
        return {"comment__created_date__year": int(year), "comment__created_date__month": int(month)}
    dataset, _, thread = cell.place.partition(":")
    if cell.cut == Cut.THREAD:
        return {"comment__dataset": int(dataset), "comment__article_id": thread}
    return {"comment__dataset": int(dataset)} if cell.cut == Cut.DATASET else {}


def _mentioning(version: ModelVersion, cell: CellFilter) -> "QuerySet[Prediction]":
    comments = Comment.objects.filter(dataset__project=version.project_id, dataset__state=WorkState.DONE, split=Split.POOL)
    for subgroup in filter(None, (cell.first, cell.second)):
        mentions = SubgroupMention.objects.filter(subgroup=subgroup, value__gte=MEMBER_AT)
        comments = comments.filter(pk__in=mentions.values("comment"))
    return version.predictions.filter(comment__in=comments).select_related("comment__dataset").order_by("-score", "comment_id")
