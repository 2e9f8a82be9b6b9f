"""Scripted people of a study: their accounts, marked as such, and their answers, one after the other by a fixed order.

Whose turn it is follows from how many answers the round has, and what somebody says of a comment from the seed, the month, the person and the
comment alone: a study that goes on after it was killed gives the answers that it would have given.
"""

import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from biasapp.study.spec import Group, StudySpec
from feedback.crowd.simulation import Case, Scripted
from feedback.models import Annotation, AnnotationRound, Annotator, Assignment, Panel
from feedback.pipeline.annotate import submit_annotation
from feedback.pipeline.answer import Answer
from feedback.pipeline.assign import claim_next
from modeling.labels import MEMBER_AT, Level, level_of
from modeling.models import Comment, Membership, Project, Role

TOLD_EVERY = 50
PACE_SECONDS, JITTER_SECONDS = 15, 10
MOST_A_DAY = 120


@dataclass(frozen=True)
class Person:
    annotator: Annotator
    script: Scripted


def people_of(project: Project, spec: StudySpec, month: int) -> list[Person]:
    """In a fixed order, the kinds mixed; made when they are first asked for."""
    seats = [(group, number) for group in spec.groups for number in range(1, group.count + 1)]
    ordered = sorted(seats, key=lambda seat: (seat[1], spec.groups.index(seat[0])))
    return [Person(_annotator(project, spec, group, number), group.scripted(month)) for group, number in ordered]


def _annotator(project: Project, spec: StudySpec, group: Group, number: int) -> Annotator:
    name = f"scripted-{project.slug}-{spec.groups.index(group) + 1}-{number}"
    user, created = User.objects.get_or_create(username=name)
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    Membership.objects.get_or_create(project=project, user=user, defaults={"role": Role.ANNOTATOR})
    panel, _ = Panel.objects.get_or_create(project=project, name=group.panel, defaults={"kind": group.kind})
    known = {"panel": panel, "consented_at": timezone.now(), "simulated": True}
    return Annotator.objects.select_related("user").get_or_create(project=project, user=user, defaults=known)[0]


def answer_round(round: AnnotationRound, people: Sequence[Person], spec: StudySpec, month: int, begins: datetime, tell: Callable[[str], None]) -> int:
    """Until nobody finds anything to answer any more; the number of answers."""
    count = Annotation.objects.filter(item__round=round).count()
    while _answer_next(round, people, count, spec, month, begins):
        count += 1
        if count % TOLD_EVERY == 0:
            tell(f"{count} answers")
    return count


def _answer_next(round: AnnotationRound, people: Sequence[Person], count: int, spec: StudySpec, month: int, begins: datetime) -> bool:
    """Whoever's turn it is, or the next one after them for whom something is left."""
    for step in range(len(people)):
        person = people[(count + step) % len(people)]
        place = claim_next(round=round, annotator=person.annotator)
        if place is not None:
            _answer(place, person, spec, month, _at(begins, count, len(people)))
            return True
    return False


def _answer(place: Assignment, person: Person, spec: StudySpec, month: int, at: datetime) -> None:
    """The answer stands in the month that is replayed; the ledger has when it was made in truth."""
    comment, prediction = place.item.comment, place.item.prediction
    lot = f"{spec.seed}/{month}/{person.annotator.user.username}/{comment.dataset.name}/{comment.external_id}"
    rng = np.random.default_rng(list(hashlib.sha256(lot.encode()).digest()[:16]))
    said = person.script.says(Case(_true_level(comment), Level(prediction.predicted_label), prediction.flagged, _mentions(comment)), rng)
    answer = Answer(
        verdict=said.verdict,
        corrected_label=said.corrected_label,
        bias_types=said.bias_types,
        subgroup=said.subgroup,
        pattern=said.pattern,
        severity=said.severity,
    )
    with transaction.atomic():
        stored = submit_annotation(assignment_id=place.pk, annotator=person.annotator, key=uuid.uuid4(), answer=answer)
        Annotation.objects.filter(pk=stored.pk).update(created_at=at, seconds=float(rng.uniform(PACE_SECONDS - JITTER_SECONDS, PACE_SECONDS)))


def _true_level(comment: Comment) -> Level:
    """The data set's own label: a study imports no comment without one."""
    return level_of(comment.target or 0.0, comment.dataset.low_threshold, comment.dataset.high_threshold)


def _mentions(comment: Comment) -> tuple[str, ...]:
    return tuple(comment.mentions.filter(value__gte=MEMBER_AT).order_by("subgroup").values_list("subgroup", flat=True))


def _at(begins: datetime, count: int, people: int) -> datetime:
    """An account's answers come at an even pace with some jitter, so many a day."""
    turn, jitter = count // people, hashlib.sha256(str(count).encode()).digest()[0] / 255
    day, within = divmod(turn, MOST_A_DAY)
    return begins + timedelta(days=day, seconds=within * PACE_SECONDS + jitter * JITTER_SECONDS)


def first_day(month: str) -> datetime:
    year, number = month.split("-")
    return datetime(int(year), int(number), 2, 9, tzinfo=UTC)
