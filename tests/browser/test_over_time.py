"""What people do, over time, in a real browser: drawn, accessible, filtered in the address, and complete without the library."""

import pytest
from playwright.sync_api import expect

from feedback.models import AnnotationRound
from feedback.pipeline.summarise_rounds import summarise_rounds
from tests.browser.conftest import LAPTOP, PHONE, assert_accessible
from tests.feedback.over_time_rows import make_months
from tests.feedback.worlds import World, make_world
from tests.modeling.decided import make_decided_cycle

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    world = make_world()
    make_decided_cycle(world.project)
    return world


@pytest.mark.parametrize(("size", "scheme"), [(LAPTOP, "light"), (LAPTOP, "dark"), (PHONE, "light"), (PHONE, "dark")])
def test_it_is_drawn_and_accessible_with_its_tables_open(open_page, world, size, scheme):
    make_months(world)
    page = open_page(f"/projects/{world.project.slug}/rounds/over-time/?by=round", user=world.lead, size=size, scheme=scheme)
    expect(page.locator("[data-chart] svg.marks")).to_have_count(4)
    assert_accessible(page)
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
    assert_accessible(page)


def test_the_empty_page_and_scripted_rounds_are_accessible(open_page, world):
    address = f"/projects/{world.project.slug}/rounds/over-time/"
    page = open_page(address, user=world.lead, size=PHONE)
    expect(page.get_by_text("Nothing to show over time yet")).to_be_visible()
    assert_accessible(page)
    make_months(world, months=(8,))
    AnnotationRound.objects.update(simulated=True)
    summarise_rounds()
    page.reload()
    expect(page.get_by_text("scripted annotators answered, not people")).to_be_visible()
    assert_accessible(page)


def test_filters_stand_in_the_address_and_the_file_is_filtered_alike(open_page, world):
    make_months(world)
    page = open_page(f"/projects/{world.project.slug}/rounds/over-time/", user=world.lead)
    page.get_by_label("One point for each").select_option("round")
    page.get_by_label("To", exact=True).select_option("2026-08")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("judged in round 1,")).to_be_visible()
    assert "by=round" in page.url
    page.get_by_text("The numbers behind it").nth(2).click()
    with page.expect_download() as caught:
        page.get_by_role("link", name="Download as CSV What a label costs").click()
    lines = caught.value.path().read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["period", "1"]


def test_without_the_library_every_number_is_there(open_page, world):
    make_months(world)
    page = open_page(f"/projects/{world.project.slug}/rounds/", user=world.lead)
    page.route("**/vega-bundle*.js", lambda route: route.fulfill(status=200, content_type="text/javascript", body=""))
    page.get_by_role("link", name="Over time").click()
    expect(page.get_by_text("The chart is drawn by a script; the table below has the same values.")).to_have_count(4)
    page.get_by_text("The numbers behind it").first.click()
    expect(page.get_by_role("region", name="Biases, as a table").get_by_role("row", name="2026-09")).to_be_visible()
