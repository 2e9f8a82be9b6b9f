"""Blind first in a real browser: the own level by one key, by touch and without scripts; and the page of somebody who is paused."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from feedback.models import Annotation, AnnotationRound, Assignment, Pause, Preferences
from feedback.models.people import CONSENT_VERSION
from tests.browser.conftest import LAPTOP, PHONE, assert_accessible, read
from tests.feedback.worlds import answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place():
    round = make_round(make_world(pool=8), items=6)
    AnnotationRound.objects.update(blind_share=1)
    for item in round.items.all():
        item.prediction.explanations.create(spans=[[0, 2, 0.1], [3, 11, 0.3]])
    ann = make_annotator(round.project)
    ann.consented_at, ann.consent_version = timezone.now(), CONSENT_VERSION
    ann.save()
    return round, ann, reverse("feedback:annotate", args=[round.project.slug, round.number])


def said(page):
    return page.get_by_role("heading", name=re.compile("The model says"))


def test_the_own_level_takes_one_key_and_the_answer_another(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    for done in range(1, 3):
        expect(page.get_by_role("heading", name="Which toxicity would you give it?")).to_be_visible()
        expect(said(page)).to_have_count(0)
        for key in ("1", "2", "r", "Enter"):
            page.keyboard.press(key)
        assert Annotation.objects.count() == done - 1, "nothing to answer yet"
        page.keyboard.press("h")
        expect(said(page)).to_be_visible()
        expect(page.get_by_text("Before you saw this, you said:")).to_be_visible()
        expect(page.locator("#answer :checked:not(option)")).to_have_count(0)
        read(page)
        page.keyboard.press("1")
        expect(page.locator("html")).to_have_attribute("data-unsent", "0")
        expect(page.get_by_text(f"{done} of 6")).to_be_visible()
        read(page)
    assert set(Assignment.objects.filter(state="done").values_list("own_level", flat=True)) == {"high"}
    assert Annotation.objects.filter(verdict="correct").count() == 2


def test_no_own_level_is_given_to_a_comment_that_is_hidden(open_page, place):
    _, ann, path = place
    Preferences.objects.create(user=ann.user, is_veiled=True)
    page = open_page(path, user=ann.user)
    comment = page.locator("#work .said .quote").first
    expect(comment).not_to_be_visible()
    page.keyboard.press("h")
    expect(comment).to_be_visible()
    expect(said(page)).to_have_count(0)
    page.keyboard.press("h")
    expect(said(page)).to_be_visible()
    read(page)
    page.keyboard.press("1")
    expect(page.locator("html")).to_have_attribute("data-unsent", "0")
    assert Annotation.objects.get().assignment.own_level == "high"


def test_the_predicted_level_cannot_be_chosen_as_its_own_correction_after_it_is_shown(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    page.keyboard.press("q")
    expect(said(page)).to_be_visible()
    assert Assignment.objects.get(shown_at__isnull=False).own_level == "low"
    page.keyboard.press("2")
    expect(page.locator(".corrected label", has_text="high")).to_be_visible()
    expect(page.locator(".corrected label", has_text="mild")).to_be_hidden()


@pytest.mark.parametrize(("size", "scheme"), [(LAPTOP, "light"), (PHONE, "dark")], ids=["laptop-light", "phone-dark"])
def test_it_is_accessible_before_and_after(open_page, place, size, scheme):
    _, ann, path = place
    page = open_page(path, user=ann.user, size=size, scheme=scheme)
    assert_accessible(page)
    page.locator(".own-level button", has_text="low").click()
    expect(said(page)).to_be_visible()
    expect(page.locator(".model-says")).to_be_focused()
    assert_accessible(page)


def test_without_a_connection_it_can_be_said_again(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    page.context.set_offline(True)
    page.keyboard.press("l")
    expect(page.get_by_text("No connection: choose again when it is back.")).to_be_visible()
    page.context.set_offline(False)
    page.keyboard.press("l")
    expect(said(page)).to_be_visible()


def test_it_works_without_javascript(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user, script=False)
    expect(page.get_by_role("button", name="Save and next")).to_be_hidden()
    page.locator(".own-level button", has_text="mild").click()
    expect(said(page)).to_be_visible()
    page.get_by_role("button", name="Correct").click()
    expect(page.get_by_text("1 of 6")).to_be_visible()
    assert Annotation.objects.get().assignment.own_level == "mild"


@pytest.mark.parametrize(("size", "scheme"), [(LAPTOP, "light"), (PHONE, "dark")], ids=["laptop-light", "phone-dark"])
def test_who_is_paused_reads_why_and_can_say_something_to_it(open_page, place, size, scheme):
    round, ann, path = place
    AnnotationRound.objects.update(blind_share=0)
    round.items.update(gold_label="low")
    for _ in range(4):
        answer_next(round, ann)
    page = open_page(path, user=ann.user, size=size, scheme=scheme)
    page.get_by_role("button", name="Correct").click()
    expect(page.get_by_role("heading", name="You are paused in this round")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Do you see it otherwise?").fill("In my dialect these are friendly.")
    page.get_by_role("button", name="Send it to the lead").click()
    expect(page.get_by_text("The lead has it before them")).to_be_visible()
    assert_accessible(page)
    assert Pause.objects.get().appeal == "In my dialect these are friendly."


@pytest.mark.parametrize(("size", "scheme"), [(LAPTOP, "dark"), (PHONE, "light")], ids=["laptop-dark", "phone-light"])
def test_the_leads_pages_are_accessible(open_page, place, size, scheme):
    round, ann, _ = place
    AnnotationRound.objects.update(blind_share=0)
    round.items.update(gold_label="low")
    for _ in range(5):
        answer_next(round, ann)
    AnnotationRound.objects.update(blind_share=0.2)
    page = open_page(reverse("feedback:round-detail", args=[round.project.slug, round.number]), user=round.opened_by, size=size, scheme=scheme)
    assert_accessible(page)
    page.get_by_role("link", name="1 person is paused and waits for you").click()
    expect(page.get_by_text("Missed 5 of the last 5 known answers.")).to_be_visible()
    assert_accessible(page)
    page.go_back()
    page.get_by_role("link", name="Known answers").click()
    page.wait_for_url("**/known-answers/")
    assert_accessible(page)
