"""Monthly reports from rows: one page that stands alone, its data, and when one is made."""

import csv
import hashlib
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from time import monotonic, sleep

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_q.models import OrmQ

from modeling.errors import NotPrintedError, ReportUnderWayError
from modeling.labels import Split
from modeling.lifecycle import fail_lost
from modeling.models import FeedbackBatch, FeedbackLabel, LedgerEntry, MonthlyReport, Project, SubgroupScore, WorkState
from modeling.pipeline import print_pdf as printing
from modeling.pipeline.draw_charts import as_svg, printed
from modeling.pipeline.make_monthly_report import run_monthly_report
from modeling.pipeline.print_pdf import print_pdf
from modeling.pipeline.request_reports import request_due_reports, request_report
from modeling.reports.charts import month_chart
from modeling.reports.report_files import as_csv
from tests.factories import make_comment, make_dataset, make_member, make_project
from tests.modeling.decided import measure
from tests.modeling.dynamics_rows import summary
from tests.modeling.trend_rows import make_trended

pytestmark = pytest.mark.django_db
JUNE = "2026-06"


@pytest.fixture
def no_pdf(monkeypatch):
    monkeypatch.setattr(printing, "_command", lambda page, target: None)


@pytest.fixture
def project(no_pdf):
    project = make_project()
    change = make_trended(project)
    project.version_changes.filter(previous=None).update(at=datetime(2026, 1, 1, tzinfo=UTC))
    for version, value in ((change.previous, 0.8), (change.version, 0.85)):
        measure(version, Split.AUDIT, value, ("2026-03", "2026-04", "2026-05", "2026-06", "2026-07"))
        measure(version, Split.TEST, value)
    return project


def made(project: Project, month: str = JUNE, **fields) -> MonthlyReport:
    return run_monthly_report(report=request_report(project=project, month=month, in_background=False, **fields))


class Loads(HTMLParser):
    """What a page would ask somebody for."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        outside = {"src", "href", "xlink:href", "data", "poster", "srcset", "action"}
        self.found += [f"{tag} {name}={value}" for name, value in attrs if name in outside and not (value or "").startswith("#")]
        self.found += [tag] if tag in {"script", "link", "iframe", "object", "embed"} else []


def test_the_page_stands_alone_and_says_the_month_in_words(project):
    html = made(project).html
    loads = Loads()
    loads.feed(html)
    assert loads.found == []
    assert not re.search(r"@import|url\(|var\(--", html)
    assert html.count("<svg") == 2
    assert "@page" in html
    text = html.replace("\N{NO-BREAK SPACE}", " ")
    assert "Probably better: +1.8 points a month, between +0.90 and +2.7; 4,000 comments in 6 months." in text
    assert "v2 after v1: promoted on 3 Jun 2026" in text
    assert "Not enough data" in text


def test_each_month_is_the_version_that_was_in_use_at_its_end_and_later_months_are_left_out(project):
    series = made(project).data["series"]
    accuracy = {row["month"]: (row["version"], row["value"]) for row in series if row["measure"] == "accuracy"}
    assert {month: version for month, (version, _) in accuracy.items()} == {"2026-03": "v1", "2026-04": "v1", "2026-05": "v1", JUNE: "v2"}
    assert accuracy[JUNE][1] == pytest.approx(0.89)


def test_a_chart_names_each_version_where_it_came_into_use(project):
    report = made(project, "2026-07")
    assert report.data["marks"] == [{"month": JUNE, "signs": "▲ v2", "text": "v2 promoted"}]
    assert report.html.count("▲ v2") >= 2
    assert "undefined" not in report.html


def test_a_mark_without_signs_is_a_rule_alone():
    spec = month_chart(rows=[], series=["x"], axis_title="x", marks=[{"month": JUNE, "text": "x"}])
    svg = as_svg(spec)
    assert ('stroke-dasharray="4,4"' in svg, "undefined" in svg) == (True, False)


def test_it_tells_which_biases_were_reported_and_what_the_maps_rest_on(project):
    assert "No labels were handed in within this month." in made(project).html
    version = project.version_changes.first().version
    batch = project.feedback_batches.create(provenance="round 1: 2026-06", sha256="0" * 64)
    FeedbackBatch.objects.update(created_at=datetime(2026, 6, 9, tzinfo=UTC))
    dataset = make_dataset(project)
    for rates in ({"identity_bias": 0.5}, {}, {}, {}):
        about = {"q_low": 1, "q_mild": 0, "q_high": 0, "confidence": 1, "incorrect_rate": 0, "annotation_count": 2}
        FeedbackLabel.objects.create(
            batch=batch, comment=make_comment(dataset), version=version, biased_rate=sum(rates.values()), bias_rates=rates, **about
        )
    summary(version, "muslim", 0.14)
    report = made(project)
    html = report.html.replace("\N{NO-BREAK SPACE}", " ")
    assert '<th scope="row">identity bias</th><td class="num">1</td><td class="num">25.0 %<small>4.6 % to 69.9 %</small><small>n = 4</small>' in html
    assert "<small>11.0 % to 17.0 %</small><small>n = 74, 21 originals</small>" in html
    sections = {row["section"]: row for row in csv.DictReader(as_csv(report).splitlines())}
    assert (sections["biases"]["value"], sections["dynamics"]["value"]) == ("0.25", "0.14")


def test_a_value_without_an_interval_says_so(project):
    SubgroupScore.objects.update(low=None, high=None)
    assert "<small>no interval</small>" in made(project).html


def test_the_archive_keeps_page_data_and_hash_and_the_ledger_knows_it(project):
    lead = make_member(project)
    report = made(project, by=lead)
    assert report.sha256 == hashlib.sha256(report.html.encode()).hexdigest()
    assert (report.data["by"], report.data["month"], report.state) == (lead.username, JUNE, WorkState.DONE)
    assert LedgerEntry.objects.get(action="report.made").payload == {"month": JUNE, "sha256": report.sha256}
    json.dumps(report.data, allow_nan=False)
    again = made(project)
    assert (again.pk != report.pk, MonthlyReport.objects.count()) == (True, 2)


def test_what_came_from_outside_is_escaped_and_demonstration_data_marked(project):
    make_dataset(project, name="<script>alert(1)</script>", made_up=True, finished_at=datetime(2026, 6, 9, tzinfo=UTC), row_count=7)
    html = made(project).html
    assert "<script" not in html
    assert "Made up for the demonstration: &lt;script&gt;" in html
    assert "Imported: &lt;script&gt;alert(1)&lt;/script&gt;, 7 comments" in html


def test_it_says_what_was_in_use_only_where_it_was(project):
    ended = made(project)
    assert (ended.data["was_in_use"], ended.data["is_over"]) == (True, True)
    assert "in use at the end of the month: v2" in ended.html
    assert "is not over" not in ended.html
    before = made(project, "2025-12").html
    assert "measured by v2, which came into use later" in before
    assert "in use at the end" not in before


def test_the_running_month_is_called_so(project):
    html = made(project, f"{timezone.now():%Y-%m}").html
    assert "(the month is not over)" in html
    assert "in use so far: v2" in html
    assert "is not over: it is by what is in use so far" in html
    assert "in use at the end of the month" not in html


def test_it_says_what_is_simulated_on_the_page_and_in_its_files(project):
    before = made(project)
    assert "Simulated: scripted" not in before.html
    batch = project.feedback_batches.create(provenance="round 7: 2026-05", sha256="0" * 64, simulated=True)
    project.feedback_batches.filter(pk=batch.pk).update(created_at=datetime(2026, 6, 9, tzinfo=UTC))
    make_dataset(project, dealt_dates=True)
    report = made(project)
    assert "Simulated: scripted annotators gave labels" in report.html
    assert "were dealt by a seed" in report.html
    assert "annotations handed in <b>simulated</b>" in report.html
    assert (report.data["simulated"], report.data["dealt_dates"], report.data["labels"][0]["simulated"]) == (True, True, True)
    assert {line["simulated"] + line["dealt_dates"] for line in csv.DictReader(as_csv(report).splitlines())} == {"truetrue"}
    assert {line["simulated"] for line in csv.DictReader(as_csv(before).splitlines())} == {"false"}


def test_a_project_without_anything_has_a_report_that_says_so(no_pdf):
    html = made(make_project()).html
    assert "Not enough data for a trend" in html
    assert "<svg" not in html


def test_without_a_printer_it_says_what_is_missing_and_stands(project):
    report = made(project)
    assert report.pdf is None
    assert report.message == "Neither WeasyPrint nor Chromium is installed where the worker runs."


def test_a_failure_keeps_its_cause(project, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("no engine")

    report = request_report(project=project, month=JUNE, in_background=False)
    with monkeypatch.context() as patch:
        patch.setattr("modeling.pipeline.make_monthly_report.months_svg", broken)
        with pytest.raises(RuntimeError):
            run_monthly_report(report=report)
    report.refresh_from_db()
    assert (report.state, report.error) == (WorkState.FAILED, "RuntimeError: no engine")
    assert made(project).state == WorkState.DONE


def test_one_is_made_at_a_time(project):
    request_report(project=project, month=JUNE)
    with pytest.raises(ReportUnderWayError):
        request_report(project=project, month="2026-05")
    assert OrmQ.objects.count() == 1


def test_the_calendar_asks_once_for_the_month_that_has_ended(project):
    now = datetime(2026, 7, 1, 3, 5, tzinfo=UTC)
    assert request_due_reports(now=now) == 0, "nobody switched it on"
    Project.objects.filter(pk=project.pk).update(reports_since=datetime(2026, 6, 20, tzinfo=UTC))
    assert [request_due_reports(now=now) for _ in range(2)] == [1, 0]
    report = MonthlyReport.objects.get()
    assert (report.month, report.scheduled) == (JUNE, True)
    run_monthly_report(report=report)
    assert request_due_reports(now=datetime(2026, 7, 31, tzinfo=UTC)) == 0
    assert request_due_reports(now=datetime(2026, 8, 1, 4, tzinfo=UTC)) == 1


def test_switched_on_within_a_month_it_waits_for_the_next_first(project):
    Project.objects.filter(pk=project.pk).update(reports_since=datetime(2026, 7, 2, tzinfo=UTC))
    assert request_due_reports(now=datetime(2026, 7, 9, tzinfo=UTC)) == 0


def test_what_the_queue_lost_is_queued_again_and_what_died_is_failed(project):
    report = request_report(project=project, month=JUNE)
    OrmQ.objects.all().delete()
    old = datetime(2026, 1, 1, tzinfo=UTC)
    MonthlyReport.objects.update(requested_at=old)
    assert request_due_reports() == 1
    MonthlyReport.objects.update(state=WorkState.RUNNING, heartbeat_at=old)
    assert fail_lost() == 1
    report.refresh_from_db()
    assert "died" in report.error


def test_the_command_makes_one_and_writes_it(project, tmp_path, capsys):
    call_command("make_monthly_report", project=project.slug, month=JUNE, out=tmp_path / "june.html")
    assert (tmp_path / "june.html").read_text() == MonthlyReport.objects.get().html
    assert "No PDF" in capsys.readouterr().out
    for wrong in ({"month": "2026-13"}, {"month": "2099-12"}, {"project": "nowhere"}):
        with pytest.raises(CommandError):
            call_command("make_monthly_report", **{"project": project.slug, **wrong})
    assert MonthlyReport.objects.count() == 1


def test_a_second_delivery_finds_it_taken(project, capsys):
    report = made(project)
    call_command("make_monthly_report", id=report.pk)
    assert "no longer waiting" in capsys.readouterr().out


def test_no_variable_of_the_site_is_left_in_a_chart():
    spec = month_chart(rows=[], series=[str(i) for i in range(8)], axis_title="x", marks=[{"month": "2026-01", "text": "x"}])
    assert "var(" in str(spec)
    assert "var(" not in str(printed(spec))


@pytest.mark.skipif(not (find_spec("weasyprint") or any(map(which, printing.BROWSERS))), reason="no WeasyPrint, no Chromium")
def test_a_page_becomes_a_pdf():
    assert print_pdf("<!doctype html><title>x</title><p>Months").startswith(b"%PDF")


def test_a_printer_that_cannot_be_started_leaves_the_report_without_a_pdf(project, monkeypatch):
    monkeypatch.setattr(printing, "_command", lambda page, target: ["/nowhere/printer"])
    report = made(project)
    assert (report.state, report.pdf) == (WorkState.DONE, None)
    assert report.message.startswith("The page could not be printed: ")


def test_a_printer_that_hangs_is_ended_with_all_that_it_started(monkeypatch, tmp_path):
    started = tmp_path / "pid"
    monkeypatch.setattr(printing, "_command", lambda page, target: ["sh", "-c", f"sleep 300 & echo $! > {started}; wait"])
    monkeypatch.setattr(printing, "SECONDS", 1)
    began = monotonic()
    with pytest.raises(NotPrintedError, match="sh took longer than 1 seconds"):
        print_pdf("x")
    while is_running(int(started.read_text())):
        assert monotonic() - began < 60
        sleep(0.05)


def is_running(pid: int) -> bool:
    """An ended process that nobody has asked for yet is none."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_printer_that_fails_says_how(monkeypatch):
    monkeypatch.setattr(printing, "_command", lambda page, target: ["false"])
    with pytest.raises(NotPrintedError, match="false failed: exit code 1"):
        print_pdf("x")
