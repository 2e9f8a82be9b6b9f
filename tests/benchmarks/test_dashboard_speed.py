"""The benchmark of the pages by which leads follow a project, and what it promises: queries do not grow with months, versions and comments."""

import json
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from benchmarks.dashboard_pages import addresses
from benchmarks.dashboard_speed import build, measure_pages, write_builders, write_page
from benchmarks.dashboard_world import LABELLED_SHARE, Size
from benchmarks.result_file import ResultFile
from feedback.models import Annotation, MonthSummary
from modeling import ledger
from modeling.models import AuditSample, Comment, CurveSummary, Difference, Evaluation, MonthlyReport, Prediction, Project, Role, ShareSummary, Trend
from modeling.pipeline import print_pdf
from tests.factories import make_member

pytestmark = [pytest.mark.django_db, pytest.mark.urls("benchmarks.empty_view_urls")]
SMALL, LARGER = (Size(*size, items=6, requests=2, joining="majority_vote") for size in ((20_000, 2, 2), (24_000, 3, 4)))


@pytest.fixture(autouse=True)
def _no_pdf(monkeypatch):
    """No page shows one."""
    monkeypatch.setattr(print_pdf, "_command", lambda page, target: None)


def test_queries_of_every_page_are_at_most_twenty_and_the_same_for_a_larger_project(tmp_path, client):
    small = dict(measure_pages(build(SMALL)[0]))
    assert max(timed["queries"][0] for timed in small.values()) <= 20
    assert_as_in_life(Project.objects.get(), SMALL)
    Project.objects.update(slug="smaller")
    world, builders = build(LARGER)
    larger = dict(measure_pages(world))
    assert pages_that_read_logs(world, client) == {"losses", "losses of one version", "paper with own tables"}
    assert {page: timed["queries"] for page, timed in small.items()} == {page: timed["queries"] for page, timed in larger.items()}
    assert all(len(timed["page"]) == len(timed["empty"]) == LARGER.requests for timed in larger.values())
    written = ResultFile("dashboard_speed", directory=tmp_path)
    write_builders(written, LARGER, builders)
    write_page(written, LARGER, "dashboard", larger["dashboard"])
    rows = json.loads(written.path.read_text())["rows"]
    assert {row["metric"] for row in rows if row["arm"] == "dashboard"} == {"server_ms_p50", "server_ms_p95", "vs_empty_view", "queries"}
    assert {row["n"] for row in rows if row["arm"] == "make_trends"} == {LARGER.versions}


def pages_that_read_logs(world, client):
    """What a version logged while it was trained is large, and no list needs it."""
    client.force_login(make_member(world.project, Role.LEAD))
    found = set()
    for page, address in addresses(world).items():
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        found |= {page for query in asked if '"loss_steps"' in query["sql"]}
    return found


def assert_as_in_life(project, size):
    """Comments mostly wait in the pool, versions have said what they would have, answers stand in the ledger, and summaries are the builders'."""
    comments = Comment.objects.filter(dataset__project=project)
    assert comments.count() == size.comments
    assert comments.labelled().count() / size.comments == pytest.approx(LABELLED_SHARE, abs=0.03)
    assert not comments.exclude(split="pool").filter(target=None).exists()
    first, last = project.versions.order_by("number")
    for split in ("test", "audit", "gate"):
        n = comments.in_split(split).count()
        assert [Prediction.objects.filter(version=one, comment__split=split).count() for one in (first, last)] == [n, n]
    pools = [Prediction.objects.filter(version=one, comment__split="pool").count() for one in (first, last)]
    assert pools[0] < pools[1] == comments.in_split("pool").count()
    assert Annotation.objects.count() == size.months * size.items * 3
    assert ledger.verify() == []
    assert AuditSample.objects.filter(project=project).count() == size.months
    for made in (Evaluation, CurveSummary, Trend, ShareSummary):
        assert {row.version for row in made.objects.exclude(version=None).select_related("version")} == {first, last}, made
    assert Difference.objects.filter(version=last, against=first).exists()
    assert MonthSummary.objects.filter(project=project, panel=None, with_open=False).count() == size.months
    months = list(MonthlyReport.objects.order_by("pk").values_list("month", flat=True))
    assert len(months) == size.months
    assert all(earlier < later for earlier, later in pairwise(months))
