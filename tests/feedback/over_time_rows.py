"""Rounds over three months as people leave them: enough answers that every table of the page says something."""

from datetime import UTC, datetime

from feedback.models import Annotation, AnnotationRound, Annotator, Assignment
from feedback.pipeline.close_round import close_round
from feedback.pipeline.summarise_rounds import summarise_rounds
from tests.feedback.worlds import BIASED, CORRECT, LOW, World, add_comment, answer_next, make_annotator, make_panel, make_round

SECONDS = 12


def make_months(world: World, *, items: int = 36, months: tuple[int, ...] = (8, 9)) -> list[AnnotationRound]:
    """A round a month, closed; of each half the items mention Muslims, and a crowd and an expert judge all. In the first month every third
    item is reported, later every sixth; half of the places were blind."""
    people = [make_annotator(world.project, make_panel(world.project, kind)) for kind in ("crowd", "expert")]
    rounds = []
    for place, month in enumerate(months):
        for number in range(items):
            add_comment(world, mentions=["muslim"] if number % 2 else [])
        round = make_round(world, items=items, overlap=2, strategy="random", random_share=1, seed=place)
        answer_all(round, people, reports_each=3 * (place + 1))
        date_all(round, datetime(2026, month, 10, 12, tzinfo=UTC))
        rounds.append(close_round(round=round, start_cycle=False))
        AnnotationRound.objects.filter(pk=round.pk).update(closed_at=datetime(2026, month, 20, tzinfo=UTC), blind_share=0.5)
    summarise_rounds(anew=True)
    return rounds


def answer_all(round: AnnotationRound, people: list[Annotator], reports_each: int) -> None:
    """Everybody reports the same items; on every fifth of the others, one corrects the level. The model says mild of everything."""
    for who, person in enumerate(people):
        for number in range(round.item_count):
            answer = BIASED if number % reports_each == 0 else LOW if who and number % 5 == 0 else CORRECT
            given = answer_next(round, person, answer)
            if number % 2:
                Assignment.objects.filter(pk=given.assignment_id).update(blind=True, own_level="low" if number % 4 == 1 else "mild")


def date_all(round: AnnotationRound, at: datetime) -> None:
    Annotation.objects.filter(item__round=round).update(created_at=at, seconds=SECONDS)
    AnnotationRound.objects.filter(pk=round.pk).update(opened_at=at)
