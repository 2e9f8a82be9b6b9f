"""Marking the words that prove an answer, in a real browser: by mouse, by finger, by keys, and as a list without scripts."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from feedback.models import Annotation
from tests.browser.conftest import LAPTOP, PHONE, assert_accessible, read
from tests.browser.test_annotate import comment_of
from tests.feedback.worlds import add_comment, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db(transaction=True)

# Emoji outside the basic plane stand before the words, so that offsets in UTF-16 units would be wrong.
ENGLISH = "👩‍🔬👍🏽 So the mosque down the road collected coats for the shelter, more than our council ever did."
HEBREW = "👍🏽 המסגד שלנו אסף מעילים למקלט"


OTHERS = ("My nan still says wireless when she means radio.", "Nobody asked the wheelchair users about the new platform.")


def world_of(*texts, shaded=True):
    world = make_world(pool=0)
    for text in texts:
        add_comment(world, text=text)
    round = make_round(world, items=len(texts), strategy="random")
    ann = make_annotator(world.project)
    ann.consented_at = timezone.now()
    ann.save()
    for item in round.items.all():
        # A shade that ends in the middle of a word.
        item.prediction.explanations.create(spans=[[0, 2, 0.1], [12, 16, 0.3], [17, 20, -0.2]] if shaded else [])
    return ann, reverse("feedback:annotate", args=[world.project.slug, round.number])


def stored_words(text):
    annotation = Annotation.objects.latest("pk")
    return [annotation.item.comment.text[start:end] for start, end in annotation.rationale] if annotation.item.comment.text == text else None


def word(page, text):
    return page.locator(".one .quote .word", has_text=text).first


def wait_for_the_end(page):
    expect(page.get_by_role("heading", name="Nothing is left for you here")).to_be_visible()


def answer(page):
    page.keyboard.press("1")
    wait_for_the_end(page)


def drag(page, first, last):
    """From the middle of one stretch of text to the middle of another, as letters lie on the screen."""
    boxes = page.evaluate(
        """([first, last]) => {
            const quote = [...document.querySelectorAll(".one .quote")].find((one) => one.offsetParent);
            const walker = document.createTreeWalker(quote, NodeFilter.SHOW_TEXT);
            const found = {};
            while (walker.nextNode()) for (const text of [first, last]) {
                const place = walker.currentNode.data.indexOf(text);
                if (place < 0 || found[text]) continue;
                const range = document.createRange();
                range.setStart(walker.currentNode, place);
                range.setEnd(walker.currentNode, place + text.length);
                const { x, y, width, height } = range.getBoundingClientRect();
                found[text] = [x + width / 2, y + height / 2];
            }
            return [found[first], found[last]];
        }""",
        [first, last],
    )
    page.mouse.move(*boxes[0])
    page.mouse.down()
    page.mouse.move(*boxes[1], steps=4)
    page.mouse.up()


def test_dragging_with_the_mouse_marks_whole_words_and_a_click_unmarks_one(open_page):
    ann, path = world_of(ENGLISH)
    page = open_page(path, user=ann.user)
    drag(page, "down", "collected")
    expect(page.locator("[data-marked]")).to_have_text("“down the road collected”")
    assert "underline" in word(page, "road").evaluate("e => getComputedStyle(e).textDecorationLine")
    assert_accessible(page)
    word(page, "road").click()
    expect(page.locator("[data-marked]")).to_have_text("“down the” · “collected”")
    answer(page)
    assert stored_words(ENGLISH) == ["down the", "collected"]
    expect(page.locator(".word.proof")).to_have_count(0)


def test_marking_by_keys_alone(open_page):
    ann, path = world_of(ENGLISH)
    page = open_page(path, user=ann.user)
    for key in ("b", "ArrowRight", "ArrowRight", "ArrowRight", " ", "Shift+ArrowRight", "d", " "):
        page.keyboard.press(key)
    expect(page.locator("[data-marked]")).to_have_text("“mosque down the”")
    expect(page.get_by_role("button", name="the", pressed=True)).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("z")
    expect(page.locator("[data-marked]")).to_have_text("“mosque down”")
    page.keyboard.press("Escape")
    expect(page.locator(".said")).to_be_focused()
    answer(page)
    assert stored_words(ENGLISH) == ["mosque down"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_tap_marks_a_word_and_holding_and_dragging_marks_on(open_page, scheme):
    ann, path = world_of(ENGLISH)
    page = open_page(path, user=ann.user, size=PHONE, scheme=scheme)
    page.evaluate("document.querySelector('.one .quote').dispatchEvent(new PointerEvent('pointerdown', {bubbles: true, pointerType: 'mouse'}))")
    word(page, "road").tap()
    expect(page.locator("[data-marked]")).to_have_text("“road”")
    word(page, "road").tap()
    expect(page.locator("[data-marked]")).not_to_contain_text("road")
    places = [word(page, text).bounding_box() for text in ("coats", "shelter")]
    touch = page.context.new_cdp_session(page)
    points = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2} for box in places]
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [points[0]]})
    page.wait_for_timeout(500)
    touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [points[1]]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.locator("[data-marked]")).to_have_text("“coats for the shelter,”")
    assert_accessible(page)
    page.get_by_role("button", name="Correct").tap()
    wait_for_the_end(page)
    assert stored_words(ENGLISH) == ["coats for the shelter,"]


def test_from_right_to_left_the_left_arrow_goes_on(open_page):
    ann, path = world_of(HEBREW, shaded=False)
    page = open_page(path, user=ann.user)
    for key in ("b", "ArrowLeft", " ", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    expect(page.locator("[data-marked]")).to_have_text("“המסגד שלנו”")
    answer(page)
    assert stored_words(HEBREW) == ["המסגד שלנו"]


def test_marks_are_kept_in_the_draft_and_come_back_with_an_undo(open_page):
    ann, path = world_of(ENGLISH)
    page = open_page(path, user=ann.user)
    drag(page, "coats", "shelter")
    page.reload()
    expect(page.locator("[data-marked]")).to_have_text("“coats for the shelter,”")
    expect(page.locator(".word.proof")).not_to_have_count(0)
    answer(page)
    page.keyboard.press("z")
    expect(page.locator("[data-marked]")).to_have_text("“coats for the shelter,”")
    assert not Annotation.objects.exists()


def test_without_scripts_the_words_are_a_list_to_tick(open_page):
    ann, path = world_of(ENGLISH)
    page = open_page(path, user=ann.user, script=False, size=LAPTOP)
    page.locator("summary", has_text="Which words prove it?").click()
    for text in ("mosque", "shelter,"):
        page.get_by_role("checkbox", name=text, exact=True).check()
    page.get_by_role("button", name="Correct").click()
    expect(page.get_by_text("1 of 1")).to_be_visible()
    assert stored_words(ENGLISH) == ["mosque", "shelter,"]
    page.get_by_role("button", name="Undo last").click()
    page.locator("summary", has_text="Which words prove it?").click()
    expect(page.get_by_role("checkbox", name="mosque", exact=True)).to_be_checked()
    page.get_by_role("checkbox", name="mosque", exact=True).uncheck()
    page.get_by_role("button", name="Correct").click()
    expect(page.get_by_text("1 of 1")).to_be_visible()
    assert stored_words(ENGLISH) == ["shelter,"]


def test_the_left_hand_alone_gives_a_full_answer(open_page):
    ann, path = world_of(ENGLISH)
    page = open_page(path, user=ann.user)
    # Mild is predicted: q is low, t is high. 1 and 2 go up and down in a list.
    for key in ("t", "q", "e", "Shift+X", "5", "w", "2", "Escape", "Shift+W", "2", "2", "Escape", "b", "d", "d", " ", "Shift+D", "b", "v"):
        page.keyboard.press(key)
    wait_for_the_end(page)
    stored = Annotation.objects.get()
    assert (stored.verdict, stored.corrected_label, stored.bias_types, stored.severity) == ("incorrect", "low", ["religious", "other"], 2)
    assert (stored.subgroup != "", stored.pattern) == (True, "reclaimed_slur")
    assert stored_words(ENGLISH) == ["the mosque"]
    page.keyboard.press("Shift+Q")
    expect(page.get_by_role("heading", name="With the left hand alone")).to_be_visible()
    assert_accessible(page)


def test_each_of_many_undone_answers_brings_back_its_own_and_so_does_going_forward_again(open_page):
    ann, path = world_of(ENGLISH, *OTHERS)
    page = open_page(path, user=ann.user)
    for done, note in enumerate(("first", "second", "third"), start=1):
        page.keyboard.press("n")
        page.keyboard.type(note)
        page.keyboard.press("Escape")
        page.keyboard.press("3")
        page.keyboard.press("v")
        expect(page.locator(f"[data-done='{done}']")).to_have_count(1)
        expect(page.locator("html")).to_have_attribute("data-unsent", "0")
        read(page)
    wait_for_the_end(page)
    for note in ("third", "second", "first"):
        page.keyboard.press("z")
        expect(page.locator("[name=note]")).to_have_value(note)
    page.reload()
    for note in ("first", "second", "third"):
        expect(page.locator("[name=note]")).to_have_value(note)
        expect(page.locator("[name=verdict][value=unsure]")).to_be_checked()
        read(page)
        page.keyboard.press("v")
    expect(page.get_by_role("heading", name="Nothing is left for you here")).to_be_visible()
    assert list(Annotation.objects.order_by("pk").values_list("note", flat=True)) == ["first", "second", "third"]


def test_the_page_measures_the_time_in_view(open_page):
    ann, path = world_of(ENGLISH)
    page = open_page(path, user=ann.user)
    page.wait_for_timeout(1500)
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true, configurable: true}); document.dispatchEvent(new Event('visibilitychange'))"
    )
    page.wait_for_timeout(1500)
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    shown = comment_of(page)
    page.keyboard.press("1")
    wait_for_the_end(page)
    stored = Annotation.objects.get()
    assert shown == ENGLISH
    waited = (stored.created_at - stored.assignment.claimed_at).total_seconds()
    assert 1.5 <= stored.seconds <= waited - 1.4
