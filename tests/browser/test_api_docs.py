"""The page of the API: served by us alone, under the site's own content security policy, and usable with the session of the site."""

import pytest

from modeling.models import Role
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_operation_is_listed(open_page):
    page = open_page("/api/docs/")
    page.wait_for_selector(".opblock")
    assert page.locator(".opblock").count() >= 20
    assert page.title() == "biasapp · API"


def test_whoever_is_signed_in_can_try_it_out(open_page):
    project = make_project()
    page = open_page("/api/docs/", user=make_member(project, Role.LEAD))
    block = page.locator(".opblock", has=page.locator('[data-path$="/roll-back/"]'))
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    block.get_by_placeholder("slug").fill(project.slug)
    block.get_by_role("button", name="Execute").click()
    answer = block.locator(".live-responses-table .response")
    # 409 and not 403: the page sends the token against forged requests.
    assert answer.locator(".response-col_status").inner_text().startswith("409")
    assert "No version is in use" in answer.inner_text()


def test_its_policy_is_no_weaker_than_that_of_other_pages(client):
    assert strict(client.get("/api/docs/")) == strict(client.get("/sign-in/"))


def strict(response):
    """The policy without the nonce, which differs each time and stands only where a page uses it."""
    return sorted(part for part in response["Content-Security-Policy"].replace(";", "").split() if not part.startswith("'nonce-"))
