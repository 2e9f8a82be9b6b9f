"""A lead's pages of a round in a real browser: the form that opens one, and the page that watches it."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LAPTOP, PHONE, assert_accessible
from tests.feedback.worlds import World, make_world

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
