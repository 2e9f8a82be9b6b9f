"""Every other page of the annotation side: nothing for axe to find, on laptop and phone, light and dark."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from feedback.models import AnnotationRound
from feedback.pipeline.plan_rounds import make_sampling_plan
from modeling.models import Role
from tests.browser.conftest import LAPTOP, PHONE, assert_accessible
from tests.factories import make_cycle, make_member
from tests.feedback.worlds import BIASED, LOW, add_comment, answer_next, make_annotator, make_panel, make_round, make_world

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = {
    "sign-in": "/sign-in/",
    "home": "/",
    "rounds": "/projects/{slug}/rounds/",
    "rounds of no state": "/projects/{slug}/rounds/?state=closed",
    "open a round": "/projects/{slug}/rounds/new/",
    "a round": "/projects/{slug}/rounds/1/",
    "close a round": "/projects/{slug}/rounds/1/close/",
    "consent": "/projects/{slug}/rounds/1/annotate/",
    "export": "/projects/{slug}/export/",
    "not found": "/projects/{slug}/rounds/99/",
}


@pytest.fixture
def world():
    world = make_world()
    make_panel(world.project, "expert")
    round = make_round(world, guidelines="Judge the words, not the writer.")
    for annotator in (make_annotator(world.project), make_annotator(world.project)):
        for answer in (BIASED, LOW):
            answer_next(round, annotator, answer)
    make_cycle(world.project, "held")
    return world


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_accessible(open_page, world, name, settings):
    settings.DEMO = True
    path = PAGES[name].format(slug=world.project.slug)
    admin = None if name == "sign-in" else make_member(world.project, Role.ADMIN)
    for size, scheme in ((LAPTOP, "light"), (PHONE, "dark")):
        assert_accessible(open_page(path, user=admin, size=size, scheme=scheme))


def test_a_form_with_errors_is_accessible(open_page, world):
    page = open_page(f"/projects/{world.project.slug}/rounds/new/", user=world.lead)
    page.get_by_label("Name").fill("Big")
    page.get_by_label("Items").fill("5000")
    page.get_by_role("button", name="Open the round").click()
    expect(page.get_by_role("alert")).to_contain_text("comments left")
    assert_accessible(page)


def test_the_forecast_follows_what_is_typed(open_page, world):
    page = open_page(f"/projects/{world.project.slug}/rounds/new/", user=world.lead)
    page.get_by_label("Items").fill("300")
    page.get_by_label("Answers per item").fill("3")
    expect(page.locator("[data-annotations]")).to_have_text("900")
    expect(page.locator("[data-time]")).to_have_text("5 h 0 min")


def test_what_a_round_found_and_the_next_would_find_is_accessible(open_page):
    """With estimates for the pool, a counted plan, and a round that is being drawn."""
    world = make_world(pool=40)
    for _ in range(20):
        add_comment(world, mentions=["muslim"])
    round, annotator = make_round(world, items=35, overlap=1), make_annotator(world.project)
    for item in round.items.order_by("rank"):
        answer_next(round, annotator, BIASED if item.comment.mentions.exists() else LOW)
    make_sampling_plan(project=world.project)
    AnnotationRound.objects.create(project=world.project, number=2, name="Next", version=world.version, item_count=5, state="drawing")
    rounds = f"/projects/{world.project.slug}/rounds/"
    for path, said in (("1/", "What it says about the whole pool"), ("new/", "confirmed biases"), ("2/", "Waiting for its turn")):
        for size, scheme in ((LAPTOP, "light"), (PHONE, "dark")):
            page = open_page(rounds + path, user=world.lead, size=size, scheme=scheme)
            expect(page.get_by_text(said).first).to_be_visible()
            assert_accessible(page)


def test_progress_of_a_round_comes_by_itself(open_page, world):
    page = open_page(f"/projects/{world.project.slug}/rounds/1/", user=world.lead)
    expect(page.get_by_text("4 of 8")).to_be_visible()
    answer_next(world.project.rounds.get(), make_annotator(world.project))
    expect(page.get_by_text("5 of 8")).to_be_visible(timeout=15_000)


def test_the_theme_is_switched_and_kept(open_page, world):
    page = open_page("/", user=world.lead)
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("button", name="Theme").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    assert_accessible(page)


def test_the_first_tab_offers_to_skip_to_the_content(open_page, world):
    page = open_page(reverse("home"), user=world.lead)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_annotations_are_downloaded(open_page, world):
    page = open_page(f"/projects/{world.project.slug}/export/", user=make_member(world.project, Role.ADMIN))
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename.endswith(".csv")
