"""The what-if in a real browser: asked without reloading, pinned, by keyboard, without a script."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from modeling.ml.what_if import Variant, VariantKind
from modeling.models import CounterfactualPair, Role
from modeling.pipeline.report_pair import report_pair
from tests.browser.conftest import LAPTOP, PHONE, assert_accessible
from tests.factories import make_member, make_project, make_version
from tests.feedback.worlds import add_comment, make_annotator, make_round, make_world
from tests.model_server import running_model_server

pytestmark = pytest.mark.django_db(transaction=True)
AWFUL = "That awful Muslim neighbour is kind."


@pytest.fixture
def model_server(settings):
    with running_model_server() as server:
        settings.MODEL_SERVER_SOCKET = server.server_address
        yield server


@pytest.fixture
def user():
    project = make_project()
    make_version(project, champion=True)
    return make_member(project, Role.ANNOTATOR)


@pytest.fixture
def address(user):
    return f"/projects/{user.memberships.get().project.slug}/what-if/"


def ask(page, kind="it were about somebody else"):
    page.get_by_label("Comment").fill(AWFUL)
    page.get_by_label(kind).check()
    page.get_by_role("button", name="Ask the model").click()


def test_variants_come_without_reloading_and_are_pinned_side_by_side(open_page, user, address, model_server):
    page = open_page(address, user=user)
    page.evaluate("document.title = 'not loaded again'")
    ask(page)
    expect(page.get_by_role("row")).to_have_count(8)
    expect(page.locator("#announce[role=status]")).to_have_text("The level stays high in all 7 variants.")
    page.get_by_role("button", name="Pin “Muslim” → “Hindu”").press("Enter")
    expect(page.get_by_role("heading", name="Instead")).to_be_visible()
    ask(page, "a word were not there")
    expect(page.locator("#what-if").get_by_text("becomes another in 1 of 6 variants")).to_be_visible()
    expect(page.get_by_role("button", name="Unpin “Muslim” → “Hindu”")).to_be_visible()
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_text("Pin a variant")).to_be_visible()
    assert page.title() == "not loaded again"


def test_a_flip_is_reported_and_taken_back_by_keyboard(open_page, user, address, model_server):
    model_server.toxic = "Muslim"
    page = open_page(address, user=user)
    page.get_by_label("Comment").fill(AWFUL)
    page.get_by_label("it were worded as I say").check()
    page.get_by_label("In your wording").fill("That awful Christian neighbour is kind.")
    page.get_by_role("button", name="Ask the model").click()
    page.get_by_role("button", name="Report as bias").press("Enter")
    expect(page.get_by_text("✓ reported as bias")).to_be_visible()
    expect(page.get_by_role("button", name="Take back your wording")).to_be_focused()
    expect(page.get_by_text("Waits for the next cycle.")).to_be_visible()
    assert CounterfactualPair.objects.get().verdict == "biased"
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Report as bias")).to_be_focused()
    expect(page.get_by_role("heading", name="What you reported")).to_be_hidden()
    assert not CounterfactualPair.objects.exists()


@pytest.mark.parametrize(("size", "scheme"), [(LAPTOP, "light"), (PHONE, "dark")])
def test_an_answer_and_pins_are_accessible(open_page, user, address, model_server, size, scheme):
    page = open_page(address, user=user, size=size, scheme=scheme)
    ask(page)
    page.get_by_role("button", name="Pin “Muslim” → “Hindu”").click()
    expect(page.get_by_role("heading", name="Instead")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("it were worded as I say").check()
    page.get_by_role("button", name="Ask the model").click()
    expect(page.get_by_role("alert").get_by_text("Write the comment as you would word it.")).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize(("size", "scheme"), [(LAPTOP, "light"), (PHONE, "dark")])
def test_a_lead_decides_what_others_propose(open_page, user, address, size, scheme):
    project = user.memberships.get().project
    for who in ("Christian", "Hindu"):
        swap = Variant(AWFUL.replace("Muslim", who), VariantKind.SWAP, "Muslim", who, f"religion|{who.lower()}|muslim|adjective")
        report_pair(project=project, version=project.champion, text=AWFUL, variant=swap, verdict="not_equivalent", by=user)
    page = open_page(address, user=make_member(project, Role.LEAD), size=size, scheme=scheme)
    assert_accessible(page)
    page.get_by_role("button", name="Leave it out “Muslim” → “Christian”").click()
    expect(page.get_by_role("button", name="Allow again “Muslim” → “Christian”")).to_be_visible()
    page.get_by_role("button", name="Dismiss “Muslim” → “Hindu”").press("Enter")
    expect(page.get_by_text("None at the moment.")).to_be_visible()
    assert_accessible(page)


def test_what_is_typed_stays_when_the_model_server_is_away(open_page, user, address, settings, tmp_path):
    settings.MODEL_SERVER_SOCKET = tmp_path / "nobody.sock"
    page = open_page(address, user=user)
    ask(page)
    expect(page.get_by_role("alert").get_by_text("The model server is not running")).to_be_visible()
    expect(page.get_by_label("Comment")).to_have_value(AWFUL)


@pytest.fixture
def annotating():
    world = make_world(pool=0)
    for place in ("park", "school"):
        add_comment(world, text=f"So the mosque by the {place} collected coats, which is more than our council ever did.")
    round = make_round(world, items=2, strategy="random")
    annotator = make_annotator(world.project)
    annotator.consented_at = timezone.now()
    annotator.save()
    return annotator.user, reverse("feedback:annotate", args=[world.project.slug, round.number])


def panels_asked(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/what-if/") else None)
    return asked


@pytest.mark.parametrize(("size", "scheme"), [(LAPTOP, "light"), (PHONE, "dark")])
def test_beside_a_prediction_a_flip_is_seen_and_reported_without_leaving_it(open_page, annotating, model_server, size, scheme):
    model_server.toxic = "mosque"
    user, path = annotating
    page = open_page(path, user=user, size=size, scheme=scheme)
    asked = panels_asked(page)
    page.keyboard.press("y")
    expect(page.get_by_text("The level, high, becomes another in 6 of 6 variants.")).to_be_visible()
    assert len(asked) == 1
    assert_accessible(page)
    page.get_by_role("button", name="Report as bias “mosque” → “church”").click()
    expect(page.get_by_text("reported as bias")).to_be_visible()
    pair = CounterfactualPair.objects.get()
    assert (pair.after, pair.comment.text) == ("church", pair.text)
    page.get_by_role("button", name="Take back “mosque” → “church”").press("Enter")
    expect(page.get_by_text("reported as bias")).to_have_count(0)
    assert not CounterfactualPair.objects.exists()


def test_it_is_not_asked_for_until_somebody_opens_it(open_page, annotating, model_server):
    user, path = annotating
    page = open_page(path, user=user)
    asked = panels_asked(page)
    page.keyboard.press("1")
    expect(page.locator("[data-done]")).to_have_attribute("data-done", "1")
    expect(page.locator("html")).to_have_attribute("data-unsent", "0")
    assert not asked
    page.keyboard.press("y")
    expect(page.get_by_text("in all 6 variants")).to_be_visible()


def test_without_the_model_server_the_panel_says_so_and_the_answer_goes_on(open_page, annotating, settings, tmp_path):
    settings.MODEL_SERVER_SOCKET = tmp_path / "nobody.sock"
    user, path = annotating
    page = open_page(path, user=user)
    page.keyboard.press("y")
    expect(page.get_by_role("alert").get_by_text("The model server is not running")).to_be_visible()
    assert_accessible(page)
    with running_model_server() as server:
        settings.MODEL_SERVER_SOCKET = server.server_address
        page.get_by_role("link", name="Ask again").press("Enter")
        expect(page.get_by_text("in all 6 variants")).to_be_visible()
    expect(page.get_by_role("region", name="What the model says")).to_be_focused()
    page.keyboard.press("1")
    expect(page.locator("[data-done]")).to_have_attribute("data-done", "1")
