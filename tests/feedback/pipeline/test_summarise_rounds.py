"""What people did, summed up: counted once, apart by panel and by month, and nothing of an open gate round."""

from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from feedback.crowd.tally import total
from feedback.models import Annotation, AnnotationRound, Assignment, MonthSummary, Purpose, RoundSummary
from feedback.pipeline.close_round import close_round
from feedback.pipeline.reopen_round import reopen_round
from feedback.pipeline.summarise_rounds import summarise_round, summarise_rounds
from feedback.tasks import summarise_rounds as task
from tests.factories import make_cycle
from tests.feedback.worlds import BIASED, CORRECT, LOW, UNSURE, World, add_comment, answer_next, make_annotator, make_panel, make_round

pytestmark = pytest.mark.django_db


def tally_of(round: AnnotationRound, panel=None):
    return total(RoundSummary.objects.get(round=round, panel=panel).months.values())


@pytest.fixture
def answered(world: World) -> AnnotationRound:
    """Four items, each judged by a crowd member who reports a bias and by an expert who does not."""
    round = make_round(world, items=4, overlap=2)
    for kind, answer in (("crowd", BIASED), ("expert", CORRECT)):
        person = make_annotator(world.project, make_panel(world.project, kind))
        for _ in range(4):
            answer_next(round, person, answer)
    return round


def test_an_item_counts_once_whatever_many_people_judge_it(answered: AnnotationRound) -> None:
    summarise_round(answered)
    found = tally_of(answered)
    assert (found["judged"], found["answers"], found["labelled"], found["reported"], found["confirmed"]) == (4, 8, 4, 4, 4)
    assert (found["reported/religious"], found["confirmed/religious"], found["named/religious/muslim"]) == (4, 4, 4)
    assert RoundSummary.objects.get(round=answered, panel=None).people == 2


def test_panels_are_summed_up_apart(answered: AnnotationRound) -> None:
    summarise_round(answered)
    by_kind = {row.panel.kind: total(row.months.values()) for row in RoundSummary.objects.exclude(panel=None)}
    assert (by_kind["crowd"]["reported"], by_kind["crowd"]["answers"]) == (4, 4)
    assert (by_kind["expert"]["reported"], by_kind["expert"]["judged"]) == (0, 4)


def test_a_report_of_one_in_three_is_reported_and_not_confirmed(world: World) -> None:
    round = make_round(world, items=1, overlap=3)
    for answer in (BIASED, LOW, UNSURE):
        answer_next(round, make_annotator(world.project), answer)
    summarise_round(round)
    found = tally_of(round)
    assert (found["reported"], found["confirmed"], found["reported/religious"], found["confirmed/religious"]) == (1, 0, 1, 0)
    assert (found["kind/verdict/0,2,1"], found["kind/level/2,0,0"], found["kind/biased/2,1"]) == (1, 1, 1)


def test_what_the_round_joined_decides_of_a_closed_one(answered: AnnotationRound) -> None:
    closed = close_round(round=answered, start_cycle=False)
    assert RoundSummary.objects.filter(round=closed, panel=None).exists(), "closing sums it up"
    closed.batch.labels.update(biased_rate=0.2, bias_rates={"religious": 0.2})
    summarise_round(closed)
    assert (tally_of(closed)["reported"], tally_of(closed)["confirmed"]) == (4, 0)


def test_checks_are_work_and_no_labels(answered: AnnotationRound) -> None:
    Annotation.objects.update(seconds=20)
    one = Annotation.objects.order_by("pk").first()
    Annotation.objects.filter(pk=one.pk).update(purpose=Purpose.GOLD)
    summarise_round(answered)
    found = tally_of(answered)
    assert (found["answers"], found["checks"], found["timed"], found["seconds"]) == (7, 1, 8, 160)


def test_an_item_belongs_to_the_month_of_its_last_answer(answered: AnnotationRound) -> None:
    first = Annotation.objects.order_by("pk").first()
    Annotation.objects.exclude(pk=first.pk).update(created_at=datetime(2026, 9, 3, tzinfo=UTC))
    Annotation.objects.filter(pk=first.pk).update(created_at=datetime(2026, 8, 3, tzinfo=UTC))
    summarise_round(answered)
    months = {row.month: row.tally for row in MonthSummary.objects.filter(panel=None, with_open=True)}
    assert {month: (tally.get("judged", 0), tally["answers"]) for month, tally in months.items()} == {"2026-08": (0, 1), "2026-09": (4, 7)}


def test_a_month_is_the_sum_of_its_rounds_and_scripted_ones_stand_apart(world: World, answered: AnnotationRound) -> None:
    second, scripted = make_round(world, items=2, overlap=1), make_round(world, items=3, overlap=1)
    AnnotationRound.objects.filter(pk=scripted.pk).update(simulated=True)
    for round, count in ((second, 2), (scripted, 3)):
        person = make_annotator(world.project)
        for _ in range(count):
            answer_next(round, person, BIASED)
    assert task() == 3
    rows = {row.simulated: row for row in MonthSummary.objects.filter(panel=None, with_open=True)}
    assert (rows[False].tally["judged"], rows[False].rounds, rows[True].tally["judged"], rows[True].rounds) == (6, [1, 2], 3, [3])
    assert not MonthSummary.objects.filter(with_open=False).exists(), "all rounds are open"


def test_only_what_is_out_of_date_is_read_again(world: World, answered: AnnotationRound) -> None:
    assert [summarise_rounds(), summarise_rounds(), summarise_rounds(anew=True)] == [1, 0, 1]
    Annotation.objects.filter(item__round=answered).last().delete()
    assert [summarise_rounds(), tally_of(answered)["answers"]] == [1, 7]
    close_round(round=answered, start_cycle=False)
    assert summarise_rounds() == 0
    AnnotationRound.objects.filter(pk=answered.pk).update(simulated=True)
    assert summarise_rounds() == 1


def test_a_slice_ends_with_the_round_that_it_reads_and_the_next_goes_on(world: World, answered: AnnotationRound) -> None:
    answer_next(make_round(world, items=2, overlap=1), make_annotator(world.project))
    assert [summarise_rounds(seconds=0), summarise_rounds(seconds=0), summarise_rounds(seconds=0)] == [1, 1, 0]


def test_a_busy_round_that_fills_each_slice_holds_up_no_other(world: World, answered: AnnotationRound) -> None:
    """A round without answers is not read at all, and those never read come first."""
    summarise_rounds()
    make_round(world, items=2, overlap=1)
    later = make_round(world, items=2, overlap=1)
    answer_next(later, make_annotator(world.project), BIASED)
    Annotation.objects.filter(item__round=answered).last().delete()
    assert (summarise_rounds(seconds=0), tally_of(later)["answers"], tally_of(answered)["answers"]) == (1, 1, 8)
    answer_next(later, make_annotator(world.project), BIASED)
    assert (summarise_rounds(seconds=0), tally_of(later)["answers"], tally_of(answered)["answers"]) == (1, 1, 7)
    Annotation.objects.filter(item__round=answered).last().delete()
    assert (summarise_rounds(seconds=0), tally_of(later)["answers"], tally_of(answered)["answers"]) == (1, 2, 7)


def test_nothing_is_kept_of_a_gate_round_before_it_is_closed_nor_when_it_is_opened_again(world: World) -> None:
    gate = AnnotationRound.objects.create(
        project=world.project, number=1, name="Gate", kind="gate", judges=make_cycle(world.project, "held"), version=world.version, item_count=1
    )
    item = gate.items.create(
        comment=(comment := add_comment(world, split="gate")),
        prediction=comment.predictions.get(),
        split="gate",
        round_kind="gate",
        rank=1,
        inclusion_probability=1,
    )
    Assignment.objects.create(round=gate, item=item, rank=1)
    answer_next(gate, make_annotator(world.project), BIASED)
    assert (summarise_rounds(), RoundSummary.objects.count(), MonthSummary.objects.count()) == (0, 0, 0)
    AnnotationRound.objects.filter(pk=gate.pk).update(state="closed")
    assert (summarise_rounds(), tally_of(gate)["reported"], MonthSummary.objects.filter(panel=None).count()) == (1, 1, 2)
    gate.refresh_from_db()
    reopen_round(round=gate, by=world.lead)
    assert (summarise_rounds(), RoundSummary.objects.count(), MonthSummary.objects.count()) == (0, 0, 0)


def test_the_command_says_how_many(answered: AnnotationRound, capsys) -> None:
    call_command("summarise_rounds", project=answered.project.slug)
    assert capsys.readouterr().out == "1 round was summed up.\n"
