"""Nobody answers what they have not seen: the second half of a double click, and a level below the fold of a phone."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from feedback.models import Annotation
from modeling.models import Comment, Prediction
from tests.browser.conftest import PHONE, assert_accessible, read
from tests.feedback.worlds import make_ready

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "They closed the ford again, and the school bus goes round by the quarry. " * 14


@pytest.fixture
def place():
    round, ann = make_ready(4)
    return round, ann, reverse("feedback:annotate", args=[round.project.slug, round.number])


def comment_of(page):
    return page.locator(".quote").filter(visible=True).first.inner_text()


def wait_until_stored(page):
    expect(page.locator("html")).to_have_attribute("data-unsent", "0")


def wait_for_next(page, shown):
    expect(page.locator(".quote").filter(visible=True).first).not_to_have_text(shown)
    wait_until_stored(page)
    read(page)


@pytest.mark.parametrize("pause", [0, 150], ids=["at once", "after 150 ms"])
@pytest.mark.parametrize("how", ["click", "key"])
def test_what_is_pressed_twice_answers_one_comment_and_says_so(open_page, place, how, pause):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    shown, correct = comment_of(page), page.get_by_role("button", name="Correct and next")
    # The page's own clock stands still, so that a busy machine is no slow finger.
    page.clock.install()
    page.clock.pause_at(timezone.now() + timedelta(hours=1))
    for _ in range(2):
        page.mouse.click(*center(correct)) if how == "click" else page.keyboard.press("1")
        page.clock.run_for(pause)
    expect(page.get_by_role("status").get_by_text("this comment had only just come")).to_be_visible()
    page.clock.resume()
    wait_for_next(page, shown)
    assert Annotation.objects.get().item.comment.text == shown
    assert_accessible(page)
    page.keyboard.press("1")
    expect(page.get_by_text("2 of 4")).to_be_visible()
    expect(page.get_by_text("this comment had only just come")).to_have_count(0)


def center(control):
    box = control.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_the_level_that_is_judged_stands_beside_the_answers(open_page, place, scheme):
    round, ann, path = place
    Comment.objects.update(text=LONG)
    last = round.items.order_by("rank").last().prediction
    Prediction.objects.exclude(pk=last.pk).update(predicted_label="high")
    page = open_page(path, user=ann.user, size=PHONE, scheme=scheme)
    said = page.locator(".says-what", has_text="The model:")
    levels = []
    for done in range(4):
        box = said.bounding_box()
        assert 0 < box["y"] < page.get_by_role("button", name="Correct").bounding_box()["y"]
        assert page.locator(".said .quote").filter(visible=True).first.bounding_box()["y"] < box["y"]
        (level,) = page.locator(".says-what .level").all_inner_texts()
        assert level == page.locator(".model-says h2 .level").inner_text()
        levels.append(level)
        if done == 0:
            assert_accessible(page)
        if done < 3:
            front = page.locator(".one").get_attribute("data-place")
            page.get_by_role("button", name="Correct").tap()
            expect(page.locator(f".one[data-place='{front}']")).to_have_count(0)
            wait_until_stored(page)
            read(page)
    assert set(levels) == {"high", "mild"}
