"""The comments behind a cell of the social dynamics, each with what the version says of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from modeling.access import veiled_comments
from modeling.labels import MEMBER_AT, Split
from modeling.models import CoMention, Comment, ModelVersion, Prediction, ShareSummary, SubgroupMention, WordShare, WorkState
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


def comments_behind(version: ModelVersion, cell: CellFilter) -> "QuerySet[Any] | list[Prediction]":
    """WordShares, the largest first; or Predictions of the pool, the highest score first. For a paginator."""
    if cell.first:
        row = co_mention(version, cell)
        return _mentioning(version, cell) if row is None or row.highest is None else _kept(version, row.highest)
    shares = WordShare.objects.filter(version=version, engine=cell.engine, subject=cell.subject, share__isnull=False, **_conditions(cell))
    return shares.select_related("comment__dataset").order_by("-share", "comment_id")


def co_mention(version: ModelVersion, cell: CellFilter) -> CoMention | None:
    """The counts of the cell, in whichever order it names the two."""
    first, second = sorted((cell.first, cell.second)) if cell.second else (cell.first, "")
    return CoMention.objects.filter(version=version, first=first, second=second).first()


def _kept(version: ModelVersion, comments: Sequence[int]) -> list[Prediction]:
    """Those that still wait in the pool."""
    of_pool = {"comment__split": Split.POOL, "comment__dataset__state": WorkState.DONE}
    found = version.predictions.filter(comment__in=comments, **of_pool).select_related("comment__dataset")
    predictions = {one.comment_id: one for one in found}
    return [predictions[pk] for pk in comments if pk in predictions]


def comment_rows(user: object, version: ModelVersion, page: "Page[Any]") -> list[CommentRow]:
    """One page: a query for its predictions, and one for those that somebody may have to judge first."""
    found: Sequence[Any] = list(page)
    shares = {row.comment_id: row for row in found if isinstance(row, WordShare)}
    comments: Sequence[Comment] = [row.comment for row in found]
    scored = Prediction.objects.filter(version=version, comment__in=[comment.pk for comment in comments])
    predictions = {one.comment_id: one for one in scored}
    # Comments of other splits are in no round, so nobody is asked about them.
    asked = [comment.pk for comment in comments if comment.split == Split.POOL and comment.pk in predictions]
    hidden = veiled_comments(user, version.project, asked) if asked else set()
    return [CommentRow(one, shares.get(one.pk), None if one.pk in hidden else predictions.get(one.pk), one.pk in hidden) for one in comments]


def _conditions(cell: CellFilter) -> dict[str, Any]:
    if cell.cut == Cut.MONTH:
        year, _, month = cell.place.partition("-")
        return {"comment__created_date__year": int(year), "comment__created_date__month": int(month)}
    dataset, _, thread = cell.place.partition(":")
    if cell.cut == Cut.THREAD:
        return {"comment__dataset": int(dataset), "comment__article_id": thread}
    return {"comment__dataset": int(dataset)} if cell.cut == Cut.DATASET else {}


def _mentioning(version: ModelVersion, cell: CellFilter) -> "QuerySet[Prediction]":
    """Searched for in the pool, where the worker has kept none yet."""
    comments = Comment.objects.filter(dataset__project=version.project_id, dataset__state=WorkState.DONE, split=Split.POOL)
    for subgroup in filter(None, (cell.first, cell.second)):
        mentions = SubgroupMention.objects.filter(subgroup=subgroup, value__gte=MEMBER_AT)
        comments = comments.filter(pk__in=mentions.values("comment"))
    return version.predictions.filter(comment__in=comments).select_related("comment__dataset").order_by("-score", "comment_id")
