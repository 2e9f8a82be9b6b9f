"""Trends and before/after tables from predictions as they stand in the database; no model is trained for them."""

from datetime import UTC, datetime

import numpy as np
import pytest

from modeling.labels import Split
from modeling.models import BeforeAfter, Prediction, Project, Trend, VersionChange
from modeling.pipeline.evaluate import evaluate_in_use, evaluate_version
from modeling.pipeline.make_monthly_report import run_monthly_report
from modeling.pipeline.make_trends import MEASURES, make_trends
from modeling.pipeline.request_reports import request_report
from modeling.pipeline.scored_split import read_scored_split
from tests.factories import make_comment, make_dataset, make_prediction, make_project, make_version

pytestmark = pytest.mark.django_db
MONTHS = ("2026-03", "2026-04", "2026-05", "2026-06", "2026-07")
PER_MONTH = 40
LOW, HIGH = (0.8, 0.1, 0.1), (0.1, 0.1, 0.8)


@pytest.fixture
def project():
    """Two versions, the second in use since the middle of May, and forty comments of audit in each of five months."""
    project = make_project()
    dataset = make_dataset(project)
    for month in MONTHS:
        for i in range(PER_MONTH):
            make_comment(dataset, split=Split.AUDIT, target=float(i % 2), created_date=f"{month}-{1 + i % 28:02d}")
    for at in ("2026-01-01", "2026-05-15"):
        version = make_version(project, champion=True)
        VersionChange.objects.filter(version=version).update(at=datetime.fromisoformat(at).replace(tzinfo=UTC))
    VersionChange.objects.filter(version=version).update(kind="promoted")
    return project


def judge(version, wrong_of_ten: list[int]) -> None:
    """In the month at each place, so many of ten comments are judged wrongly."""
    for month, wrong in zip(MONTHS, wrong_of_ten, strict=True):
        comments = version.project.datasets.get().comments.filter(created_date__startswith=month).order_by("pk")
        for i, comment in enumerate(comments):
            is_right = i // 2 % 10 >= wrong
            make_prediction(version, comment, HIGH if (comment.target > 0.5) == is_right else LOW)


def versions(project: Project):
    return project.versions.order_by("number")


@pytest.fixture
def judged(project):
    first, second = versions(project)
    judge(first, [4, 4, 4, 4, 4])
    judge(second, [3, 2, 2, 1, 0])
    make_trends(version=first)
    make_trends(version=second)
    return project


def test_a_version_that_gets_better_month_by_month_has_a_slope_with_its_interval(judged):
    first, second = versions(judged)
    row = Trend.objects.get(version=second, measure="accuracy")
    assert row.slope == pytest.approx(np.median([0.1, 0.05, 0.2 / 3, 0.3 / 4, 0, 0.05, 0.2 / 3, 0.1, 0.1, 0.1]))
    assert 0.03 < row.low < row.slope < row.high < 0.12
    assert (row.n, row.month_count, row.first_month, row.last_month) == (200, 5, "2026-03", "2026-07")
    assert row.tau > 0.9
    assert 0 < row.slope_p < row.slope_p_holm < 0.05
    assert row.p < row.p_holm
    assert Trend.objects.get(version=first, measure="accuracy").slope == pytest.approx(0)


def test_what_was_in_use_is_taken_from_the_version_of_each_months_end(judged):
    row = Trend.objects.get(version=None, measure="accuracy")
    values = [0.6, 0.6, 0.8, 0.9, 1.0]  # April by the first, May by the second, which came on the fifteenth
    slopes = [(values[j] - values[i]) / (j - i) for i in range(5) for j in range(i + 1, 5)]
    assert row.slope == pytest.approx(np.median(slopes))
    assert row.change_month in ("2026-05", "2026-06")
    assert row.change_p < 0.05


def test_months_before_anything_was_in_use_are_left_out(judged):
    VersionChange.objects.update(at=datetime(2026, 6, 30, tzinfo=UTC))
    make_trends(version=versions(judged)[1])
    row = Trend.objects.get(version=None, measure="accuracy")
    assert (row.month_count, row.first_month, row.slope) == (2, "2026-06", None)


def test_a_change_of_the_version_in_use_has_the_papers_table_on_the_same_comments(judged):
    rows = {row.measure: row for row in BeforeAfter.objects.all()}
    assert set(rows) == set(MEASURES)
    accuracy = rows["accuracy"]
    assert accuracy.change.version == versions(judged)[1]
    assert (accuracy.before, accuracy.after) == (pytest.approx(0.6), pytest.approx(0.84))
    assert accuracy.low < accuracy.difference < accuracy.high
    assert (accuracy.n, accuracy.unit, accuracy.units, accuracy.test) == (200, "comment", 200, "McNemar (mid-p)")
    assert accuracy.p < accuracy.p_holm < 0.01
    assert rows["fpr_gap"].difference is None, "nobody is mentioned"
    assert rows["fpr_gap"].p_holm is None


def test_made_again_it_stands_once(judged):
    counts = Trend.objects.count(), BeforeAfter.objects.count()
    make_trends(version=versions(judged)[1])
    assert (Trend.objects.count(), BeforeAfter.objects.count()) == counts == (3 * len(MEASURES), len(MEASURES))


def test_comments_that_the_version_before_has_not_scored_are_in_no_comparison(judged):
    first, second = versions(judged)
    Prediction.objects.filter(version=first, comment__created_date__startswith="2026-07").delete()
    make_trends(version=second)
    assert BeforeAfter.objects.get(measure="accuracy").n == 160
    assert Trend.objects.get(version=second, measure="accuracy").n == 200


def test_months_that_are_frozen_are_those_of_the_matrix_whatever_came_later(judged):
    version = versions(judged)[1]
    evaluate_version(version=version, split=Split.AUDIT)
    dataset = make_dataset(judged)
    for i in range(10):
        late = make_comment(dataset, split=Split.AUDIT, target=float(i % 2), created_date="2026-07-09")
        make_prediction(version, late, LOW)
    evaluate_version(version=version, split=Split.AUDIT)
    make_trends(version=version)
    months = version.evaluations.filter(split="audit", measure="accuracy").exclude(month="")
    assert [months.get(month=month).n for month in MONTHS] == [PER_MONTH] * 5
    assert [Trend.objects.get(version=of, measure="accuracy").n for of in (version, None)] == [200, 200]


def test_a_report_ends_with_its_month_whatever_was_measured_since(judged, monkeypatch):
    monkeypatch.setattr("modeling.pipeline.print_pdf._command", lambda page, target: None)

    def reported(month):
        report = request_report(project=judged, month=month, in_background=False)
        data = run_monthly_report(report=report).data
        found = {name: next((row for row in data[name] if row["measure"] == "accuracy"), None) for name in ("trends_in_use", "trends_of_version")}
        return found["trends_in_use"], found["trends_of_version"], data["changes"]

    newest, of_newest, _ = reported("2026-07")
    stored = Trend.objects.get(version=None, measure="accuracy")
    assert (newest["n"], newest["slope"], newest["last_month"]) == (200, stored.slope, "2026-07")
    in_use, own, changes = reported("2026-06")
    assert [(row["n"], row["month_count"], row["last_month"]) for row in (in_use, own)] == [(160, 4, "2026-06")] * 2
    assert in_use["slope"] == pytest.approx(np.median([0, 0.1, 0.1, 0.2, 0.15, 0.1]))
    assert (own["slope"] < of_newest["slope"], changes) == (True, [])
    _, too_few, changes = reported("2026-05")
    assert (too_few["n"], too_few["slope"], too_few["reading"][:15]) == (120, None, "Not enough data")
    assert changes[0]["rows"][0]["n"] == 120, "the two versions' comments of June and July are not of this report"


def test_without_comments_of_audit_nothing_is_stored(project):
    make_trends(version=versions(project)[0])
    assert not Trend.objects.exists()


def test_comments_without_a_date_have_no_trend_but_a_before_and_after(judged):
    judged.datasets.get().comments.update(created_date=None)
    make_trends(version=versions(judged)[1])
    assert not Trend.objects.filter(version=versions(judged)[1]).exists()
    assert BeforeAfter.objects.get(measure="accuracy").n == 200


def test_they_are_made_when_a_version_in_use_is_measured(judged, monkeypatch):
    Trend.objects.all().delete()
    monkeypatch.setattr("modeling.pipeline.evaluate.probe_version", lambda version: None)
    evaluate_in_use(version=versions(judged)[1])
    assert Trend.objects.filter(version=versions(judged)[1], measure="accuracy", slope__gt=0).exists()


def test_a_month_is_read_as_the_evaluation_reads_it(judged):
    version = versions(judged)[1]
    read = read_scored_split(version=version, split=Split.AUDIT)
    hits = [read.scored.hit[read.month == month].mean() for month in sorted(set(read.month.tolist()))]
    assert hits == pytest.approx([0.7, 0.8, 0.8, 0.9, 1.0])
