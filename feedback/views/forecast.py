"""What a new round would ask of people."""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from feedback.crowd.sampling import FAMILY_LIMIT
from feedback.models import Annotation, AnnotationItem, AnnotationRound
from modeling.labels import Split
from modeling.models import Prediction, Project, WorkState

GUESSED_SECONDS = 20
ENOUGH_ANSWERS = 30
LONGEST_ANSWER = 300
"""Longer than that, somebody was away from the desk."""


@dataclass(frozen=True)
class Forecast:
    """`available` comments that a round could show; `seconds_each` per answer, `is_measured` or guessed."""

    available: int
    items: int
    overlap: int
    seconds_each: int
    is_measured: bool

    @property
    def annotations(self) -> int:
        return self.items * self.overlap

    @property
    def seconds(self) -> int:
        return self.annotations * self.seconds_each


def forecast(*, project: Project, items: int, overlap: int) -> Forecast:
    answers = Annotation.objects.filter(item__round__project=project, item__round__simulated=False, seconds__gt=0, seconds__lt=LONGEST_ANSWER)
    newest = list(answers.order_by("-pk").values_list("seconds", flat=True)[:1000])
    is_measured = len(newest) >= ENOUGH_ANSWERS
    seconds = max(1, round(sum(newest) / len(newest))) if is_measured else GUESSED_SECONDS
    return Forecast(_available(project), items, overlap, seconds, is_measured)


def _available(project: Project) -> int:
    if project.champion_id is None:
        return 0
    used = Q(round__state=AnnotationRound.State.OPEN) | Q(annotations__isnull=False)
    shown = AnnotationItem.objects.filter(used, comment=OuterRef("comment"))
    scored = Prediction.objects.filter(version=project.champion_id, comment__split=Split.POOL, comment__dataset__state=WorkState.DONE)
    left = scored.exclude(Exists(shown))
    # Of variants of one original a round shows a few only.
    families = left.exclude(comment__family="").values("comment__dataset", "comment__family").annotate(size=Count("pk")).order_by()
    variants = sum(min(size, FAMILY_LIMIT) for size in families.values_list("size", flat=True))
    return variants + left.filter(comment__family="").count()
