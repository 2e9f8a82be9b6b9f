"""The what-if in a real browser: asked without reloading, pinned, by keyboard, without a script."""

import pytest
from playwright.sync_api import expect

from modeling.models import CounterfactualPair, Role
from tests.browser.conftest import LAPTOP, PHONE, assert_accessible
from tests.factories import make_member, make_project, make_version
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
    page.get_by_role("button", name="Pin “Muslim” → “Hindu”").press("Enter")
    expect(page.get_by_role("heading", name="Instead")).to_be_visible()
    ask(page, "a word were not there")
    expect(page.get_by_text("becomes another in 1 of 6 variants")).to_be_visible()
    expect(page.get_by_role("button", name="Unpin “Muslim” → “Hindu”")).to_be_visible()
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_text("Pin a variant")).to_be_visible()
    assert page.title() == "not loaded again"


def test_a_flip_is_reported_and_taken_back_by_keyboard(open_page, user, address, model_server):
    page = open_page(address, user=user)
    page.get_by_label("Comment").fill("That awful Muslim neighbour is kind.")
    page.get_by_label("it were worded as I say").check()
    page.get_by_label("In your wording").fill("That Muslim neighbour is kind.")
    page.get_by_role("button", name="Ask the model").click()
    page.get_by_role("button", name="Report as bias").press("Enter")
    expect(page.get_by_text("reported as bias")).to_be_visible()
    expect(page.get_by_role("button", name="Take back")).to_be_focused()
    assert CounterfactualPair.objects.get().verdict == "biased"
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Report as bias")).to_be_focused()
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


def test_what_is_typed_stays_when_the_model_server_is_away(open_page, user, address, settings, tmp_path):
    settings.MODEL_SERVER_SOCKET = tmp_path / "nobody.sock"
    page = open_page(address, user=user)
    ask(page)
    expect(page.get_by_role("alert").get_by_text("The model server is not running")).to_be_visible()
    expect(page.get_by_label("Comment")).to_have_value(AWFUL)
