"""Pauses: begun by a sequential test, explained, appealed, decided by a lead; nothing that was answered is lost."""

import pytest

from feedback.errors import PausedError, PauseError
from feedback.models import Annotation, AnnotationRound, Annotator, Participation, Pause
from feedback.pipeline.annotate import submit_annotation
from feedback.pipeline.assign import claim_ahead, claim_next
from feedback.pipeline.pauses import appeal, decide
from modeling.models import LedgerEntry
from tests.feedback.worlds import CORRECT, UNSURE, answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def round() -> AnnotationRound:
    return make_round(make_world(pool=40), items=30, overlap=2)


def known(round: AnnotationRound, level: str = "low") -> None:
    round.items.update(gold_label=level)


def answer_until_paused(round: AnnotationRound, annotator: Annotator, most: int = 25) -> int:
    for count in range(1, most):
        answer_next(round, annotator)
        if Participation.objects.filter(annotator=annotator, paused_at__isnull=False).exists():
            return count
    return 0


def test_missing_one_known_answer_after_the_other_pauses(round: AnnotationRound) -> None:
    known(round)
    ann = make_annotator(round.project)
    assert answer_until_paused(round, ann) == 5
    pause = Pause.objects.get()
    assert (pause.kind, pause.bad, pause.count) == (Pause.Kind.KNOWN_ANSWERS, 5, 5)
    assert LedgerEntry.objects.get(action="pause.began").payload["bad"] == 5
    assert Annotation.objects.filter(annotator=ann).count() == 5
    with pytest.raises(PausedError, match="All that you answered is stored"):
        claim_next(round=round, annotator=ann)


def test_known_answers_that_are_met_well_or_left_open_do_not(round: AnnotationRound) -> None:
    known(round, "mild")
    assert answer_until_paused(round, make_annotator(round.project)) == 0
    known(round, "low")
    unsure = make_annotator(round.project)
    for _ in range(12):
        answer_next(round, unsure, UNSURE)
    assert not Pause.objects.exists()


def test_answers_faster_than_reading_pause_where_the_round_has_a_floor(round: AnnotationRound) -> None:
    ann, ben = make_annotator(round.project), make_annotator(round.project)
    assert answer_until_paused(round, ann) == 0, "no floor"
    AnnotationRound.objects.filter(pk=round.pk).update(time_floor=60)
    assert answer_until_paused(round, ben) == 3
    pause = Pause.objects.get()
    assert (pause.kind, pause.time_floor) == (Pause.Kind.SPEED, 60)
    AnnotationRound.objects.filter(pk=round.pk).update(simulated=True)
    assert answer_until_paused(round, make_annotator(round.project)) == 0, "scripts are fast by nature"


def test_what_is_held_when_the_pause_begins_is_still_stored(round: AnnotationRound) -> None:
    known(round)
    ann = make_annotator(round.project)
    for _ in range(4):
        answer_next(round, ann)
    front = claim_next(round=round, annotator=ann)
    behind = claim_ahead(round_id=round.pk, annotator_id=ann.pk)
    for key, place in enumerate((front.pk, behind)):
        submit_annotation(assignment_id=place, annotator=ann, key=f"00000000-0000-4000-8000-00000000000{key}", answer=CORRECT)
    assert Annotation.objects.filter(annotator=ann).count() == 6
    assert Pause.objects.count() == 1


def test_a_lifted_pause_starts_the_count_anew_and_an_upheld_one_stays(round: AnnotationRound) -> None:
    known(round)
    ann, lead = make_annotator(round.project), round.opened_by
    answer_until_paused(round, ann)
    pause = Pause.objects.get()
    decide(pause=pause, decision="upheld", reply="Please read the guidelines.", by=lead)
    with pytest.raises(PausedError):
        claim_next(round=round, annotator=ann)
    decide(pause=pause, decision="lifted", by=lead)
    assert answer_until_paused(round, ann) == 5
    assert Pause.objects.count() == 2
    with pytest.raises(PauseError, match="decided so already"):
        decide(pause=pause, decision="lifted", by=lead)
    with pytest.raises(PauseError, match="Choose whether"):
        decide(pause=pause, decision="forgotten", by=lead)
    assert [entry.action for entry in LedgerEntry.objects.filter(action__startswith="pause.").order_by("sequence")] == [
        "pause.began",
        "pause.upheld",
        "pause.lifted",
        "pause.began",
    ]


def test_an_appeal_is_heard_once_and_says_something(round: AnnotationRound) -> None:
    known(round)
    ann = make_annotator(round.project)
    answer_until_paused(round, ann)
    pause = Pause.objects.get()
    with pytest.raises(PauseError, match="few words"):
        appeal(pause=pause, text="  ")
    assert appeal(pause=pause, text="In my dialect these are friendly.").appeal == "In my dialect these are friendly."
    with pytest.raises(PauseError, match="already"):
        appeal(pause=pause, text="Once more")


def test_words_that_are_too_long_are_sent_back_and_not_cut(round: AnnotationRound) -> None:
    known(round)
    answer_until_paused(round, make_annotator(round.project))
    pause = Pause.objects.get()
    with pytest.raises(PauseError, match="2,000 characters"):
        appeal(pause=pause, text="x" * 2001)
    with pytest.raises(PauseError, match="2,000 characters"):
        decide(pause=pause, decision="upheld", reply="x" * 2001, by=round.opened_by)
    pause.refresh_from_db()
    assert (pause.appeal, pause.decision) == ("", "")
    # As a form sends 2,000 characters of which some are ends of lines.
    assert appeal(pause=pause, text="y\r\n" * 999 + "yy").appeal == "y\n" * 999 + "yy"
