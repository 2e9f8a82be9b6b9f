"""The weight of the annotator's page: a trial has every row, of what the browser did. How fast anything is, no test says."""

import json

import pytest
from django.urls import reverse

from benchmarks.page_weight import QUICK, Visitor, first_visit, measure
from benchmarks.result_file import ResultFile
from benchmarks.write_results import section
from feedback.models import Annotation
from tests.browser.conftest import session_cookie
from tests.feedback.worlds import make_ready

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = {
    "annotate": {"wire_bytes", "requests", "first_item_ms", "first_item_ms_p95", "swap_ms", "swap_ms_p95"}
    | {"keys_correct", "keys_one_bias", "answers_undone"},
    "empty_page": {"first_frame_ms", "first_frame_ms_p95"},
    "annotate_vs_empty_page": {"first_item_ratio", "swap_ratio"},
}


@pytest.fixture
def visitor(live_server, settings, requests_end):
    settings.ROOT_URLCONF = "benchmarks.empty_view_urls"
    round, ann = make_ready(20)
    cookie = session_cookie(ann.user, live_server.url)
    page = reverse("feedback:annotate", args=[round.project.slug, round.number])
    return Visitor(live_server.url, page, {cookie["name"]: cookie["value"]})


def test_a_trial_has_every_row_and_keeps_what_it_was_told(browser, visitor, tmp_path):
    result = ResultFile("page_weight", directory=tmp_path)
    measure(result, browser, visitor, QUICK)
    assert {(arm, metric) for _, arm, metric in result.rows} == {(arm, metric) for arm, metrics in ROWS.items() for metric in metrics}
    found = {metric: row["value"] for (_, arm, metric), row in result.rows.items() if arm == "annotate"}
    assert (found["keys_correct"], found["keys_one_bias"], found["answers_undone"]) == (1, 4, QUICK.undone)
    assert all(row["n"] for row in result.rows.values())
    assert Annotation.objects.count() == QUICK.swaps + QUICK.biases - QUICK.undone
    assert "at most 60,000 asked" in section(json.loads(result.path.read_text()))


def test_a_first_visit_counts_all_that_the_page_asks_for(browser, visitor):
    load = first_visit(browser, visitor, visitor.page, ".one .quote")
    assert load.requests > 8
    assert {"Document", "Stylesheet", "Script"} <= set(load.kinds)
    assert load.kinds["Document"] > 3_000
    assert load.shown_ms > 0
