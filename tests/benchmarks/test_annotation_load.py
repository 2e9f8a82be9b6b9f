"""The load of the annotator's page: what a trial is made of, and that a fault would be seen. Nothing is timed here."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from benchmarks.annotation_client import at_once
from benchmarks.annotation_faults import begun, handed_out_twice
from benchmarks.annotation_load import many_at_once, one_by_one
from benchmarks.annotation_peers import add_peers, read_peers
from benchmarks.annotation_site import open_round, page_of
from benchmarks.result_file import ResultFile
from feedback.models import Assignment, Participation
from feedback.models.people import CONSENT_VERSION
from tests.feedback.worlds import make_annotator, make_world


class Browser:
    """Writes down what it is asked for."""

    def __init__(self) -> None:
        self.front, self.whole = ("1", "low"), []

    def open(self) -> None:
        pass

    def ask(self, method: str, path: str) -> None:
        pass

    def answer(self, *, is_whole: bool) -> None:
        self.whole.append(is_whole)
        if len(self.whole) == 30:
            self.front = None


@pytest.fixture
def result(tmp_path: Path) -> ResultFile:
    return ResultFile("annotation_load", directory=tmp_path)


def test_every_third_answer_reports_a_bias(result: ResultFile) -> None:
    one_by_one(result, browser := Browser(), os.getpid(), arm="here", data="none", requests=20)
    assert browser.whole[:6] == [True, False, False, True, False, False]
    assert {("none", "here", "next_cpu_ms_p50"), ("none", "here", "submit_cpu_ms_p50")} <= set(result.rows)
    assert ("none", "here_vs_empty_view", "submit_ratio") in result.rows


def test_cost_is_per_answer_of_everybody(result: ResultFile) -> None:
    assert many_at_once(result, [Browser(), Browser()], os.getpid(), arm="here", data="none", seconds=60) == 60
    assert result.rows["none", "here", "cpu_s_per_annotation_2"]["n"] == 60


def test_a_failure_of_one_is_the_failure_of_all() -> None:
    def fail() -> None:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        at_once([fail, lambda: None])


@pytest.fixture
def peers(tmp_path: Path) -> Path:
    """As doccano's scripts leave them: an older load, a newer one, and one annotator by himself."""
    loads = {
        name: {f"load_{n}": {"server_cpu_s_per_ann": cpu, "ann_per_s": 5.0, "annotations": 100, "errors": 0} for n in (1, 4, 16)}
        for name, cpu in {"load_0101": 9.0, "load_0102": 0.1}.items()
    }
    single = {f"{name}_cpu": {"p50": 33.0, "p95": 40.0, "n": 60} for name in ("next", "submit")}
    race = {"rounds": 10, "same_task_given_to_two": 10}
    path = tmp_path / "result_doc.json"
    path.write_text(json.dumps({**loads, "semantics": {"cpu": single, "race2_collaborative": race}}))
    return path


def test_a_peer_stands_beside_ours_with_the_newest_that_was_measured(result: ResultFile, peers: Path) -> None:
    for count in (1, 4, 16):
        result.add(arm="biasapp_sqlite", metric=f"cpu_s_per_annotation_{count}", value=0.01, data="tasks", n=50)
        result.add(arm="biasapp_sqlite", metric=f"annotations_per_s_{count}", value=50.0, data="tasks", n=50)
    add_peers(result, read_peers(peers.parent), "biasapp_sqlite")
    assert result.rows["tasks", "doccano", "cpu_s_per_annotation_16"]["value"] == 0.1
    assert result.rows["tasks", "biasapp_sqlite_vs_doccano", "cpu_s_per_annotation_16_ratio"]["value"] == pytest.approx(0.1)
    assert result.rows["tasks", "biasapp_sqlite_vs_doccano", "annotations_per_s_1_ratio"]["value"] == pytest.approx(10)
    assert result.rows["tasks", "doccano", "double_assignments"]["value"] == 10


def test_peers_of_another_run_are_refused(peers: Path) -> None:
    os.utime(peers, (0, 0))
    with pytest.raises(SystemExit, match="more than 2 hours old"):
        read_peers(peers.parent)
    peers.unlink()
    with pytest.raises(SystemExit, match="run the peers' scripts first"):
        read_peers(peers.parent)


@pytest.fixture
def world(db: None):
    return make_world(pool=4)


def test_nobody_is_sent_on_a_break_during_a_run(world, client: Client) -> None:
    round = open_round(world.project, items=4, overlap=1)
    ann = make_annotator(world.project)
    ann.consented_at, ann.consent_version = timezone.now(), CONSENT_VERSION
    ann.save()
    long_ago = {"exposure": 10_000, "session_started_at": timezone.now() - timedelta(hours=9), "last_answered_at": timezone.now()}
    Participation.objects.create(round=round, annotator=ann, **long_ago)
    client.force_login(ann.user)
    assert client.get(page_of(round)).status_code == 200


def test_what_is_handed_out_twice_is_seen(world) -> None:
    round = open_round(world.project, items=4, overlap=1)
    first, second = make_annotator(world.project), make_annotator(world.project)
    assert handed_out_twice(round, [{1, 2}, {3}]) == 0
    assert handed_out_twice(round, [{1, 2}, {2}]) == 1
    item = round.items.first()
    for ann in (first, second):
        Assignment.objects.create(item=item, round=round, rank=0, state="claimed", annotator=ann, slot=0)
    assert handed_out_twice(round, [set(), set()]) == 1


@pytest.mark.parametrize(("raced", "goes_on"), [(6_750, True), (10_000, False)])
def test_races_that_were_broken_off_go_on_and_whole_ones_begin_anew(tmp_path: Path, raced: int, goes_on: bool) -> None:
    result = ResultFile("annotation_load", directory=tmp_path)
    result.add(arm="biasapp_postgresql", metric="races", value=raced, data="tasks", n=raced, parts=[[2, 1]])
    found = begun(result, "tasks", "biasapp_postgresql", wanted=10_000)
    assert found.get("parts", []) == ([[2, 1]] if goes_on else [])
    assert begun(result, "tasks", "biasapp_sqlite", wanted=10_000) == {}
