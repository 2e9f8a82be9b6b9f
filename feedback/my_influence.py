"""What one's own part in a round's labels changed in the model, as the person themself sees it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from feedback.crowd.differences import MINIMUM_PEERS
from feedback.models import AnnotationRound, Annotator, RoundName
from modeling.models import LabelInfluence


@dataclass(frozen=True)
class Line:
    """An effect with its interval as shares of the loss (below 0: smaller), and their places in a figure, in percent of its width."""

    is_own: bool
    labels: int
    effect: float
    low: float
    high: float
    at: float
    start: float
    width: float

    @property
    def is_smaller(self) -> bool:
        return self.high < 0

    @property
    def is_larger(self) -> bool:
        return self.low > 0

    @property
    def size(self) -> float:
        return abs(self.effect)


@dataclass(frozen=True)
class Influence:
    """`own`: one's part. `whole`: all labels of the round, where enough people gave them. `comments`: on which it was measured."""

    round: AnnotationRound
    cycle: int
    comments: int
    own: Line
    whole: Line | None

    @property
    def lines(self) -> list[Line]:
        return [self.own] if self.whole is None else [self.own, self.whole]


def my_influence(annotator: Annotator, rounds: Iterable[AnnotationRound]) -> list[Influence]:
    """Of each round its newest cycle that was measured; rounds without one are left out."""
    by_batch = {round.batch_id: round for round in rounds if round.batch_id is not None}
    names = set(RoundName.objects.filter(annotator=annotator, round__in=by_batch.values()).values_list("name", flat=True))
    rows = LabelInfluence.objects.filter(batch__in=by_batch, source__in=[*names, ""]).select_related("cycle").order_by("cycle__number")
    newest = {(row.batch_id, bool(row.source)): row for row in rows}
    crowded = _crowded(annotator, by_batch.values())
    found = []
    for batch, round in by_batch.items():
        own, whole = newest.get((batch, True)), newest.get((batch, False))
        if own is not None:
            found.append(_influence(round, own, whole if batch in crowded and whole is not None and whole.cycle_id == own.cycle_id else None))
    return found


def _crowded(annotator: Annotator, rounds: Iterable[AnnotationRound]) -> set[int]:
    """Batches of rounds with enough others: with fewer, what is left of the whole without one's own part would tell what they did."""
    others = RoundName.objects.filter(round__in=[round.pk for round in rounds]).exclude(annotator=annotator).order_by()
    counted = others.values_list("round__batch_id").annotate(count=Count("pk"))
    return set(counted.filter(count__gte=MINIMUM_PEERS).values_list("round__batch_id", flat=True))


def _influence(round: AnnotationRound, own: LabelInfluence, whole: LabelInfluence | None) -> Influence:
    shown = [row for row in (own, whole) if row is not None]
    reach = max(max(abs(row.low), abs(row.high)) / row.loss for row in shown) or 1.0
    return Influence(round, own.cycle.number, own.comment_count, _line(own, reach), whole and _line(whole, reach))


def _line(row: LabelInfluence, reach: float) -> Line:
    """The figure runs from -`reach` to `reach`, a little inside its edges."""
    effect, low, high = (value / row.loss for value in (row.effect, row.low, row.high))
    places = [round(50 + 46 * value / reach, 2) for value in (effect, low, high)]
    return Line(bool(row.source), row.label_count, effect, low, high, places[0], places[1], round(places[2] - places[1], 2))
