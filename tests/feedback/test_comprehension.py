"""Three questions now and then on what the shading and the bars mean."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from feedback.comprehension import LATER, PER_CHECK, QUESTIONS, comprehension_of, due_at, questions_for, record_check
from feedback.crowd.estimates import wilson
from feedback.models import Annotator, ComprehensionAnswer
from tests.feedback.worlds import answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def round():
    return make_round(make_world(), items=12, strategy="random")


@pytest.fixture
def ann(round):
    ann = make_annotator(round.project)
    ann.consented_at = timezone.now()
    ann.save()
    return ann


@pytest.fixture
def page(client, ann, round):
    client.force_login(ann.user)
    return reverse("feedback:comprehension", args=[round.project.slug, round.number])


def work(client, round):
    return client.get(reverse("feedback:annotate", args=[round.project.slug, round.number])).content.decode()


def is_asked(html):
    return 'data-check-at="' in html and "hidden" not in html.split("data-check-at", 1)[1].split(">", 1)[0]


def right_answers(questions):
    return {question.name: question.right for question in questions}


def test_the_bank_is_large_enough_and_every_question_has_one_right_answer_that_stands_anywhere():
    assert len(QUESTIONS) >= 9
    places = {[name for name, _ in question.shown()].index(question.right) for question in QUESTIONS.values()}
    assert places == {0, 1, 2}
    assert all(len(question.choices) == 3 and question.why for question in QUESTIONS.values())


@pytest.mark.parametrize(("answered", "due"), [(0, 10), (9, 10), (10, 60), (59, 60), (60, 210), (209, 210), (210, 360), (1000, 1110)])
def test_it_comes_at_ten_at_sixty_and_then_every_hundred_and_fifty(answered, due):
    assert due_at(answered) == due


def test_nine_answers_ask_nothing_and_the_tenth_does(client, page, round, ann):
    for _ in range(9):
        answer_next(round, ann)
    assert not is_asked(work(client, round))
    answer_next(round, ann)
    assert is_asked(work(client, round))


def test_later_is_allowed_and_blocks_nothing(client, page, round, ann):
    Annotator.objects.filter(pk=ann.pk).update(check_due_at=0)
    assert is_asked(work(client, round))
    assert client.post(page, {"later": "1"}).status_code == 302
    assert not is_asked(work(client, round))
    assert Annotator.objects.get(pk=ann.pk).check_due_at == LATER
    assert not ComprehensionAnswer.objects.exists()


def test_the_right_answer_and_why_are_told_at_once_and_what_was_chosen_is_stored(client, page, ann):
    shown = client.get(page).context["questions"]
    assert len(shown) == PER_CHECK
    wrong = next(name for name in shown[0].choices if name != shown[0].right)
    told = client.post(page, {**right_answers(shown), shown[0].name: wrong})
    assert "Meant is:" in told.content.decode()
    for question in shown:
        assert str(question.why) in told.content.decode()
    stored = dict(ComprehensionAnswer.objects.values_list("question", "is_right"))
    assert stored == {shown[0].name: False, shown[1].name: True, shown[2].name: True}
    assert Annotator.objects.get(pk=ann.pk).check_due_at == 10


def test_sent_twice_it_is_stored_once_and_nonsense_not_at_all(client, page, ann):
    answers = right_answers(client.get(page).context["questions"])
    for _ in range(2):
        client.post(page, {**answers, "no-such-question": "x"})
    assert ComprehensionAnswer.objects.count() == PER_CHECK


def test_a_choice_that_there_is_not_is_not_stored(client, page, ann):
    answers = right_answers(client.get(page).context["questions"])
    spoilt = next(iter(answers))
    client.post(page, {**answers, spoilt: "no-such-choice"})
    assert not ComprehensionAnswer.objects.filter(question=spoilt).exists()
    assert ComprehensionAnswer.objects.count() == PER_CHECK - 1


def test_an_empty_form_asks_again(client, page):
    assert len(client.post(page).context["questions"]) == PER_CHECK
    assert not ComprehensionAnswer.objects.exists()


def test_nobody_meets_a_question_twice_before_the_others(round, ann):
    met = []
    for _ in range(3):
        questions = questions_for(ann)
        met += [question.name for question in questions]
        record_check(round=round, annotator=ann, chosen=right_answers(questions))
        answer_next(round, ann)
    assert len(set(met)) == 9


def asked_in_all(round, ann):
    names = set()
    for _ in range(4):
        questions = questions_for(ann)
        names |= {question.name for question in questions}
        record_check(round=round, annotator=ann, chosen=right_answers(questions))
        answer_next(round, ann)
    return names


@pytest.mark.parametrize("beats_chance", [None, True, False])
def test_nobody_is_asked_about_grey_shading_before_they_have_met_one(round, ann, beats_chance):
    figures = {} if beats_chance is None else {"faithfulness": {"beats_chance": beats_chance}}
    for item in round.items.all():
        item.prediction.explanations.create(spans=[[0, 2, 0.1]], figures=figures)
    assert "greyed-map" not in {question.name for question in questions_for(ann)}
    answer_next(round, ann)
    assert ("greyed-map" in asked_in_all(round, ann)) is (beats_chance is False)


def test_leads_read_the_share_right_with_its_interval_and_n(client, round):
    question = QUESTIONS["longest-bar"]
    for choice in ("likeliest", "likeliest", "likeliest", "sure"):
        record_check(round=round, annotator=make_annotator(round.project), chosen={question.name: choice})
    (share,) = comprehension_of(round)
    assert (share.question, share.value, share.n) == (question, 0.75, 4)
    assert (share.low, share.high) == wilson(0.75, 4)
    client.force_login(round.opened_by)
    html = client.get(reverse("feedback:round-detail", args=[round.project.slug, round.number])).content.decode()
    assert "Do people understand the shading and the bars?" in html
    assert re.search(r"75\D{1,8}%", html)
