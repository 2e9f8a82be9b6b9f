"""What people see of what their labels changed: their own part, and the whole round where nobody can be told from it."""

import re

import pytest
from django.urls import reverse

from feedback.models import AnnotationRound, Annotator, RoundName
from feedback.my_influence import my_influence
from feedback.pipeline.close_round import close_round
from modeling.models import LabelInfluence, RetrainingCycle
from tests.factories import make_cycle
from tests.feedback.worlds import CORRECT, LOW, World, answer_next, make_annotator, make_round

pytestmark = pytest.mark.django_db


def closed(world: World, me: Annotator, others: int) -> AnnotationRound:
    round = make_round(world, items=2, overlap=others + 1)
    for person, answer in ((me, LOW), *((make_annotator(world.project), CORRECT) for _ in range(others))):
        for _ in range(2):
            answer_next(round, person, answer)
    return close_round(round=round, start_cycle=False)


def measure(round: AnnotationRound, cycle: RetrainingCycle, source: str, effect: float, half: float = 0.01) -> None:
    values = {"effect": effect, "low": effect - half, "high": effect + half, "loss": 0.5, "comment_count": 300, "label_count": 40}
    LabelInfluence.objects.create(cycle=cycle, batch=round.batch, source=source, **values)


@pytest.fixture
def cycle(world: World) -> RetrainingCycle:
    return make_cycle(world.project, "held")


def page(client, world: World, person: Annotator) -> str:
    client.force_login(person.user)
    return re.sub(r"\s+", " ", client.get(reverse("feedback:my-work", args=[world.project.slug])).content.decode())


def name_of(round: AnnotationRound, annotator: Annotator) -> str:
    return RoundName.objects.get(round=round, annotator=annotator).name


@pytest.mark.parametrize(("effect", "said"), [(-0.02, "smaller, by 4.00"), (0.02, "larger, by 4.00"), (0.005, "no clear difference")])
def test_it_is_told_in_one_sentence(client, world: World, ann: Annotator, cycle: RetrainingCycle, effect: float, said: str) -> None:
    round = closed(world, ann, others=5)
    measure(round, cycle, name_of(round, ann), effect)
    measure(round, cycle, "", effect)
    told = page(client, world, ann)
    assert said in told
    assert "The whole round" in told
    assert "on 300 comments that were set aside" in told


def test_with_fewer_than_five_others_the_whole_round_is_not_told(client, world: World, ann: Annotator, cycle: RetrainingCycle) -> None:
    round = closed(world, ann, others=4)
    measure(round, cycle, name_of(round, ann), -0.02)
    measure(round, cycle, "", -0.05)
    assert "The whole round" not in page(client, world, ann)


def test_nobody_sees_what_anothers_labels_changed(client, world: World, ann: Annotator, cycle: RetrainingCycle) -> None:
    round = closed(world, ann, others=5)
    other = Annotator.objects.exclude(pk=ann.pk).latest("pk")
    measure(round, cycle, name_of(round, ann), -0.02)
    assert my_influence(other, [round]) == []
    assert "Nothing to show yet" in page(client, world, other)


def test_the_newest_cycle_is_the_one_that_is_told(world: World, ann: Annotator, cycle: RetrainingCycle) -> None:
    round, later = closed(world, ann, others=1), make_cycle(world.project, "held")
    measure(round, later, name_of(round, ann), -0.02)
    measure(round, cycle, name_of(round, ann), 0.03)
    (found,) = my_influence(ann, [round])
    assert (found.cycle, found.own.effect) == (later.number, pytest.approx(-0.04))


def test_the_figure_holds_every_range_within_its_edges(world: World, ann: Annotator, cycle: RetrainingCycle) -> None:
    round = closed(world, ann, others=5)
    measure(round, cycle, name_of(round, ann), 0.001, half=0.002)
    measure(round, cycle, "", -0.2, half=0.1)
    (found,) = my_influence(ann, [round])
    for line in found.lines:
        assert 0 < line.start <= line.at <= line.start + line.width < 100
