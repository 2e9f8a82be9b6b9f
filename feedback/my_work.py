"""One's own work in a project, as the person themself sees it: how much, how long, and how it compares. Nobody else's page reads this.

What it says about others, it says of closed rounds only, so that nobody is swayed while they answer, and only where at least
`MINIMUM_PEERS` others answered.
"""

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from feedback.crowd.differences import MINIMUM_PEERS, Compared, Difference, differences
from feedback.crowd.estimates import MINIMUM_ITEMS, Estimate, wilson
from feedback.models import Annotation, AnnotationRound, Annotator, AnnotatorWeight, Assignment, Purpose
from modeling.labels import LEVELS, MEMBER_AT, Verdict, mention_key
from modeling.models import FeedbackLabel, SubgroupMention

WEEKS_SHOWN = 12
READ_AT_ONCE = 5_000


@dataclass(frozen=True)
class Week:
    """`share` of the fullest week shown, for the eye."""

    start: date
    answers: int
    days: int
    share: float


@dataclass(frozen=True)
class MyRound:
    """`seconds`: median time per answer, None without answers. `joined`: how often one's level is the joined label's likeliest; `known`: how
    often it is the known answer. Both are of closed rounds; `joined` is None where too few others answered."""

    round: AnnotationRound
    answers: int
    skipped: int
    days: int
    seconds: float | None
    joined: Estimate | None
    known: Estimate


@dataclass(frozen=True)
class MyWork:
    """`joined` and `known`: over all closed rounds. `consistency`: of items that one was asked again, how often the level was the same as
    before, and a bias reported or not as before. `differences`: question ("biased", "level") -> subgroups."""

    answers: int
    days: int
    seconds: float | None
    weeks: list[Week]
    rounds: list[MyRound]
    joined: Estimate
    known: Estimate
    consistency: Estimate
    differences: dict[str, list[Difference]]


@dataclass(frozen=True)
class _Answer:
    """`purpose`: only answers of the sample are compared with others'. `level`: 0 to 2, None where one was unsure. `joined`: the joined
    label's, None where there is none or too few others answered."""

    round: int
    item: int
    comment: int
    day: date
    seconds: float
    biased: bool
    gold: str
    purpose: str
    level: int | None
    joined: int | None = None


def my_work(annotator: Annotator) -> MyWork:
    """Linear in one's own answers, with a fixed number of queries."""
    answers, rounds = _answers(annotator), _rounds(annotator)
    closed = {round.pk for round in rounds if round.state == AnnotationRound.State.CLOSED}
    told = comparable(annotator, rounds)
    answers = _with_joined(annotator, answers, told)
    over = [answer for answer in answers if answer.round in closed]
    return MyWork(
        answers=len(answers),
        days=len({answer.day for answer in answers}),
        seconds=_median(answers),
        weeks=_weeks(answers),
        rounds=_each_round(annotator, rounds, answers, told),
        joined=_share([answer.level == answer.joined for answer in over if answer.level is not None and answer.joined is not None]),
        known=_known(over),
        consistency=_consistency(over),
        differences=_differences(annotator, [answer for answer in over if answer.purpose == Purpose.SAMPLE]),
    )


def comparable(annotator: Annotator, rounds: Iterable[AnnotationRound]) -> dict[int, int]:
    """Batch -> round, of the closed rounds in which enough others answered for something to be said of them."""
    joined = {round.pk: round.batch_id for round in rounds if round.batch_id is not None}
    others = AnnotatorWeight.objects.filter(joining__round__in=joined).exclude(annotator=annotator).order_by()
    enough = others.values_list("joining__round_id").annotate(count=Count("pk")).filter(count__gte=MINIMUM_PEERS)
    return {joined[round]: round for round, _ in enough}


def said_otherwise(annotator: Annotator, round: AnnotationRound) -> list[tuple[int, FeedbackLabel]] | None:
    """(annotation, joined label) where one's level is not the joined label's likeliest; None where nothing may be said of others."""
    if not comparable(annotator, [round]):
        return None
    columns = ("pk", "item__comment_id", "verdict", "corrected_label", "item__prediction__predicted_label")
    mine = Annotation.objects.filter(annotator=annotator, item__round=round).exclude(verdict=Verdict.UNSURE).order_by("pk")
    joined = FeedbackLabel.objects.filter(batch=round.batch_id, comment__in=mine.order_by().values("item__comment"))
    labels = {label.comment_id: label for label in joined.only("comment_id", "q_low", "q_mild", "q_high", "annotation_count")}
    return [
        (pk, labels[comment])
        for pk, comment, *said in mine.values_list(*columns).iterator(READ_AT_ONCE)
        if comment in labels and _likeliest(labels[comment]) != _level(*said)
    ]


def _answers(annotator: Annotator) -> list[_Answer]:
    columns = (
        "item__round_id", "item_id", "item__comment_id", "created_at", "seconds", "biased", "item__gold_label",
        "purpose", "verdict", "corrected_label", "item__prediction__predicted_label",
    )  # fmt: skip
    rows = Annotation.of_any_purpose.filter(annotator=annotator).order_by("pk").values_list(*columns).iterator(READ_AT_ONCE)
    return [
        _Answer(round, item, comment, timezone.localdate(at), seconds, biased, gold, purpose, _level(*said))
        for round, item, comment, at, seconds, biased, gold, purpose, *said in rows
    ]


def _with_joined(annotator: Annotator, answers: list[_Answer], told: dict[int, int]) -> list[_Answer]:
    own = Annotation.objects.filter(annotator=annotator, item__round__in=told.values()).values("item__comment")
    labels = FeedbackLabel.objects.filter(batch__in=told, comment__in=own).only("batch_id", "comment_id", "q_low", "q_mild", "q_high")
    joined = {(told[label.batch_id], label.comment_id): _likeliest(label) for label in labels.iterator(READ_AT_ONCE)}
    return [replace(answer, joined=joined.get((answer.round, answer.comment))) if answer.purpose == Purpose.SAMPLE else answer for answer in answers]


def _level(verdict: str, corrected: str, predicted: str) -> int | None:
    return None if verdict == Verdict.UNSURE else LEVELS.index(corrected or predicted)


def _likeliest(label: FeedbackLabel) -> int:
    return max(range(3), key=(label.q_low, label.q_mild, label.q_high).__getitem__)


def _median(answers: Sequence[_Answer]) -> float | None:
    return statistics.median(answer.seconds for answer in answers) if answers else None


def _weeks(answers: list[_Answer]) -> list[Week]:
    """The last weeks in which something was done, newest first."""
    counted: Counter[date] = Counter()
    days: dict[date, set[date]] = defaultdict(set)
    for answer in answers:
        monday = answer.day - timedelta(days=answer.day.weekday())
        counted[monday] += 1
        days[monday].add(answer.day)
    shown = sorted(counted, reverse=True)[:WEEKS_SHOWN]
    most = max((counted[week] for week in shown), default=1)
    return [Week(week, counted[week], len(days[week]), counted[week] / most) for week in shown]


def _rounds(annotator: Annotator) -> list[AnnotationRound]:
    """Those in which one answered or skipped something, newest first."""
    ended = Assignment.objects.filter(annotator=annotator, state__in=(Assignment.State.DONE, Assignment.State.SKIPPED))
    return list(AnnotationRound.objects.filter(pk__in=ended.values("round")).order_by("-number"))


def _each_round(annotator: Annotator, rounds: list[AnnotationRound], answers: list[_Answer], told: dict[int, int]) -> list[MyRound]:
    of_round: dict[int, list[_Answer]] = defaultdict(list)
    for answer in answers:
        of_round[answer.round].append(answer)
    skips = Assignment.objects.filter(annotator=annotator, state=Assignment.State.SKIPPED).order_by()
    skipped = dict(skips.values_list("round_id").annotate(count=Count("pk")))
    return [_round(round, of_round[round.pk], skipped.get(round.pk, 0), round.pk in told.values()) for round in rounds]


def _round(round: AnnotationRound, answers: list[_Answer], skipped: int, is_told: bool) -> MyRound:
    same = [answer.level == answer.joined for answer in answers if answer.level is not None and answer.joined is not None]
    return MyRound(
        round=round,
        answers=len(answers),
        skipped=skipped,
        days=len({answer.day for answer in answers}),
        seconds=_median(answers),
        joined=_share(same) if is_told else None,
        known=_known(answers if round.state == AnnotationRound.State.CLOSED else []),
    )


def _known(answers: Iterable[_Answer]) -> Estimate:
    """A repeat of a known item was met before."""
    met = [answer for answer in answers if answer.gold and answer.purpose != Purpose.REPEAT and answer.level is not None]
    return _share([answer.level == LEVELS.index(answer.gold) for answer in met])


def _consistency(answers: Sequence[_Answer]) -> Estimate:
    first = {answer.item: answer for answer in answers if answer.purpose == Purpose.SAMPLE}
    again = [(first[answer.item], answer) for answer in answers if answer.purpose == Purpose.REPEAT and answer.item in first]
    return _share([(before.level, before.biased) == (after.level, after.biased) for before, after in again])


def _share(same: Sequence[bool]) -> Estimate:
    """With Wilson's interval; nan below `MINIMUM_ITEMS`."""
    n = len(same)
    if n < MINIMUM_ITEMS:
        return Estimate(math.nan, math.nan, math.nan, n)
    value = sum(same) / n
    return Estimate(value, *wilson(value, n), n)


def _differences(annotator: Annotator, answers: list[_Answer]) -> dict[str, list[Difference]]:
    """Against the mean of the others on the same items. Who was unsure has no level, and counts for the reports alone."""
    closed = Annotation.objects.filter(annotator=annotator, item__round__state=AnnotationRound.State.CLOSED)
    others = Annotation.objects.filter(item__in=closed.values("item")).exclude(annotator=annotator).order_by()
    columns = ("item_id", "annotator_id", "biased", "verdict", "corrected_label", "item__prediction__predicted_label")
    reported: dict[int, dict[int, float]] = defaultdict(dict)
    levels: dict[int, dict[int, float]] = defaultdict(dict)
    for item, peer, biased, *said in others.values_list(*columns).iterator(READ_AT_ONCE):
        reported[item][peer] = float(biased)
        if (level := _level(*said)) is not None:
            levels[item][peer] = level
    mentioned = _mentions(closed)
    return differences(
        {
            "biased": [_compared(float(one.biased), reported[one.item], mentioned[one.comment]) for one in answers if reported[one.item]],
            "level": [
                _compared(one.level, levels[one.item], mentioned[one.comment]) for one in answers if levels[one.item] and one.level is not None
            ],
        }
    )


def _compared(own: float, others: dict[int, float], subgroups: set[str]) -> Compared:
    return Compared(own - statistics.fmean(others.values()), frozenset(others), frozenset(subgroups))


def _mentions(answers: QuerySet[Annotation]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    mentions = SubgroupMention.objects.filter(comment__in=answers.values("item__comment"), value__gte=MEMBER_AT)
    for comment, subgroup, source in mentions.values_list("comment_id", "subgroup", "source").iterator(READ_AT_ONCE):
        found[comment].add(mention_key(subgroup, source))
    return found
