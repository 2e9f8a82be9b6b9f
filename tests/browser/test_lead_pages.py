"""The lead's pages in a real browser: accessible, narrow and wide, light and dark, and alive."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from modeling.intake import hand_in
from modeling.models import Dataset, Membership, Project, RejectedRow, RetrainingCycle, Role, VersionChange
from modeling.pipeline.import_comments import import_comments
from tests.browser.conftest import LAPTOP, PHONE, assert_accessible
from tests.factories import make_comment, make_cycle, make_dataset, make_intake_row, make_member, make_project, make_version
from tests.modeling.decided import losses, make_decided_cycle
from tests.modeling.dynamics_rows import make_read
from tests.modeling.report_rows import make_report
from tests.modeling.trend_rows import add_trends

pytestmark = pytest.mark.django_db(transaction=True)
State = RetrainingCycle.State

EVERY_PAGE = (
    "/projects/",
    "/projects/new/",
    "/projects/{full}/",
    "/projects/{full}/settings/",
    "/projects/{full}/datasets/",
    "/projects/{full}/datasets/import/",
    "/projects/{full}/datasets/{imported}/",
    "/projects/{full}/datasets/{refused}/",
    "/projects/{full}/versions/?arms=all",
    "/projects/{full}/roll-back/",
    "/projects/{full}/roll-back/undo/",
    "/projects/{full}/cycles/",
    "/projects/{full}/cycles/1/",
    "/projects/{full}/cycles/2/",
    "/projects/{full}/cycles/3/",
    "/projects/{full}/cycles/4/",
    "/projects/{full}/dashboard/",
    "/projects/{full}/dashboard/curves/?version=3&against=7",
    "/projects/{full}/trends/",
    "/projects/{full}/dashboard/compare/",
    "/projects/{full}/dashboard/losses/",
    "/projects/{full}/reports/",
    "/projects/{full}/social-dynamics/",
    "/projects/{full}/social-dynamics/comments/?version=2&subject=muslim",
    "/projects/{full}/what-if/",
    "/projects/{full}/paper/",
    "/paper/",
    "/projects/{ready}/cycles/start/",
    "/projects/{empty}/",
    "/projects/{empty}/datasets/",
    "/projects/{empty}/versions/",
    "/projects/{empty}/cycles/",
    "/projects/{empty}/cycles/start/",
    "/projects/{empty}/roll-back/",
    "/projects/{empty}/dashboard/",
    "/projects/{empty}/dashboard/curves/",
    "/projects/{empty}/trends/",
    "/projects/{empty}/dashboard/compare/",
    "/projects/{empty}/dashboard/losses/",
    "/projects/{empty}/reports/",
    "/projects/{empty}/social-dynamics/",
    "/projects/{ready}/social-dynamics/",
)
# What differs from the others on a phone; empty states are all made of the same piece.
ON_A_PHONE = ("/projects/{empty}/", *(page for page in EVERY_PAGE if "{empty}" not in page and not page.endswith("cycles/1/")))
RICHEST = (
    "/projects/{full}/",
    "/projects/{full}/datasets/{imported}/",
    "/projects/{full}/cycles/3/",
    "/projects/{full}/dashboard/",
    "/projects/{full}/dashboard/curves/?version=3&against=7",
    "/projects/{full}/trends/",
    "/projects/{full}/dashboard/compare/",
    "/projects/{full}/dashboard/losses/",
    "/projects/{full}/social-dynamics/",
)


def running_cycle(project: Project, **fields) -> RetrainingCycle:
    now = timezone.now()
    moving = {"stage": "training echo", "progress": 0.3, "message": "step 4 of 8", "live_losses": losses(4, ("none", "echo"))}
    return make_cycle(project, State.TRAINING, started_at=now - timedelta(seconds=30), heartbeat_at=now, **moving, **fields)


@pytest.fixture
def lead(settings, tmp_path) -> User:
    settings.UPLOADS_DIR = tmp_path
    return make_member(make_project("First"), Role.LEAD)


@pytest.fixture
def project(lead: User) -> Project:
    return lead.memberships.get().project


@pytest.fixture
def world(lead: User, project: Project) -> dict[str, object]:
    """A project in which everything has happened, one that is ready for a cycle, and one that is empty."""
    empty, ready = make_project("Empty"), make_project("Ready")
    for other in (empty, ready):
        Membership.objects.create(project=other, user=lead, role=Role.LEAD)
    hand_in(
        project=ready,
        provenance="round 1: Autumn",
        rows=[make_intake_row(make_comment(make_dataset(ready)), make_version(ready, champion=True))],
        annotation_count=4,
    )
    imported = make_dataset(project, row_count=2, rejected_count=60, masked_count=3, finished_at=timezone.now(), made_up=True)
    make_comment(imported)
    RejectedRow.objects.bulk_create(RejectedRow(dataset=imported, line=line, reason="no id", excerpt="x" * 100) for line in range(60))
    refused = make_dataset(project, state="failed", error="It has no column comment_text. Nothing was imported.")
    make_read(project)
    make_decided_cycle(project)
    add_trends(project)
    for state, fields in (("done", {"message": "Neither is installed."}), ("failed", {"error": "RuntimeError: no engine"})):
        make_report(project, state=state, **fields)
    make_cycle(project, State.FAILED, error="MemoryError", stage="training real")
    make_decided_cycle(project, eligible=False)
    running_cycle(project, training_config={"seed": 0})
    project.versions.update(loss_steps=losses(arms=("real",)))
    return {"full": project.slug, "empty": empty.slug, "ready": ready.slug, "imported": imported.pk, "refused": refused.pk}


@pytest.mark.parametrize(
    ("size", "scheme", "addresses"),
    [(LAPTOP, "light", EVERY_PAGE), (PHONE, "dark", ON_A_PHONE), (LAPTOP, "dark", RICHEST), (PHONE, "light", RICHEST)],
    ids=["laptop-light", "phone-dark", "laptop-dark", "phone-light"],
)
def test_every_page_is_accessible_and_fits(open_page, live_server, lead, world, size, scheme, addresses):
    page = open_page(addresses[0].format(**world), user=lead, size=size, scheme=scheme)
    for address in addresses:
        page.goto(live_server.url + address.format(**world))
        if charts := page.locator("[data-chart]").count():
            expect(page.locator("[data-chart] svg.marks")).to_have_count(charts)
        assert_accessible(page)


def count_polls(page: Page) -> list[str]:
    polls: list[str] = []
    page.on("request", lambda request: polls.append(request.url) if "/progress/" in request.url else None)
    return polls


def test_a_cycle_is_watched_to_its_verdict_without_reloading(open_page, lead, project):
    cycle = make_decided_cycle(project)
    ended = {field: getattr(cycle, field) for field in ("state", "progress", "finished_at", "decision")}
    now = timezone.now()
    running = {"state": State.TRAINING, "started_at": now, "heartbeat_at": now, "finished_at": None, "decision": {}}
    RetrainingCycle.objects.update(progress=0.3, stage="training echo", **running)
    page = open_page(f"/projects/{project.slug}/cycles/1/", user=lead)
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "0.300")
    page.locator("summary", has_text="Cancel this cycle").focus()
    RetrainingCycle.objects.update(progress=0.62, stage="training real")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "0.620")
    expect(page.locator("summary", has_text="Cancel this cycle")).to_be_focused()
    page.evaluate("document.title = 'not loaded again'")
    RetrainingCycle.objects.update(**ended)
    expect(page.get_by_role("heading", name="Candidate v5 against champion v1")).to_be_visible()
    expect(page.locator("#announce")).to_have_text("Cycle 1 has ended: eligible.")
    assert page.title() == "not loaded again"
    polls = count_polls(page)
    page.wait_for_timeout(2_500)
    assert polls == [], "polling has stopped"


def test_a_lead_promotes_with_one_click_and_goes_back_with_two(open_page, lead, project):
    make_decided_cycle(project)
    page = open_page(f"/projects/{project.slug}/cycles/1/", user=lead)
    page.get_by_role("button", name="Promote v5").click()
    expect(page.get_by_text("v5 is in use now.")).to_be_visible()
    page.get_by_role("link", name="Roll back to v1").click()
    page.get_by_label("Why").fill("It flags every prayer.")
    page.get_by_role("button", name="Roll back to v1").click()
    expect(page.get_by_text("v1 is in use again.")).to_be_visible()
    expect(page.get_by_role("cell", name="It flags every prayer.")).to_be_visible()


def test_a_held_candidate_is_promoted_by_keyboard_with_a_reason_that_is_kept(open_page, lead, project):
    make_decided_cycle(project, eligible=False)
    page = open_page(f"/projects/{project.slug}/cycles/1/", user=lead)
    page.get_by_text("Promote v5 anyway, with a reason").press("Enter")
    page.get_by_label("Why it should come into use all the same").fill("   ")
    page.get_by_role("button", name="Promote v5 against the gate").press("Enter")
    expect(page.get_by_role("alert").get_by_text("Write down why it should come into use all the same.")).to_be_visible()
    assert not VersionChange.objects.filter(kind="overridden").exists()
    page.get_by_label("Why it should come into use all the same").fill("The harm rests on 12 comments.")
    page.get_by_role("button", name="Promote v5 against the gate").press("Enter")
    expect(page.get_by_text("promoted all the same")).to_be_visible()
    expect(page.get_by_text("The harm rests on 12 comments.")).to_be_visible()


def test_the_dashboard_draws_under_the_strict_policy_and_keeps_its_filters_in_the_address(open_page, lead, project):
    make_decided_cycle(project)
    page = open_page(f"/projects/{project.slug}/dashboard/", user=lead)
    expect(page.locator("[data-chart] svg.marks")).to_have_count(2)
    page.get_by_label("Measure", exact=True).select_option("macro_f1")
    page.get_by_label("Version", exact=True).select_option("5")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("heading", name="F1 (macro) by version and month")).to_be_visible()
    assert "measure=macro_f1" in page.url
    page.get_by_text("The numbers behind it").nth(1).click()
    expect(page.get_by_role("row", name="v5").first).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Accuracy by version and month")).to_be_visible()


def test_tables_behind_the_charts_do_not_make_a_phone_s_page_wider(open_page, lead, project):
    make_decided_cycle(project, months=tuple(f"2026-{month:02d}" for month in range(1, 13)))
    page = open_page(f"/projects/{project.slug}/dashboard/", user=lead, size=PHONE, scheme="dark")
    for table in page.locator("details.behind").all():
        table.evaluate("details => { details.open = true }")
    assert_accessible(page)


@pytest.mark.parametrize("form", ["SVG", "PNG"])
def test_a_chart_is_downloaded_with_the_colours_of_the_page_its_title_and_what_is_simulated(open_page, lead, project, form):
    make_decided_cycle(project)
    project.feedback_batches.create(provenance="round 1: 2026-05", sha256="0" * 64, simulated=True)
    page = open_page(f"/projects/{project.slug}/dashboard/", user=lead, scheme="dark")
    with page.expect_download() as download:
        page.get_by_role("button", name=f"{form} of: Accuracy by version and month").click()
    content = Path(download.value.path()).read_bytes()
    assert download.value.suggested_filename == f"chart-versions.{form.lower()}"
    assert content.startswith(b"<svg" if form == "SVG" else b"\x89PNG")
    if form == "SVG":
        assert b"var(" not in content
        assert b"rgb(" in content
        for said in (b"Accuracy by version and month", b"Simulated: scripted annotators gave labels"):
            assert said in content


def test_without_the_library_the_dashboard_still_says_everything(open_page, lead, project):
    make_decided_cycle(project)
    page = open_page(f"/projects/{project.slug}/", user=lead)
    page.route("**/vega-bundle*.js", lambda route: route.fulfill(status=200, content_type="text/javascript", body=""))
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Dashboard").click()
    expect(page.get_by_text("The chart is drawn by a script; the table below has the same values.")).to_have_count(2)
    expect(page.get_by_text("rose by .030 between 2026-03 and 2026-06")).to_be_visible()


def test_a_file_is_uploaded_imported_and_reported_while_the_page_stands(open_page, lead, project, tmp_path):
    file = tmp_path / "letters.csv"
    file.write_text("id,comment_text,target,toxicity_annotator_count\n1,Write to me at ana@example.org please,0.1,10\n2,Second one here,7,10\n")
    page = open_page(f"/projects/{project.slug}/datasets/import/", user=lead)
    page.get_by_label("File", exact=True).set_input_files(str(file))
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    dataset = Dataset.objects.get()
    import_comments(dataset=dataset, path=Path(dataset.stored_file))
    expect(page.get_by_role("heading", name="Rows that were not imported")).to_be_visible()
    expect(page.locator("#announce")).to_have_text("The import has ended: done.")
    expect(page.get_by_text("comments in which something private was covered")).to_be_visible()
    assert (dataset.project, Dataset.objects.get().row_count, Dataset.objects.get().rejected_count) == (project, 1, 1)
