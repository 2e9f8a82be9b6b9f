"""How fast people answered in the last rounds, and so how many days a new one would take."""

import math
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db.models import Count, Max, Min
from django.utils import timezone

from feedback.models import Annotation, AnnotationRound
from modeling.models import Project

ROUNDS_BACK = 3
ENOUGH_PEOPLE = 3
"""Below, one person's pace would stand for everybody's."""

RESAMPLES = 1_000
DAY, WEEK = timedelta(days=1), timedelta(days=7)
ENOUGH_ANSWERS = 10
SHORTEST, FURTHEST = 1 / 24, 3_650
"""Days. In less than an hour nobody shows a pace; a date in ten years says as much as one in a hundred."""


@dataclass(frozen=True)
class Pace:
    """`people` who answered in the newest round. `each`: answers a person and calendar day, days off included, with its 95 % interval."""

    people: int
    each: float
    low: float
    high: float

    def days(self, answers: int, people: int) -> tuple[int, int, int]:
        """Days that `people` take for so many answers: the estimate, and between which two it lies in 95 of 100 cases."""
        most, likely, least = (math.ceil(answers / (people * rate)) for rate in (self.low, self.each, self.high))
        return likely, least, most


def pace_of(project: Project) -> Pace | None:
    """From the last rounds that people answered; None where too few did to tell. People are drawn again, not answers: how far they differ
    is what makes the days uncertain."""
    answers = Annotation.objects.filter(item__round__project=project, item__round__simulated=False).order_by()
    newest = _last_rounds(project)
    spans = answers.filter(item__round__in=newest).values_list("item__round").annotate(first=Min("created_at"), last=Max("created_at"))
    days = {round: max(1.0, (last - first) / DAY) for round, first, last in spans}
    counted = list(answers.filter(item__round__in=newest).values_list("item__round", "annotator").annotate(count=Count("pk")))
    rates = np.array([count / days[round] for round, _, count in counted])
    if len({annotator for _, annotator, _ in counted}) < ENOUGH_PEOPLE:
        return None
    means = np.random.default_rng(0).choice(rates, (RESAMPLES, len(rates))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Pace(sum(round == newest[0] for round, _, _ in counted), float(rates.mean()), float(low), float(high))


def done_about(round: AnnotationRound, left: int) -> date | None:
    """When the answers that are left will be in, at the pace of the last week or since it opened; None before there are enough to tell."""
    now = timezone.now()
    since = max(round.opened_at, now - WEEK)
    count = Annotation.objects.filter(item__round=round, created_at__gte=since).count()
    if count < ENOUGH_ANSWERS or left <= 0 or round.state != AnnotationRound.State.OPEN:
        return None
    days = max((now - since) / DAY, SHORTEST)
    return timezone.localdate(now + min(left / count * days, FURTHEST) * DAY)


def _last_rounds(project: Project) -> list[int]:
    """Newest first."""
    answered = AnnotationRound.objects.filter(project=project, simulated=False, items__annotations__isnull=False)
    return list(answered.order_by("-number").values_list("pk", flat=True).distinct()[:ROUNDS_BACK])
