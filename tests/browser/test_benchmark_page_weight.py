"""The weight of the annotator's page: a trial has every row, of what the browser did. How fast anything is, no test says."""

import json

import pytest
from django.urls import reverse

from benchmarks.label_studio_page import LabelStudio
from benchmarks.page_weight import QUICK, Sheet, Visitor, beside, first_visit, measure
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
    assert len(measure(Sheet(result, "none"), browser, visitor, QUICK)) == QUICK.swaps
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


PEER = """<title>0</title><p class="lsf-richtext__line">a first task</p><input type="checkbox"><script>
let next = 1, keys = 0;
addEventListener("keydown", ({ key, ctrlKey }) => {
  const choice = document.querySelector("input"), text = document.querySelector("p");
  if (key === "1" && keys++) choice.checked = true;  // the first comes before it listens
  if (key === "Enter" && ctrlKey && choice.checked) setTimeout(() => { choice.checked = false; text.textContent = `task ${next++}`; }, 30);
});
</script>"""
SIGN_IN = "<form action='/'><input name='email'><input name='password'><button type='submit'>in</button></form>"


def test_a_peers_page_is_timed_until_its_next_task_is_there(browser, monkeypatch, tmp_path):
    asked = []

    def serve(route):
        asked.append(route.request.url)
        route.fulfill(body=PEER if "labeling=1" in route.request.url else SIGN_IN, content_type="text/html")

    make = browser.new_context

    def new_context(**options):
        context = make(**options)
        context.route("**/*", serve)
        return context

    monkeypatch.setattr(browser, "new_context", new_context)
    sheet = Sheet(ResultFile("page_weight", directory=tmp_path), "none")
    page = LabelStudio.at("http://a%40example.com:secret@peer.invalid:8081/projects/2").begin(browser)
    beside(sheet, page, QUICK, [10.0] * 5)
    rows = {(arm, metric): row for (_, arm, metric), row in sheet.result.rows.items()}
    assert rows["label_studio", "keys_correct"]["value"] == 2
    assert rows["label_studio", "swap_ms"]["value"] >= 30
    assert rows["annotate_vs_label_studio", "swap_ratio"]["value"] < 10 / 30
    assert asked[-1] == "http://peer.invalid:8081/projects/2/data?labeling=1"
    assert any("email=a%40example.com&password=secret" in url for url in asked)


def test_an_address_of_a_peer_that_names_no_account_is_refused():
    with pytest.raises(ValueError, match="names no account or no project"):
        LabelStudio.at("http://peer.invalid/projects/2")
