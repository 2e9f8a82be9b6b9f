"""The three questions now and then, in a real browser: they appear in time, can wait, and work without scripts on a phone."""

import pytest
from playwright.sync_api import expect

from feedback.models import Annotator, ComprehensionAnswer
from tests.browser.conftest import PHONE, assert_accessible
from tests.browser.test_rationale import ENGLISH, OTHERS, world_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_they_appear_when_so_many_are_answered_and_can_wait(open_page):
    ann, path = world_of(ENGLISH, *OTHERS)
    Annotator.objects.filter(pk=ann.pk).update(check_due_at=1)
    page = open_page(path, user=ann.user)
    asked = page.get_by_role("link", name="Three short questions")
    expect(asked).to_be_hidden()
    page.keyboard.press("1")
    expect(asked).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-unsent", "0")
    assert_accessible(page)
    page.get_by_role("button", name="Later").click()
    expect(page.locator(".quote").filter(visible=True).first).to_be_visible()
    expect(asked).to_be_hidden()
    assert not ComprehensionAnswer.objects.exists()


def test_they_are_answered_on_a_phone_without_scripts(open_page):
    ann, path = world_of(ENGLISH)
    Annotator.objects.filter(pk=ann.pk).update(check_due_at=0)
    page = open_page(path, user=ann.user, size=PHONE, scheme="dark", script=False)
    page.get_by_role("link", name="Three short questions").click()
    for question in page.get_by_role("group").all():
        question.get_by_role("radio").first.check()
    page.get_by_role("button", name="See what is meant").click()
    expect(page.get_by_role("heading", name="What the shading and the bars mean")).to_be_visible()
    assert ComprehensionAnswer.objects.count() == 3
    page.get_by_role("link", name="Back to work").click()
    expect(page.locator(".quote").filter(visible=True).first).to_be_visible()
