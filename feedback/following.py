"""How far people follow the machine: what they say before they see its prediction, and what they say after; from stored rows."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Count

from feedback.crowd.shares import Difference, Share, difference, share_of
from feedback.models import Annotation, AnnotationRound
from modeling.labels import Verdict

ENOUGH = 30
"""Answers below which nothing is said."""


@dataclass(frozen=True)
class Following:
    """Of answers that name a level. `moved`: of the blind ones in which somebody's own level was not the model's, those that ended at the
    model's; `kept`: those that stayed. `agree_blind`: own levels given blind that were the model's; `agree_shown`: levels given in sight of
    the prediction that were; `pull`: how much more often that is. Answers are counted as independent of each other, so that the intervals
    are somewhat narrow where few people gave many."""

    moved: Share
    kept: int
    agree_blind: Share
    agree_shown: Share
    pull: Difference


@dataclass(frozen=True)
class _Cell:
    """`count` answers alike. `own`: empty where the prediction was shown."""

    own: str
    said: str
    predicted: str
    count: int


def following(round: AnnotationRound) -> Following:
    cells = _cells(round)
    blind, shown = [cell for cell in cells if cell.own], [cell for cell in cells if not cell.own]
    differed = [cell for cell in blind if cell.own != cell.predicted]
    agree_blind = _share(blind, lambda cell: cell.own == cell.predicted)
    agree_shown = _share(shown, lambda cell: cell.said == cell.predicted)
    return Following(
        moved=_share(differed, lambda cell: cell.said == cell.predicted),
        kept=sum(cell.count for cell in differed if cell.said == cell.own),
        agree_blind=agree_blind,
        agree_shown=agree_shown,
        pull=difference(agree_shown, agree_blind),
    )


def _share(cells: list[_Cell], holds: Callable[[_Cell], bool]) -> Share:
    return share_of(sum(cell.count for cell in cells if holds(cell)), sum(cell.count for cell in cells), needs=ENOUGH)


def _cells(round: AnnotationRound) -> list[_Cell]:
    """Who was unsure has said no level in the end, and counts nowhere."""
    answers = Annotation.objects.filter(item__round=round).exclude(verdict=Verdict.UNSURE).order_by()
    columns = ("assignment__own_level", "corrected_label", "item__prediction__predicted_label")
    rows = answers.values_list(*columns).annotate(count=Count("pk"))
    return [_Cell(own, corrected or predicted, predicted, count) for own, corrected, predicted, count in rows]
