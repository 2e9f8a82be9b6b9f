"""What the annotation page does when the server is slow or says no: nothing that somebody filled in is lost in silence."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from feedback.models import Annotation, Assignment
from tests.feedback.worlds import add_comment, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place():
    world = make_world(pool=0)
    for text in ("They closed the ford again.", "My nan still says wireless.", "The council collected coats.", "The lift has a step in front of it."):
        add_comment(world, text=text)
    round = make_round(world, strategy="random")
    ann = make_annotator(world.project)
    ann.consented_at = timezone.now()
    ann.save()
    for item in round.items.all():
        item.prediction.explanations.create(spans=[[0, 2, 0.1]])
    return ann, reverse("feedback:annotate", args=[world.project.slug, round.number])


def front(page):
    return page.locator(".one").first.get_attribute("data-place")


def expect_stored(page):
    expect(page.locator("html")).to_have_attribute("data-unsent", "0")


def test_an_answer_that_is_refused_says_why_and_the_words_stay(open_page, place):
    ann, path = place
    page = open_page(path, user=ann.user)
    Assignment.objects.filter(pk=front(page)).update(annotator=make_annotator(ann.project))
    page.keyboard.press("1")
    expect_stored(page)
    expect(page.get_by_role("status").filter(visible=True)).to_contain_text("given to somebody else")
    assert not Annotation.objects.exists()


def test_undo_waits_for_the_answer_that_it_takes_back(open_page, place):
    ann, path = place
    page = open_page(path, user=ann.user)
    first = front(page)
    held = []
    page.route(f"**/{first}/", lambda route: held.append(route))
    with page.expect_request(f"**/{first}/"):
        page.keyboard.press("1")
    page.keyboard.press("z")
    held[0].continue_()
    expect(page.locator(f"#work > .item > .one[data-place='{first}']")).to_be_visible()
    assert not Annotation.objects.exists()


def test_an_answer_that_the_server_turns_away_is_filled_in_again(open_page, place):
    """Somebody who has signed in anew in another tab has another token there: this page's is refused, once."""
    ann, path = place
    page = open_page(path, user=ann.user)
    first = front(page)
    page.context.clear_cookies(name="csrftoken")
    page.keyboard.press("3")
    page.locator("[name=note]").fill("an idiom")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(visible=True)).to_contain_text("what you filled in is still here")
    assert front(page) == first
    expect(page.locator("[name=note]")).to_have_value("an idiom")
    page.locator("[data-save]").click()
    expect_stored(page)
    expect(page.locator(".one").first).not_to_have_attribute("data-place", first)
    assert Annotation.objects.get().note == "an idiom"
