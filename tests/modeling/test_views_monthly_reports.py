"""The archive of monthly reports: asked for, watched, read apart from the site, taken out."""

import csv
import io
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from modeling.models import MonthlyReport, Project, Role, WorkState
from tests.factories import make_member, make_project
from tests.modeling.report_rows import make_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def lead(client, project):
    user = make_member(project, Role.LEAD)
    client.force_login(user)
    return user


def url(project, name="report-list", *args):
    return reverse(f"modeling:{name}", args=[project.slug, *args])


def shown(client, project, **query):
    return " ".join(client.get(url(project), query).content.decode().split())


def test_a_lead_asks_for_a_month_with_one_click(client, project, lead):
    month = f"{project.created_at:%Y-%m}"
    assert f'<option value="{month}"' in shown(client, project)
    assert client.post(url(project, "report-make"), {"month": month}).url == url(project)
    report = MonthlyReport.objects.get()
    assert (report.month, report.requested_by, report.state) == (month, lead, WorkState.REQUESTED)
    assert f"The report of {month} waits for its turn" in shown(client, project)
    client.post(url(project, "report-make"), {"month": month})
    assert "is being made already" in shown(client, project)
    assert MonthlyReport.objects.count() == 1


def test_the_page_of_trends_asks_for_the_current_months_report(client, project, lead):
    html = client.get(url(project, "trends")).content.decode()
    month = re.search(r'name="month" value="([0-9-]+)"', html)[1]
    client.post(url(project, "report-make"), {"month": month})
    assert MonthlyReport.objects.get().month == f"{timezone.now():%Y-%m}"


@pytest.mark.parametrize("month", ["", "2026-13", "1066-01", "x"])
def test_a_month_that_is_none_is_refused_with_a_reason(client, project, lead, month):
    response = client.post(url(project, "report-make"), {"month": month})
    assert response.status_code == 422
    assert b'class="error' in response.content
    assert not MonthlyReport.objects.exists()


def test_progress_is_shown_until_it_ends(client, project, lead):
    report = MonthlyReport.objects.create(project=project, month="2026-06", state=WorkState.RUNNING, stage="drawing", progress=0.3)
    answer = client.get(url(project, "report-progress"))
    assert (answer.status_code, b"drawing" in answer.content) == (200, True)
    MonthlyReport.objects.filter(pk=report.pk).update(state=WorkState.DONE)
    ended = client.get(url(project, "report-progress"))
    assert (ended.status_code, ended["HX-Refresh"]) == (286, "true")


def test_a_failure_stands_with_its_cause(client, project, lead):
    make_report(project, state=WorkState.FAILED, error="RuntimeError: no engine")
    assert "RuntimeError: no engine Ask for it again" in shown(client, project)


def test_a_report_is_served_as_a_page_of_no_origin_that_loads_and_runs_nothing(client, project, lead):
    report = make_report(project)
    response = client.get(url(project, "report-view", report.pk))
    assert response.content.decode() == report.html
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert " sandbox;" in policy
    assert "allow-" not in policy
    assert "script" not in policy


def test_page_and_data_are_taken_out(client, project, lead):
    report = make_report(project, pdf=b"%PDF-1.7 x")
    answers = {kind: client.get(url(project, "report-file", report.pk, kind)) for kind in ("html", "json", "csv", "pdf")}
    assert all(f'{project.slug}-2026-06.{kind}"' in answer["Content-Disposition"] for kind, answer in answers.items())
    assert answers["json"].json() == report.data
    assert answers["pdf"].content.startswith(b"%PDF")
    rows = list(csv.DictReader(io.StringIO(answers["csv"].content.decode())))
    assert [(row["section"], row["measure"], row["value"]) for row in rows] == [("series", "accuracy", "0.9"), ("changes", "accuracy", "0.018")]
    assert rows[1]["reading"] == "'=1+1", "no formula for a spreadsheet"


def test_without_a_pdf_the_page_says_how_to_get_one(client, project, lead):
    report = make_report(project, message="Neither is installed.")
    assert client.get(url(project, "report-file", report.pk, "pdf")).status_code == 404
    assert "No PDF. Neither is installed. Install WeasyPrint or Chromium there" in shown(client, project)


def test_it_is_switched_on_once_and_off(client, project, lead):
    client.post(url(project, "report-schedule"), {"monthly": "1"})
    since = Project.objects.get(pk=project.pk).reports_since
    client.post(url(project, "report-schedule"), {"monthly": "1"})
    assert Project.objects.get(pk=project.pk).reports_since == since is not None
    assert "a report of the month before is made" in shown(client, project)
    client.post(url(project, "report-schedule"))
    assert Project.objects.get(pk=project.pk).reports_since is None


def test_what_is_not_made_or_anothers_is_not_served(client, project, lead):
    for report in (make_report(project, state=WorkState.FAILED), make_report(make_project())):
        assert client.get(url(project, "report-view", report.pk)).status_code == 404
        assert client.get(url(project, "report-file", report.pk, "json")).status_code == 404
    assert client.get(url(project).replace("reports/", "reports/1/report.exe")).status_code == 404


def test_the_archive_is_paged_and_reads_no_page(client, project, lead, django_assert_max_num_queries):
    for _ in range(30):
        make_report(project)
    with django_assert_max_num_queries(14):
        assert shown(client, project).count("Report of 2026-06") == 24
    assert shown(client, project, page=2).count("Report of 2026-06") == 6
