"""The main job as a person would do it, in Chromium, against the site with its real workers and processes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import LAPTOP, browser_type_launch_args, read
from tests.journeys.installation import PASSWORD, Installation, install
from tests.modeling.ml.conftest import tiny_encoder

__all__ = ["browser_type_launch_args", "tiny_encoder"]

CYCLE_MS = 240_000
expect.set_options(timeout=30_000)  # two cores, shared by the site, its workers and Chromium


@pytest.fixture
def installation(tmp_path: Path, tiny_encoder: Path) -> Installation:
    return install(tmp_path / "var", tiny_encoder)


@pytest.fixture
def site(installation: Installation) -> Iterator[str]:
    with installation.site() as address:
        yield address


def sign_in(browser: Browser, site: str, name: str) -> Page:
    """A person of their own, whose browser may ask nobody but the site."""
    page = browser.new_context(viewport=LAPTOP, accept_downloads=True).new_page()
    page.on("request", lambda request: pytest.fail(f"asked {request.url}") if not request.url.startswith((site, "data:")) else None)
    page.goto(f"{site}/sign-in/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")
    return page


def test_from_ten_labels_to_a_promoted_model_and_an_export(browser: Browser, site: str, installation: Installation) -> None:
    # An annotator labels ten items by keyboard.
    annotator = sign_in(browser, site, "annotator")
    annotator.get_by_role("link", name="Start annotating").first.click()
    annotator.get_by_role("button", name="I understand, start").click()
    quote = annotator.locator(".quote").filter(visible=True).first
    for number in range(10):
        shown = quote.inner_text()
        annotator.wait_for_load_state("networkidle")
        read(annotator)
        for key in ["1"] if number % 2 else ["2", "m", "Enter"]:
            annotator.keyboard.press(key)
        expect(quote).not_to_have_text(shown)

    # A lead closes the round and watches the cycle to its verdict.
    lead = sign_in(browser, site, "lead")
    lead.goto(f"{site}/projects/journey/rounds/1/")
    expect(lead.get_by_text("10").first).to_be_visible()
    lead.get_by_role("link", name="Close the round").click()
    lead.get_by_role("button", name="Close the round").click()
    cycle = lead.get_by_role("link", name=re.compile("cycle 1")).first
    expect(cycle).to_be_visible(timeout=180_000)
    cycle.click()
    verdict = lead.locator(".verdict-word")
    expect(verdict).to_have_text(re.compile("Eligible|Held"), timeout=CYCLE_MS)
    expect(lead.get_by_role("heading", name=re.compile("Candidate v2 against champion v1"))).to_be_visible()

    # They promote it, with a reason where the gate advises against it.
    if "Held" in (verdict.text_content() or ""):
        lead.get_by_text("anyway, with a reason").click()
        lead.get_by_label("Why it should come into use").fill("To see the loop close.")
        lead.get_by_role("button", name=re.compile("against the gate")).click()
    else:
        lead.get_by_role("button", name=re.compile("Promote")).click()
    expect(lead.get_by_text("v2 came into use on")).to_be_visible()

    # The dashboard moves: the new version is measured once the worker has scored the comments with it.
    moved = lead.locator("table.months tr", has_text="v2").get_by_text("in use")
    for _ in range(60):
        lead.goto(f"{site}/projects/journey/dashboard/?split=audit")
        if moved.count():
            break
        lead.wait_for_timeout(1_000)
    lead.locator("figure", has=moved).get_by_text("The numbers behind it").click()
    expect(moved).to_be_visible()

    # An admin exports what was said.
    admin = sign_in(browser, site, "admin")
    admin.goto(f"{site}/projects/journey/export/")
    admin.get_by_label("JSON Lines").check()
    with admin.expect_download() as download:
        admin.get_by_role("button", name="Download").click()
    rows = [json.loads(line) for line in Path(download.value.path()).read_text().splitlines()]
    assert len(rows) == 10
    assert "annotator" not in {row["annotator"] for row in rows}

    # And the ledger holds all of it, unbroken.
    assert "The ledger is whole" in installation.manage("verify_ledger")
