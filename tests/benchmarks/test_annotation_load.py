"""The load of the annotator's page: what a trial is made of, and that a fault would be seen. Nothing is timed here."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from benchmarks.annotation_client import at_once
from benchmarks.annotation_faults import handed_out_twice
from benchmarks.annotation_load import many_at_once, one_by_one
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
