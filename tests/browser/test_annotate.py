"""The annotation page in a real browser: by keyboard on a laptop, by thumb on a phone, and with scripts turned off."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from feedback.models import Annotation, Assignment
from feedback.pipeline.close_round import close_round
from tests.browser.conftest import LAPTOP, PHONE, assert_accessible, read
from tests.feedback.worlds import LOW, add_comment, answer_next, make_annotator, make_round, make_world

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = (
    "So the mosque down the road collected coats for the shelter, which is more than our council ever did.",
    "My nan still says wireless when she means radio, and honestly the world was better when she was in charge of it.",
    "They closed the ford again and the school bus goes round by the quarry, forty minutes each way for the little ones.",
    "Nobody asked the wheelchair users about the new platform and now there is a step in front of the only lift.",
)


@pytest.fixture
def place():
    world = make_world(pool=0)
    for text in TEXTS:
        add_comment(world, text=text, mentions=["muslim"] if "mosque" in text else [])
    round = make_round(world, strategy="random", guidelines="Judge the words, not the writer.")
    ann = make_annotator(world.project)
    ann.consented_at = timezone.now()
    ann.save()
    for item in round.items.all():
        item.prediction.explanations.create(spans=[[0, 2, 0.1], [3, 6, 0.3], [7, 13, -0.2]])
    return round, ann, reverse("feedback:annotate", args=[world.project.slug, round.number])


def comment_of(page):
    return page.locator(".quote").filter(visible=True).first.inner_text()


def wait_for_next(page, shown):
    expect(page.locator(".quote").filter(visible=True).first).not_to_have_text(shown)
    wait_until_stored(page)
    read(page)


def wait_until_stored(page):
    """The next item is there before the server has the answer; without the script, the answer brings it."""
    if page.locator("html[data-unsent]").count():
        expect(page.locator("html")).to_have_attribute("data-unsent", "0")


@pytest.mark.parametrize(("size", "scheme"), [(LAPTOP, "light"), (PHONE, "dark")], ids=["laptop-light", "phone-dark"])
def test_every_state_of_the_page_is_accessible(open_page, place, size, scheme):
    _, ann, path = place
    page = open_page(path, user=ann.user, size=size, scheme=scheme)
    expect(page.locator("mark").first).to_be_visible()
    assert_accessible(page)
    page.keyboard.press("2")
    page.keyboard.press("r")
    expect(page.get_by_text("How bad", exact=True)).to_be_visible()
    assert_accessible(page)
    page.locator(".flag summary").click()
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.evaluate("document.getElementById('keys').showModal()")
    assert_accessible(page)


def test_the_common_case_takes_one_key(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    for done in range(1, 5):
        shown = comment_of(page)
        page.keyboard.press("1")
        if done < 4:
            wait_for_next(page, shown)
    expect(page.get_by_role("heading", name="Nothing is left for you here")).to_be_visible()
    assert Annotation.objects.filter(verdict="correct", biased=False).count() == 4
    assert_accessible(page)


def test_a_full_answer_by_keyboard_alone(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    shown = comment_of(page)
    for key in ("l", "e", "5", "n"):
        page.keyboard.press(key)
    page.keyboard.type("1 kind remark, 2 much for it")
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    page.keyboard.type("Muslim")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    wait_for_next(page, shown)
    stored = Annotation.objects.get()
    assert (stored.verdict, stored.corrected_label, stored.bias_types, stored.severity) == ("incorrect", "low", ["religious"], 2)
    assert (stored.note, stored.subgroup) == ("1 kind remark, 2 much for it", "muslim")
    assert stored.item.comment.text == shown


def test_zero_takes_the_report_of_bias_back(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    shown = comment_of(page)
    for key in ("r", "g", "0", "3", "Enter"):
        page.keyboard.press(key)
    wait_for_next(page, shown)
    stored = Annotation.objects.get()
    assert (stored.verdict, stored.biased) == ("unsure", False)


def test_undo_and_skip_by_key(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    first = comment_of(page)
    page.keyboard.press("1")
    wait_for_next(page, first)
    page.keyboard.press("z")
    expect(page.locator(".quote").filter(visible=True).first).to_have_text(first)
    assert not Annotation.objects.exists()
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    wait_for_next(page, first)
    assert Assignment.objects.get(state="skipped").skip_reason == "not understood"


def test_a_key_pressed_in_the_instant_of_the_swap_keeps_its_focus(open_page, place):
    """The next item comes forward before the server has answered, and what comes back then must not take the focus."""
    _, ann, path = place
    page = open_page(path, user=ann.user)
    first = comment_of(page)
    page.keyboard.press("1")
    page.keyboard.press("s")
    wait_for_next(page, first)
    page.wait_for_timeout(200)
    assert page.evaluate("document.activeElement.matches('.skip[open] form button')")


def test_escape_leaves_the_skip_panel_without_skipping(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="I do not understand it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="I do not understand it")).to_be_hidden()
    assert not Assignment.objects.filter(state="skipped").exists()


def test_what_is_missing_is_said_without_losing_anything(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    shown = comment_of(page)
    for key in ("2", "r", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("alert")).to_contain_text("Choose the level that it should be.")
    expect(page.locator("[name=bias_types][value=racial]")).to_be_checked()
    assert comment_of(page) == shown
    assert_accessible(page)


def test_the_question_without_an_answer_has_the_focus_and_is_wrong_until_it_is_answered(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    for key in ("3", "r", "Enter"):
        page.keyboard.press(key)
    severity = page.get_by_role("radiogroup", name="How bad")
    expect(severity).to_be_focused()
    expect(severity).to_have_attribute("aria-invalid", "true")
    assert_accessible(page)
    page.keyboard.press("4")
    expect(severity).not_to_have_attribute("aria-invalid", "true")


def test_the_key_of_the_predicted_level_says_what_to_press_and_enter_asks_for_a_verdict(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    page.keyboard.press("m")
    expect(page.get_by_role("alert")).to_contain_text("✕ The model already says mild: press 1 for Correct.")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Choose Correct, Incorrect or Not sure (1, 2 or 3).")
    expect(page.locator("fieldset.verdicts")).to_be_focused()
    assert_accessible(page)


def test_on_a_narrow_screen_nothing_of_the_answer_is_cut(open_page, place):
    round, ann, path = place
    round.name = "A very long name of a round that no telephone has room for"
    round.save()
    page = open_page(path, user=ann.user, size=PHONE)
    page.locator("label", has_text="Incorrect").tap()
    for part in page.locator(".verdict-bar .segment:visible, .save button, .work-head .aside").all():
        box = part.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
        assert box["y"] + box["height"] <= PHONE["height"]
        assert part.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
    expect(page.get_by_text("0 of 4")).to_be_visible()
    expect(page.locator(".work kbd:visible")).to_have_count(0)


def test_the_explanation_shades_words_and_says_one_sentence(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    expect(page.locator("mark").first).to_be_visible()
    expect(page.get_by_text(re.compile("The model leans most on"))).to_be_visible()
    expect(page.locator(".quote").filter(visible=True)).to_have_count(1)


def test_without_an_explanation_the_comment_stands_as_it_is(open_page, place):
    round, ann, path = place
    for item in round.items.all():
        item.prediction.explanations.all().delete()
    page = open_page(path, user=ann.user)
    expect(page.locator(".quote").filter(visible=True)).to_have_count(1)
    assert comment_of(page) in TEXTS
    page.keyboard.press("1")
    expect(page.get_by_text("1 of 4")).to_be_visible()


def test_focus_goes_to_the_new_comment_so_that_it_is_read_out(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    shown = comment_of(page)
    page.get_by_role("button", name="Correct and next").click()
    wait_for_next(page, shown)
    expect(page.locator(".said")).to_be_focused()


def test_a_key_held_down_answers_once(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    shown = comment_of(page)
    for _ in range(5):
        page.keyboard.down("1")
    page.keyboard.up("1")
    wait_for_next(page, shown)
    page.wait_for_timeout(300)
    assert Annotation.objects.count() == 1


def test_the_overlay_lists_the_keys_and_gives_the_focus_back(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    assert not Annotation.objects.exists()


def test_single_keys_can_be_turned_off_and_stay_off(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    page.keyboard.press("?")
    page.get_by_label("Use single keys").uncheck()
    page.get_by_role("button", name="Back to work").click()
    page.reload()
    shown = comment_of(page)
    page.keyboard.press("1")
    page.wait_for_timeout(300)
    assert comment_of(page) == shown
    assert not Annotation.objects.exists()
    page.get_by_role("button", name="Correct and next").click()
    wait_for_next(page, shown)


def test_a_lost_connection_loses_nothing(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    first = comment_of(page)
    page.keyboard.press("n")
    page.keyboard.type("my words")
    page.keyboard.press("Escape")
    page.context.set_offline(True)
    page.keyboard.press("1")
    expect(page.get_by_text("No connection: 1 answer waits")).to_be_visible()
    second = comment_of(page)
    assert second != first
    read(page)
    page.keyboard.press("1")
    expect(page.get_by_text("No connection: 2 answers wait")).to_be_visible()
    assert_accessible(page)
    page.context.set_offline(False)
    wait_for_next(page, second)
    stored = Annotation.objects.order_by("pk")
    assert [(one.item.comment.text, one.note) for one in stored] == [(first, "my words"), (second, "")]
    expect(page.get_by_text("No connection")).to_be_hidden()


def test_what_was_not_sent_is_sent_at_the_next_visit(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    first = comment_of(page)
    page.route("**/annotate/*/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.keyboard.press("1")
    expect(page.get_by_text("No connection: 1 answer waits")).to_be_visible()
    page.unroute("**/annotate/*/")
    page.reload()
    wait_for_next(page, first)
    assert Annotation.objects.get().item.comment.text == first


def test_a_draft_survives_a_closed_tab(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    for key in ("h", "r", "6", "n"):
        page.keyboard.press(key)
    page.keyboard.type("half a thought")
    page.reload()
    expect(page.locator("[name=note]")).to_have_value("half a thought")
    expect(page.locator("[name=corrected_label][value=high]")).to_be_checked()
    expect(page.locator("[name=severity][value='3']")).to_be_checked()
    shown = comment_of(page)
    page.keyboard.press("Enter")
    wait_for_next(page, shown)
    expect(page.locator("[name=note]")).to_have_value("")
    expect(page.locator("[name=bias_types]:checked")).to_have_count(0)


def test_one_request_answers_and_brings_the_item_after_the_next(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    asked = []
    page.on("request", lambda request: asked.append(request.method) if "icon" not in request.url else None)
    for _ in range(2):
        shown = comment_of(page)
        page.keyboard.press("1")
        wait_for_next(page, shown)
    assert asked == ["POST", "POST"]


def test_an_ended_session_leads_to_signing_in_and_not_into_the_middle_of_the_page(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user)
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press("1")
    page.wait_for_url(re.compile(r"/sign-in/\?next="))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_round_that_closes_meanwhile_says_so(open_page, place):
    round, ann, path = place
    answer_next(round, make_annotator(round.project), LOW)
    page = open_page(path, user=ann.user)
    close_round(round=round, start_cycle=False)
    page.keyboard.press("1")
    expect(page.get_by_role("heading", name="This round is closed")).to_be_visible()


def test_on_a_phone_the_verdict_is_under_the_thumb(open_page, place):
    _, ann, path = place
    page = open_page(path, user=ann.user, size=PHONE)
    shown = comment_of(page)
    correct = page.get_by_role("button", name="Correct")
    box = correct.bounding_box()
    assert box["y"] + box["height"] > PHONE["height"] - 80
    assert box["height"] >= 44
    page.locator("label", has_text="Incorrect").tap()
    page.locator(".corrected label", has_text="high").tap()
    page.get_by_role("button", name="Save and next").tap()
    wait_for_next(page, shown)
    assert Annotation.objects.get().corrected_label == "high"
    page.get_by_role("button", name="Correct").tap()
    expect(page.get_by_text("2 of 4")).to_be_visible()


def test_it_works_without_javascript(open_page, place):
    _, ann, path = place
    ann.consented_at = None
    ann.save()
    page = open_page(path, user=ann.user, script=False)
    page.get_by_role("button", name="I understand, start").click()
    shown = comment_of(page)
    assert not [key for key in page.locator("kbd").all() if key.is_visible()], "keys do nothing here"
    page.locator("label", has_text="Incorrect").click()
    page.locator(".corrected label", has_text="low").click()
    page.locator("label", has_text="Religious").click()
    page.get_by_role("button", name="Save and next").click()
    expect(page.get_by_role("alert")).to_contain_text("Say how bad the bias is.")
    assert comment_of(page) == shown
    page.locator("label", has_text="clear").click()
    page.get_by_role("button", name="Save and next").click()
    wait_for_next(page, shown)
    page.locator(".skip summary").click()
    page.get_by_role("button", name="I do not understand it").click()
    expect(page.get_by_text("Skipped.")).to_be_visible()
    page.get_by_role("button", name="Undo last").click()
    expect(page.get_by_text("Taken back")).to_be_visible()
    assert Annotation.objects.get().severity == 2
