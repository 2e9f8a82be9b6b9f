"""What a new round would ask of people, and what it would find."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from feedback.crowd.inclusion import FAMILY_LIMIT
from feedback.crowd.planning import ENOUGH_ITEMS, Found, Plan, Reach, found, reach
from feedback.models import Annotation, AnnotationItem, AnnotationRound, SamplingPlan
from feedback.pace import Pace, pace_of
from feedback.pipeline.plan_rounds import fresh_plan, request_plan
from feedback.pipeline.read_pool import is_scored
from modeling.labels import Split
from modeling.models import Prediction, Project, WorkState

GUESSED_SECONDS = 20
ENOUGH_ANSWERS = 30
LONGEST_ANSWER = 300
"""Longer than that, somebody was away from the desk."""

PACE_DAYS = 14
SUBGROUPS_SHOWN = 12


@dataclass(frozen=True)
class Choice:
    """What the form says so far. `random_share` in [0, 1]; `people` who will work, 0 for as many as in the newest round."""

    items: int
    overlap: int
    strategy: str
    random_share: float
    people: int = 0


@dataclass(frozen=True)
class Forecast:
    """`seconds_each` per answer, `is_measured` or guessed; `per_day`: answers a day in the last two weeks, 0 where there were too few to
    tell. From the stored plan, while there is one: `available` comments that a round could show; `found`, None before `judged` is
    enough; `reaches` of the subgroups with most items. `is_counting`: the plan is being counted (again). `is_unscored`: it cannot be,
    before the model in use has scored the whole pool. `is_part_simulated`: scripted annotators judged some of it."""

    available: int | None
    choice: Choice
    seconds_each: int
    is_measured: bool
    per_day: float
    found: Found | None
    judged: int
    reaches: list[Reach]
    is_counting: bool
    is_unscored: bool
    is_part_simulated: bool
    signals_missing: list[str]
    pace: Pace | None

    @property
    def people(self) -> int:
        return self.choice.people or (self.pace.people if self.pace else 0)

    @property
    def days_of_people(self) -> tuple[int, int, int] | None:
        """Days that so many people take, and between which two; None where no past tells."""
        return self.pace.days(self.annotations, self.people) if self.pace and self.people else None

    @property
    def annotations(self) -> int:
        return self.choice.items * self.choice.overlap

    @property
    def seconds(self) -> int:
        return self.annotations * self.seconds_each

    @property
    def days(self) -> int:
        return -int(-self.annotations // self.per_day) if self.per_day else 0

    @property
    def still_to_judge(self) -> int:
        """Items that people must judge before anything can be foretold."""
        return max(0, ENOUGH_ITEMS - self.judged)


def forecast(*, project: Project, choice: Choice) -> Forecast:
    seconds, is_measured = _pace_of_one(project)
    stored = fresh_plan(project) if project.champion_id else None
    is_unscored = stored is None and project.champion is not None and not is_scored(project, project.champion)
    is_counting = stored is None and project.champion is not None and not is_unscored
    if is_counting:
        request_plan(project)
    plan = Plan.from_dict(stored.content) if stored else None
    return Forecast(
        available=plan.available if plan else None,
        choice=choice,
        seconds_each=seconds,
        is_measured=is_measured,
        per_day=_answers_a_day(project),
        found=found(plan, strategy=choice.strategy, count=choice.items, random_share=choice.random_share) if plan else None,
        judged=plan.judged if plan else 0,
        reaches=_reaches(plan, choice)[:SUBGROUPS_SHOWN] if plan else [],
        is_counting=is_counting,
        is_unscored=is_unscored,
        is_part_simulated=Annotation.objects.filter(item__round__project=project, item__round__simulated=True).exists(),
        signals_missing=_missing(stored),
        pace=pace_of(project),
    )


def _reaches(plan: Plan, choice: Choice) -> list[Reach]:
    return reach(plan, strategy=choice.strategy, count=choice.items, random_share=choice.random_share)


def _missing(stored: SamplingPlan | None) -> list[str]:
    """Reports are no signal that somebody could wait for: they come with the first round."""
    return [name for name in stored.signals_missing if name != "reports"] if stored else []


def _by_people(project: Project) -> QuerySet[Annotation]:
    return Annotation.objects.filter(item__round__project=project, item__round__simulated=False)


def _pace_of_one(project: Project) -> tuple[int, bool]:
    answers = _by_people(project).filter(seconds__gt=0, seconds__lt=LONGEST_ANSWER)
    newest = list(answers.order_by("-pk").values_list("seconds", flat=True)[:1000])
    if len(newest) < ENOUGH_ANSWERS:
        return GUESSED_SECONDS, False
    return max(1, round(sum(newest) / len(newest))), True


def _answers_a_day(project: Project) -> float:
    """Over two weeks with their free days, or since the first answer where that is later; 0 where there are too few to tell."""
    now = timezone.now()
    recent = _by_people(project).filter(created_at__gte=now - timedelta(days=PACE_DAYS)).order_by("created_at")
    count = recent.count()
    if count < ENOUGH_ANSWERS:
        return 0.0
    first = recent.values_list("created_at", flat=True)[0]
    return count / max(1.0, (now - first) / timedelta(days=1))


def about_available(project: Project) -> int:
    """About, as near-duplicates are not known here: what stands on the page until the plan has been counted."""
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
