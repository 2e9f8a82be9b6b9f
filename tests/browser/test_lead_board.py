"""Pages for leads and adjudicators about a round and its people, in a real browser."""

import pytest
from playwright.sync_api import expect

from feedback.models import Adjudication, AnnotationRound
from modeling.models import Role
from tests.browser.conftest import LAPTOP, PHONE, assert_accessible
from tests.factories import make_member
from tests.feedback.worlds import BIASED, CORRECT, LOW, World, answer_next, make_annotator, make_panel, make_round, make_world

pytestmark = pytest.mark.django_db(transaction=True)

BOTH = pytest.mark.parametrize(("size", "scheme"), [(LAPTOP, "light"), (PHONE, "dark"), (LAPTOP, "dark"), (PHONE, "light")])


@pytest.fixture
def world() -> World:
    return make_world(pool=8)


@pytest.fixture
def round(world: World) -> AnnotationRound:
    crowd, experts = make_panel(world.project), make_panel(world.project, "expert")
    round = make_round(world, items=2, overlap=2)
    for panel, answers in ((crowd, (CORRECT, CORRECT)), (experts, (BIASED, LOW))):
        person = make_annotator(world.project, panel)
        for answer in answers:
            answer_next(round, person, answer)
    return round


@BOTH
def test_every_page_is_accessible_and_fits(open_page, live_server, world: World, round: AnnotationRound, size, scheme) -> None:
    empty = make_round(world, items=2)
    base = f"/projects/{world.project.slug}/rounds/"
    page = open_page(f"{base}{round.number}/adjudicate/", user=world.lead, size=size, scheme=scheme)
    page.locator("label", has_text="Religious").click()
    assert_accessible(page)
    page.get_by_role("button", name="Decide, next").click()
    expect(page.get_by_text("Choose the level that it is.")).to_be_visible()
    assert_accessible(page)
    for address in (
        f"{round.number}/people/",
        f"{round.number}/",
        f"{round.number}/reopen/",
        f"{empty.number}/adjudicate/",
        f"{empty.number}/cancel/",
    ):
        page.goto(live_server.url + base + address)
        assert_accessible(page)


def expect_count(page, words: str) -> None:
    """On the next page, and with its keys at work."""
    expect(page.locator("#counts")).to_contain_text(words)
    page.wait_for_load_state()


def test_two_items_are_decided_and_one_taken_back_by_keyboard_alone(open_page, world: World, round: AnnotationRound) -> None:
    adjudicator = make_member(world.project, Role.ADJUDICATOR)
    page = open_page(f"/projects/{world.project.slug}/rounds/{round.number}/adjudicate/", user=adjudicator)
    expect(page.locator("#counts")).to_contain_text("2 items left")
    for key in ("h", "g", "6", "Enter"):
        page.keyboard.press(key)
    expect_count(page, "1 item left")
    page.keyboard.press("l")
    page.keyboard.press("n")
    page.keyboard.type("lame joke")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing is left to decide")).to_be_visible()
    page.wait_for_load_state()
    decided = list(Adjudication.objects.order_by("pk").values_list("level", "bias_types", "severity", "reason"))
    assert decided == [("high", ["gender"], 3, ""), ("low", [], None, "lame joke")]
    page.keyboard.press("z")
    expect(page.locator("#counts")).to_contain_text("1 item left")
    assert Adjudication.objects.count() == 1


def test_a_half_typed_reason_is_there_again_after_another_item(open_page, world: World, round: AnnotationRound) -> None:
    page = open_page(f"/projects/{world.project.slug}/rounds/{round.number}/adjudicate/", user=make_member(world.project, Role.ADJUDICATOR))
    page.keyboard.press("h")
    page.locator("#decide-reason").fill("half a thought")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect_count(page, "this is number 2")
    expect(page.locator("#decide-reason")).to_have_value("")
    page.keyboard.press("k")
    expect(page.locator("#decide-reason")).to_have_value("half a thought")
    page.wait_for_load_state()
    page.keyboard.press("Enter")
    expect_count(page, "1 decided")
    assert Adjudication.objects.get().reason == "half a thought"
    assert page.evaluate("Object.keys(localStorage)") == []


def test_it_is_decided_without_javascript(open_page, world: World, round: AnnotationRound) -> None:
    page = open_page(f"/projects/{world.project.slug}/rounds/{round.number}/adjudicate/", user=world.lead, script=False)
    page.locator("label", has_text="high").first.click()
    page.get_by_role("button", name="Decide, next").click()
    expect(page.locator("#counts")).to_contain_text("1 item left")
    assert Adjudication.objects.get().level == "high"
