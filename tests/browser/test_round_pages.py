"""A lead's pages of a round in a real browser: the form that opens one, and the page that watches it."""

import pytest
from playwright.sync_api import expect

from feedback.pipeline.annotate import skip
from feedback.pipeline.assign import claim_next
from feedback.pipeline.close_round import close_round
from tests.browser.conftest import LAPTOP, PHONE, assert_accessible
from tests.feedback.worlds import BIASED, CORRECT, LOW, World, answer_next, make_annotator, make_panel, make_round, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return make_world(pool=8)


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_a_refused_form_begins_with_its_errors_and_each_leads_to_its_field(open_page, world: World, size) -> None:
    page = open_page(f"/projects/{world.project.slug}/rounds/new/", user=world.lead, size=size)
    page.locator("summary", has_text="More settings").click()
    page.get_by_label("Minutes until a break").fill("481")
    page.locator("main form").evaluate("form => { form.noValidate = true }")
    page.get_by_role("button", name="Open the round").click()
    summary = page.get_by_role("alert").filter(has_text="Not done")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_text(["Name", "Minutes until a break is proposed"])
    assert_accessible(page)
    summary.get_by_role("link", name="Minutes until a break").click()
    expect(page.get_by_label("Minutes until a break")).to_be_focused()


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (PHONE, "dark"), (LAPTOP, "light")])
def test_the_page_of_a_round_folds_what_is_looked_up_and_says_where_a_table_goes_on(open_page, size, scheme) -> None:
    world = make_world(pool=14)
    round = make_round(world, items=12, overlap=2)
    for kind, answer in (("crowd", LOW), ("expert", CORRECT)):
        person = make_annotator(world.project, make_panel(world.project, kind))
        if kind == "crowd":
            skip(assignment_id=claim_next(round=round, annotator=person).pk, annotator=person, reason="look at this", flagged=True)
        for number in range(11):
            answer_next(round, person, BIASED if number == 5 else answer)
    close_round(round=round, by=world.lead, start_cycle=False)
    page = open_page(f"/projects/{world.project.slug}/rounds/{round.number}/", user=world.lead, size=size, scheme=scheme)
    weights = page.get_by_role("region", name="Panels and their weights")
    hint = weights.evaluate("region => getComputedStyle(region, '::before').content")
    assert ("scroll sideways" in hint) == (size == PHONE)
    assert_accessible(page)
    folded = page.evaluate("document.documentElement.scrollHeight")
    expect(page.get_by_text("look at this")).to_be_hidden()
    summary = page.locator("summary", has_text="Flagged by annotators")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("look at this")).to_be_visible()
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
    assert page.evaluate("document.documentElement.scrollHeight") > 1.4 * folded
    assert_accessible(page)
