"""The monthly report in a browser: accessible, narrow and wide, dark or not; served apart from the site; asked for with one click."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from modeling.labels import Split
from modeling.models import MonthlyReport, Project, Role, WorkState
from modeling.pipeline import print_pdf as printing
from modeling.pipeline.make_monthly_report import run_monthly_report
from modeling.pipeline.request_reports import request_report
from tests.browser.conftest import LAPTOP, PHONE, assert_accessible
from tests.factories import make_dataset, make_member, make_project
from tests.modeling.decided import measure
from tests.modeling.trend_rows import make_trended

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project(monkeypatch) -> Project:
    monkeypatch.setattr(printing, "_command", lambda page, target: None)
    project = make_project()
    change = make_trended(project)
    project.version_changes.filter(previous=None).update(at=datetime(2026, 1, 1, tzinfo=UTC))
    for version, value in ((change.previous, 0.8), (change.version, 0.85)):
        measure(version, Split.AUDIT, value, ("2026-03", "2026-04", "2026-05", "2026-06"))
        measure(version, Split.TEST, value)
    make_dataset(project, name="Letters", made_up=True, row_count=700, finished_at=datetime(2026, 6, 9, tzinfo=UTC))
    return project


def made(project: Project) -> MonthlyReport:
    return run_monthly_report(report=request_report(project=project, month="2026-06", in_background=False))


@pytest.mark.parametrize(("size", "scheme"), [(LAPTOP, "light"), (PHONE, "dark")])
def test_the_page_is_accessible_and_fits_and_is_white(open_page, project, size, scheme):
    """Its text alone, as from a file: axe runs scripts, which the page as it is served forbids."""
    page = open_page("/sign-in/", size=size, scheme=scheme)
    page.goto("about:blank")
    page.set_content(made(project).html)
    expect(page.locator("figure svg")).to_have_count(2)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert_accessible(page)


def test_as_served_it_shows_its_style_and_asks_nobody(open_page, project):
    report = made(project)
    page = open_page(f"/projects/{project.slug}/trends/", user=make_member(project, Role.LEAD))
    page.wait_for_load_state("networkidle")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(page.url.replace("trends/", f"reports/{report.pk}/"))
    assert len(asked) == 1
    assert page.title() == f"{project.name}: report of 2026-06"
    assert page.locator("main").bounding_box()["width"] < 900


def test_a_report_is_asked_for_and_found_when_it_is_made(open_page, project):
    page = open_page(f"/projects/{project.slug}/reports/", user=make_member(project, Role.LEAD))
    page.get_by_label("Month").select_option("2026-06")
    page.get_by_role("button", name="Make the report").click()
    expect(page.get_by_text("The report of 2026-06 waits for its turn")).to_be_visible()
    assert_accessible(page)
    run_monthly_report(report=MonthlyReport.objects.get(state=WorkState.REQUESTED))
    expect(page.get_by_role("link", name="Report of 2026-06")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("Install WeasyPrint or Chromium there")).to_be_visible()
