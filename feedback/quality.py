"""How well and how steadily people answer in a round: known answers that they met, and their own answers that were asked for again."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from feedback.crowd.shares import Share, share_of
from feedback.models import Annotation, AnnotationRound, Annotator, Purpose
from modeling.labels import Verdict

ENOUGH = 10
TOLD_BY = 10
"""Annotators are told after every so many known answers: figures that moved with each answer would give away which ones are known."""


@dataclass(frozen=True)
class Quality:
    """`gold_accuracy`: known answers met that were answered rightly. `consistency`: repeats in which the same level was given as before, and
    a bias was reported or not as before. Both without a value where there are fewer than `ENOUGH`."""

    gold_accuracy: Share
    consistency: Share


NOTHING = Quality(share_of(0, 0, needs=ENOUGH), share_of(0, 0, needs=ENOUGH))


def quality_by_person(round: AnnotationRound, annotators: Iterable[int] | None = None) -> dict[int, Quality]:
    """Annotator -> quality, for leads; of everybody who met a known answer or a repeat, or of those asked for. Two statements."""
    only = {} if annotators is None else {"annotator__in": list(annotators)}
    answers = Annotation.of_any_purpose.filter(item__round=round, **only).order_by()
    gold = {who: (right, count) for who, right, count in _gold(answers).values_list("annotator").annotate(right=RIGHT, count=Count("pk"))}
    same = {who: (same, count) for who, same, count in _repeats(answers).values_list("annotator").annotate(same=SAME, count=Count("pk"))}
    return {who: Quality(_share(*gold.get(who, (0, 0))), _share(*same.get(who, (0, 0)))) for who in gold.keys() | same.keys()}


def quality_of(round: AnnotationRound, annotator: Annotator) -> Quality:
    """For the annotator: known answers are told in whole tens."""
    answers = Annotation.of_any_purpose.filter(item__round=round, annotator=annotator)
    missed = gold_outcomes(answers)
    told = missed[: len(missed) // TOLD_BY * TOLD_BY]
    same = _repeats(answers).order_by().aggregate(same=SAME, count=Count("pk"))
    return Quality(_share(told.count(False), len(told)), _share(same["same"], same["count"]))


def gold_outcomes(answers: QuerySet[Annotation]) -> list[bool]:
    """In the order in which they were given: true where a known answer was missed."""
    rows = _gold(answers).order_by("pk").values_list("corrected_label", "item__prediction__predicted_label", "item__gold_label")
    return [(corrected or predicted) != known for corrected, predicted, known in rows]


RIGHT = Count(
    "pk",
    filter=Q(corrected_label=F("item__gold_label")) | Q(verdict=Verdict.CORRECT, item__prediction__predicted_label=F("item__gold_label")),
)
SAME = Count(
    "pk",
    filter=Q(verdict=F("item__annotations__verdict"), corrected_label=F("item__annotations__corrected_label"), biased=F("item__annotations__biased")),
)


def _gold(answers: QuerySet[Annotation]) -> QuerySet[Annotation]:
    """Who is unsure has not missed it, and a repeat of it was met before."""
    return answers.exclude(item__gold_label="").exclude(verdict=Verdict.UNSURE).exclude(purpose=Purpose.REPEAT)


def _repeats(answers: QuerySet[Annotation]) -> QuerySet[Annotation]:
    """Each beside what the same person said of the same item before: one row."""
    before = Q(item__annotations__annotator=F("annotator"), item__annotations__purpose=Purpose.SAMPLE)
    return answers.filter(before, purpose=Purpose.REPEAT)


def _share(count: int, n: int) -> Share:
    return share_of(count, n, needs=ENOUGH)
