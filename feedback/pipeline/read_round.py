"""Read a round's answers once, into tallies by panel and month."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from django.utils import timezone

from feedback.crowd.tally import Rates, Said, Tally, of_following, of_item, of_work
from feedback.models import Annotation, AnnotationRound, Purpose
from feedback.pipeline.reassign import panels_kept
from modeling.labels import LEVELS, MEMBER_AT, Verdict, mention_key
from modeling.models import FeedbackLabel, SubgroupMention

READ_AT_ONCE = 5_000
EVERYBODY = None
ANSWER = (
    "item", "item__comment", "annotator", "annotator__panel", "created_at", "verdict", "corrected_label", "item__prediction__predicted_label",
    "bias_types", "subgroup", "seconds", "assignment__own_level",
)  # fmt: skip

Months = dict[str, Tally]
Row = tuple[Any, ...]


def read_round(round: AnnotationRound) -> dict[int | None, Months]:
    """Panel (or everybody) -> month -> tally. Streams: one item's answers at a time. Following the machine is told by rounds with blind items
    alone: answers in sight of the prediction, to other comments, are nothing to hold blind ones against."""
    found: dict[int | None, Months] = defaultdict(lambda: defaultdict(Tally))
    kept, joined, mentions = panels_kept(round.pk), _joined(round), _mentions(round)
    for comment, voices in _items(round, kept):
        for panel in (EVERYBODY, *{said.panel for said in voices}):
            own = [said for said in voices if panel in (EVERYBODY, said.panel)]
            for said in own:
                found[panel][said.month].update(of_work(said.seconds) + (of_following(said, round.number) if round.blind_share else Tally()))
            rates = joined.get(comment) if panel is EVERYBODY else None
            found[panel][max(said.month for said in own)].update(of_item(own, rates, mentions.get(comment, ())))
    checks = Annotation.of_any_purpose.filter(item__round=round).exclude(purpose=Purpose.SAMPLE).order_by()
    for who, panel, at, seconds in checks.values_list("annotator", "annotator__panel", "created_at", "seconds").iterator(READ_AT_ONCE):
        for place in (EVERYBODY, kept.get(who, panel)):
            found[place][month_of(at)].update(of_work(seconds, is_check=True))
    return found


def _items(round: AnnotationRound, kept: dict[int, int]) -> Iterator[tuple[int, list[Said]]]:
    answers = Annotation.objects.filter(item__round=round).order_by("item", "pk").values_list(*ANSWER).iterator(READ_AT_ONCE)
    for (_item, comment), rows in groupby(answers, key=lambda row: row[:2]):
        yield comment, [_said(row, kept) for row in rows]


def _said(row: Row, kept: dict[int, int]) -> Said:
    _item, _comment, who, panel, at, verdict, corrected, predicted, bias_types, subgroup, seconds, own = row
    return Said(
        panel=kept.get(who, panel),
        month=month_of(at),
        verdict=verdict,
        level=None if verdict == Verdict.UNSURE else LEVELS.index(corrected or predicted),
        bias_types=tuple(bias_types),
        subgroup=subgroup,
        seconds=seconds,
        own=LEVELS.index(own) if own else None,
        predicted=LEVELS.index(predicted),
    )


def month_of(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m")


def _joined(round: AnnotationRound) -> dict[int, Rates]:
    """Comment -> what the round made of its voices, once its labels are frozen."""
    labels = FeedbackLabel.objects.filter(batch=round.batch_id) if round.batch_id else FeedbackLabel.objects.none()
    return {comment: Rates(rate, rates) for comment, rate, rates in labels.values_list("comment", "biased_rate", "bias_rates").iterator(READ_AT_ONCE)}


def _mentions(round: AnnotationRound) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = SubgroupMention.objects.filter(comment__annotation_items__round=round, value__gte=MEMBER_AT).order_by()
    for comment, subgroup, source in rows.values_list("comment", "subgroup", "source").iterator(READ_AT_ONCE):
        found[comment].append(mention_key(subgroup, source))
    return found
