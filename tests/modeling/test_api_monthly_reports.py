"""Monthly reports over HTTP."""

import pytest

from modeling.labels import Split
from modeling.models import MonthlyReport, Role, WorkState
from tests.api_client import client_of, stranger
from tests.factories import make_member, make_project, make_version
from tests.modeling.decided import measure
from tests.modeling.report_rows import make_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def lead(project):
    return client_of(make_member(project))


def url(project, pk=None):
    return f"/api/v1/projects/{project.slug}/reports/" + (f"{pk}/" if pk else "")


def test_one_is_asked_for_and_a_second_has_to_wait(lead, project):
    measure(make_version(project), Split.AUDIT, 0.8, ("2026-05", "2026-06"))
    response = lead.post(url(project), {"month": "2026-06"})
    assert (response.status_code, response.json()["state"], response.json()["month"]) == (202, "requested", "2026-06")
    assert lead.post(url(project), {"month": "2026-05"}).status_code == 409
    assert lead.get(url(project)).json()["count"] == MonthlyReport.objects.count() == 1


@pytest.mark.parametrize("body", [{}, {"month": "2026-13"}, {"month": 202606}, {"month": "2026-06", "year": 1}])
def test_a_month_that_is_none_is_refused(lead, project, body):
    response = lead.post(url(project), body)
    assert response.status_code == 400
    assert not MonthlyReport.objects.exists()


@pytest.mark.parametrize("month", ["1999-12", "2099-12"])
def test_a_month_that_the_project_has_nothing_of_is_refused_with_a_reason(lead, project, month):
    response = lead.post(url(project), {"month": month})
    assert response.status_code == 400
    assert f"nothing to report of {month}" in response.json()["errors"]["month"][0]
    assert not MonthlyReport.objects.exists()


def test_page_and_data_are_taken_out_with_the_hash(lead, project):
    report = make_report(project)
    assert lead.get(url(project, report.pk)).json() == report.data
    page = lead.get(url(project, report.pk), {"kind": "html"})
    assert (page.content.decode(), page["X-SHA256"]) == (report.html, report.sha256)
    assert lead.get(url(project, report.pk), {"kind": "pdf"}).status_code == 404
    assert lead.get(url(project, report.pk), {"kind": "exe"}).status_code == 400
    waiting = make_report(project, state=WorkState.RUNNING)
    assert lead.get(url(project, waiting.pk)).status_code == 404
    assert lead.get(url(project, make_report(make_project()).pk)).status_code == 404


def test_annotators_and_outsiders_are_refused(project):
    report = make_report(project)
    for address in (url(project), url(project, report.pk)):
        for role in (Role.ANNOTATOR, Role.ADJUDICATOR):
            assert client_of(make_member(project, role)).get(address).status_code == 403
    assert stranger().post(url(project), {"month": "2026-06"}).status_code == 404
