"""Practice before the first item of a round: a few comments whose level is known, judged with the answer told after each.

Nothing of it is an annotation: it has rows of its own, on comments that are in no pool.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.errors import QualificationError
from feedback.models import AnnotationRound, Participation, QualificationAnswer, QualificationItem
from modeling import ledger
from modeling.labels import LEVELS

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PAUSE = timedelta(minutes=10)
"""Between two attempts: time to read the guidelines again."""


@dataclass(frozen=True)
class Standing:
    """How far somebody is. `answers`: of the newest attempt, in order. `share`: right ones of it, None until it is finished."""

    attempt: int
    attempts_left: int
    answers: list[QualificationAnswer]
    passed_at: datetime | None
    share: float | None
    may_start_at: datetime | None

    @property
    def question(self) -> QualificationAnswer | None:
        return next((one for one in self.answers if not one.label), None)

    @property
    def told(self) -> list[QualificationAnswer]:
        return [one for one in self.answers if one.label]

    @property
    def may_start(self) -> bool:
        is_rested = self.may_start_at is None or self.may_start_at <= timezone.now()
        return self.passed_at is None and self.question is None and self.attempts_left > 0 and is_rested


def standing_of(round: AnnotationRound, part: Participation) -> Standing:
    return _standing(round, part, list(part.qualification_answers.select_related("item")))


def standings_of(round: AnnotationRound, parts: Sequence[Participation]) -> list[Standing]:
    """Of many people, by one query."""
    rows: dict[int, list[QualificationAnswer]] = {part.pk: [] for part in parts}
    for row in QualificationAnswer.objects.filter(participation__in=list(rows)).select_related("item"):
        rows[row.participation_id].append(row)
    return [_standing(round, part, rows[part.pk]) for part in parts]


def _standing(round: AnnotationRound, part: Participation, rows: list[QualificationAnswer]) -> Standing:
    attempt = max((row.attempt for row in rows), default=0)
    answers = [row for row in rows if row.attempt == attempt]
    is_over = bool(answers) and all(row.label for row in answers)
    share = sum(bool(row.is_right) for row in answers) / len(answers) if is_over else None
    ended = max((row.answered_at for row in answers if row.answered_at), default=None) if is_over else None
    left = max(0, round.qualification_attempts + part.attempts_given - attempt)
    return Standing(attempt, left, answers, part.qualified_at, share, ended and ended + PAUSE)


def start_attempt(*, round: AnnotationRound, part: Participation) -> None:
    """Draw the comments of the next attempt: those that this person has not met yet come first. Without any, the round lets everybody in.

    Raises:
        QualificationError: no attempt is left, or the pause after the last one is not over.
    """
    standing = standing_of(round, part)
    if standing.question or standing.passed_at:
        return
    if not standing.attempts_left:
        raise QualificationError(_("You have tried as often as this round allows. Ask the project's lead, who can let you in or let you try again."))
    if not standing.may_start:
        raise QualificationError(_("Take a little time with the guidelines first; the next try is open in a few minutes."))
    drawn = _draw(round, part, standing.attempt + 1)
    if not drawn:
        _let_in(part)
        return
    rows = (QualificationAnswer(participation=part, item=item, attempt=standing.attempt + 1, position=n) for n, item in enumerate(drawn))
    try:
        with transaction.atomic():
            QualificationAnswer.objects.bulk_create(rows)
    except IntegrityError:
        # Pressed twice: the attempt is there already.
        return


def answer_question(*, round: AnnotationRound, part: Participation, answer_id: int, label: str) -> None:
    """What was said stays: the right level is told right after it. The last one decides.

    Raises:
        QualificationError: not a level.
    """
    if label not in LEVELS:
        raise QualificationError(_("Choose one of the three levels."))
    asked = part.qualification_answers.select_related("item").filter(pk=answer_id, label="").first()
    if asked is None:
        return
    is_right = label == asked.item.gold_label
    QualificationAnswer.objects.filter(pk=asked.pk, label="").update(label=label, is_right=is_right, answered_at=timezone.now())
    standing = standing_of(round, part)
    if standing.share is not None and standing.share >= round.pass_mark:
        _let_in(part)


def let_in(*, part: Participation, by: "User") -> None:
    """An expert needs no practice, says the lead: and the ledger who said so."""
    with transaction.atomic():
        if _let_in(part, by):
            ledger.append(actor=by, action="qualification.waived", subject=part.round.ledger_subject, payload={"participation": part.pk})


def give_attempt(*, round: AnnotationRound, part: Participation) -> None:
    """One more, also where none is left; what was granted and not used yet does not add up."""
    used = standing_of(round, part).attempt
    Participation.objects.filter(pk=part.pk).update(attempts_given=max(0, used + 1 - round.qualification_attempts))


def _let_in(part: Participation, by: "User | None" = None) -> int:
    done = Participation.objects.filter(pk=part.pk, qualified_at=None).update(qualified_at=timezone.now(), let_in_by=by)
    part.refresh_from_db(fields=["qualified_at", "let_in_by"])
    return done


def _draw(round: AnnotationRound, part: Participation, attempt: int) -> list[QualificationItem]:
    met = set(part.qualification_answers.values_list("item_id", flat=True))
    items = list(QualificationItem.objects.filter(project=round.project_id, is_active=True))
    # The same person gets the same draw when the page is loaded anew.
    random.Random(f"{part.pk}.{attempt}").shuffle(items)
    return sorted(items, key=lambda item: item.pk in met)[: round.qualification_items]
