"""Modeling learns on how many a label rests, and never on whom."""

import pytest

from feedback.models import Annotator, RoundName
from feedback.pipeline.close_round import close_round
from feedback.pipeline.label_sources import label_sources
from modeling.models import LabelSource
from tests.feedback.worlds import CORRECT, LOW, UNSURE, World, answer_next, make_round

pytestmark = pytest.mark.django_db


def test_labels_come_with_a_name_for_each_of_those_they_rest_on(world: World, ann: Annotator, ben: Annotator) -> None:
    round = make_round(world, items=2, overlap=2)
    for person, answers in ((ann, (LOW, CORRECT)), (ben, (CORRECT, UNSURE))):
        for answer in answers:
            answer_next(round, person, answer)
    close_round(round=round, start_cycle=False)
    names = dict(RoundName.objects.values_list("annotator", "name"))
    assert LabelSource.objects.filter(source=names[ann.pk]).count() == 2
    assert LabelSource.objects.filter(source=names[ben.pk]).count() == 1
    assert LabelSource.objects.count() == 3


def test_a_name_says_nothing_and_is_another_in_each_round(world: World, ann: Annotator) -> None:
    for _ in range(2):
        round = make_round(world, items=1, overlap=1)
        answer_next(round, ann)
        close_round(round=round, start_cycle=False)
    first, second = RoundName.objects.filter(annotator=ann).values_list("name", flat=True)
    assert first != second
    assert len(first) == 32


def test_a_label_that_an_adjudicator_decided_rests_on_nobodys_answer(world: World, ann: Annotator) -> None:
    round = make_round(world, items=2, overlap=1)
    decided, open_item = (answer_next(round, ann).item for _ in range(2))
    assert set(label_sources(round, decided=[decided.pk])) == {open_item.comment_id}
