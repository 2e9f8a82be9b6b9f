"""What the annotation page does when the server is slow or says no: nothing that somebody filled in is lost in silence."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from feedback.models import Annotation, AnnotationRound, Assignment, Preferences
from tests.browser.conftest import assert_accessible, read
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
    read(page)


def test_an_answer_that_is_refused_says_why_and_the_words_stay(open_page, place):
    ann, path = place
    page = open_page(path, user=ann.user)
    Assignment.objects.filter(pk=front(page)).update(annotator=make_annotator(ann.project))
    page.keyboard.press("1")
    expect_stored(page)
    expect(page.get_by_role("status").filter(visible=True)).to_contain_text("given to somebody else")
    assert not Annotation.objects.exists()


def give_away(ann, place):
    """Somebody else has the item by then: an answer to it is refused, with its reason."""
    Assignment.objects.filter(pk=place).update(annotator=make_annotator(ann.project))


def hold(page, address):
    """Press "Correct", and keep the request to this address that follows on its way. Returns its route."""
    held = []
    page.route(address, lambda route: held.append(route), times=1)
    with page.expect_request(address):
        page.keyboard.press("1")
    # The request is told before its route is.
    while not held:
        page.wait_for_timeout(10)
    read(page)
    return held[0]


def answer_of(place):
    return f"**/annotate/{place}/"


def words(page):
    return page.locator("#sending").filter(visible=True)


def test_undo_waits_for_the_answer_that_it_takes_back(open_page, place):
    ann, path = place
    page = open_page(path, user=ann.user)
    first = front(page)
    held = hold(page, answer_of(first))
    page.keyboard.press("z")
    held.continue_()
    expect(page.locator(f"#work > .item > .one[data-place='{first}']")).to_be_visible()
    assert not Annotation.objects.exists()


@pytest.mark.parametrize("slow", ["the answer", "the undo"])
def test_what_is_pressed_before_an_undo_is_through_does_not_become_what_is_taken_back(open_page, place, slow):
    ann, path = place
    page = open_page(path, user=ann.user)
    first, held = front(page), []
    page.route(answer_of(first) if slow == "the answer" else "**/annotate/undo/", lambda route: held.append(route), times=1)
    for key in ("1", "z", "1"):
        page.keyboard.press(key)
        while key == ("1" if slow == "the answer" else "z") and not held:
            page.wait_for_timeout(10)
    held[0].continue_()
    expect(page.locator(f"#work > .item:not(.waiting) > .one[data-place='{first}']")).to_be_visible()
    assert not Annotation.objects.exists()


def test_an_undo_that_does_not_get_through_leaves_the_next_item_to_be_answered(open_page, place):
    ann, path = place
    page = open_page(path, user=ann.user)
    page.keyboard.press("1")
    expect_stored(page)
    page.route("**/annotate/undo/", lambda route: route.abort(), times=1)
    page.keyboard.press("z")
    expect(page.locator("#lost")).to_be_visible()
    read(page)
    page.keyboard.press("1")
    expect_stored(page)
    assert Annotation.objects.count() == 2


def test_an_undo_in_one_tab_does_not_take_back_what_another_answered(open_page, place):
    ann, path = place
    page = open_page(path, user=ann.user)
    page.keyboard.press("1")
    expect_stored(page)
    other = page.context.new_page()
    other.goto(page.url)
    other.keyboard.press("1")
    expect_stored(other)
    page.keyboard.press("z")
    expect(page.get_by_text("Nothing was taken back: you have gone on since")).to_be_visible()
    assert Annotation.objects.count() == 2
    page.keyboard.press("z")
    expect(page.get_by_text("Taken back: here it is again.")).to_be_visible()
    assert Annotation.objects.count() == 1


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
    read(page)
    page.locator("[data-save]").click()
    expect_stored(page)
    expect(page.locator(".one").first).not_to_have_attribute("data-place", first)
    assert Annotation.objects.get().note == "an idiom"


@pytest.fixture
def second_refused(open_page, place):
    """The page after one answer that is stored; the item in front now is somebody else's."""
    ann, path = place
    page = open_page(path, user=ann.user)
    page.keyboard.press("1")
    expect_stored(page)
    give_away(ann, front(page))
    return page


@pytest.mark.parametrize("slow", ["the answer", "the page that is read anew"])
def test_undo_beside_an_answer_that_is_refused_leaves_the_earlier_one_alone(second_refused, place, slow):
    page = second_refused
    held = hold(page, answer_of(front(page)) if slow == "the answer" else "**" + place[1])
    page.keyboard.press("z")
    held.continue_()
    expect(words(page)).to_contain_text("given to somebody else")
    read(page)
    page.keyboard.press("1")
    expect_stored(page)
    assert Annotation.objects.count() == 2


def test_a_refusal_of_what_another_visit_left_behind_outlasts_the_page_being_read_anew(open_page, place):
    ann, path = place
    page = open_page(path, user=ann.user)
    first = front(page)
    page.route(f"**/annotate/{first}/", lambda route: route.abort())
    page.keyboard.press("1")
    expect(words(page)).to_contain_text("No connection: 1 answer waits")
    give_away(ann, first)
    page.unroute_all()
    page.reload(wait_until="networkidle")
    expect_stored(page)
    expect(words(page)).to_contain_text("given to somebody else")


def test_a_refusal_outlasts_a_later_answer_that_is_stored(open_page, place):
    ann, path = place
    page = open_page(path, user=ann.user)
    first = front(page)
    give_away(ann, first)
    held = hold(page, answer_of(first))
    second = front(page)
    page.keyboard.press("1")
    held.continue_()
    expect_stored(page)
    expect(page.locator("#work > .item:not(.waiting) > .one")).not_to_have_attribute("data-place", second)
    expect(words(page)).to_contain_text("given to somebody else")
    assert Annotation.objects.get().assignment_id == int(second)


def test_a_refusal_outlasts_a_later_answer_that_cannot_be_sent(open_page, place):
    ann, path = place
    page = open_page(path, user=ann.user)
    first = front(page)
    give_away(ann, first)
    held = hold(page, answer_of(first))
    second = front(page)
    page.route(f"**/annotate/{second}/", lambda route: route.abort(), times=1)
    page.keyboard.press("1")
    held.continue_()
    expect(words(page)).to_contain_text("given to somebody else")
    expect(words(page)).to_contain_text("No connection: 1 answer waits")
    expect_stored(page)
    expect(words(page)).to_contain_text("given to somebody else")
    expect(words(page)).not_to_contain_text("No connection")
    assert Annotation.objects.get().assignment_id == int(second)


def test_a_skip_that_the_server_turns_away_is_called_one(open_page, place):
    ann, path = place
    page = open_page(path, user=ann.user)
    page.context.clear_cookies(name="csrftoken")
    page.keyboard.press("s")
    page.locator(".skip button[name=reason]").first.click()
    expect(words(page)).to_contain_text("A skip was refused.")


def test_a_stream_that_ran_dry_is_asked_for_until_it_comes(open_page, place):
    """The reply that should have brought the next item is lost after all was answered, and so is the first try to read the page anew."""
    ann, path = place
    page = open_page(path, user=ann.user)
    first, second = front(page), page.evaluate("document.getElementById('ahead').content.querySelector('.one').dataset.place")
    held = hold(page, answer_of(first))
    lost = []
    page.route(f"**/annotate/{second}/", lambda route: route.fulfill(status=200, headers={"X-Front": second}, body=""), times=1)
    page.route("**" + path, lambda route: (lost.append(route), route.abort()), times=1)
    page.keyboard.press("1")
    held.fulfill(status=200, headers={"X-Front": second}, body="")
    expect(page.locator("#work > .item:not(.waiting) > .one")).to_be_visible()
    assert lost
    read(page)
    page.keyboard.press("1")
    expect_stored(page)
    assert Annotation.objects.count() == 1


def test_what_was_said_of_the_item_before_does_not_stand_above_the_next(open_page, place):
    ann, path = place
    page = open_page(path, user=ann.user)
    page.keyboard.press("1")
    expect_stored(page)
    page.keyboard.press("z")
    taken_back = page.get_by_text("Taken back: here it is again.")
    expect(taken_back).to_be_visible()
    page.keyboard.press("1")
    expect_stored(page)
    expect(taken_back).to_have_count(0)


def test_a_comment_that_is_hidden_is_shown_before_it_can_be_judged(open_page, place):
    ann, path = place
    Preferences.objects.create(user=ann.user, is_veiled=True)
    page = open_page(path, user=ann.user)
    comment = page.locator("#work .said p").first
    expect(comment).not_to_be_visible()
    page.keyboard.press("1")
    expect(comment).to_be_visible()
    assert page.locator("html").get_attribute("data-unsent") == "0"
    page.keyboard.press("1")
    expect_stored(page)
    assert Annotation.objects.count() == 1


def test_two_tabs_on_one_item_show_what_was_filled_in_last(open_page, place):
    ann, path = place
    page = open_page(path, user=ann.user)
    other = page.context.new_page()
    other.goto(page.url)
    page.locator("[name=note]").fill("half a thought")
    expect(other.locator("[name=note]")).to_have_value("half a thought")
    other.keyboard.press("h")
    expect(page.locator("[name=corrected_label][value=high]")).to_be_checked()
    page.reload()
    expect(page.locator("[name=note]")).to_have_value("half a thought")
    expect(page.locator("[name=corrected_label][value=high]")).to_be_checked()


def write(page, words):
    page.keyboard.press("3")
    page.locator("[name=note]").fill(words)


def test_a_note_on_an_item_that_was_given_back_meanwhile_is_shown_until_it_is_let_go(open_page, place):
    ann, path = place
    page = open_page(path, user=ann.user)
    write(page, "an idiom")
    give_away(ann, front(page))
    page.reload()
    left = page.locator("#left")
    expect(left).to_contain_text("an idiom")
    expect(left).to_contain_text("it is not stored")
    expect(page.locator("[name=note]")).to_have_value("")
    assert_accessible(page)
    left.get_by_role("button", name="Let it go").click()
    expect(left).not_to_be_visible()
    page.reload()
    expect(left).not_to_be_visible()


@pytest.mark.parametrize("meanwhile", ["given to somebody else", "closed"])
def test_a_note_that_comes_too_late_is_not_lost(open_page, place, meanwhile):
    ann, path = place
    page = open_page(path, user=ann.user)
    write(page, "an idiom")
    if meanwhile == "closed":
        AnnotationRound.objects.update(state="closed", closed_at=timezone.now())
    else:
        give_away(ann, front(page))
    page.keyboard.press("Enter")
    expect(words(page)).to_contain_text(meanwhile)
    expect(page.locator("#left")).to_contain_text("an idiom")
    assert not Annotation.objects.exists()
