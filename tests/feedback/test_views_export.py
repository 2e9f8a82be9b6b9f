"""Annotations out, for admins."""

import csv
import io
import json

import pytest
from django.urls import reverse

from modeling.models import LedgerEntry, Role
from tests.factories import make_member
from tests.feedback.worlds import LOW, answer_next, make_round, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client, world):
    client.force_login(make_member(world.project, Role.ADMIN))
    return client


def url(world):
    return reverse("feedback:export", args=[world.project.slug])


def body(response):
    return b"".join(response.streaming_content).decode()


def test_with_nothing_to_export_the_page_says_where_to_begin(admin, world):
    assert "There is nothing to export yet" in admin.get(url(world)).content.decode()


def test_all_rounds_need_no_remark_that_choosing_one_is_optional(admin, world, ann):
    answer_next(make_round(world), ann, LOW)
    page = admin.get(url(world)).content.decode()
    assert "All rounds" in page
    assert "optional" not in page


def test_csv_comes_as_a_stream_with_a_name(admin, world, ann):
    answer_next(make_round(world), ann, LOW)
    response = admin.post(url(world), {"format": "csv"})
    assert response.streaming
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith(f'attachment; filename="{world.project.slug}-annotations-')
    rows = list(csv.DictReader(io.StringIO(body(response))))
    assert len(rows) == 1
    assert ann.user.username not in str(rows)


def test_json_lines_of_one_round(admin, world, ann):
    first, second = make_round(world), make_round(world)
    for round in (first, second):
        answer_next(round, ann, LOW)
    response = admin.post(url(world), {"format": "jsonl", "round": second.pk})
    assert "-round-2-" in response["Content-Disposition"]
    lines = [json.loads(line) for line in body(response).splitlines()]
    assert [line["round"] for line in lines] == [2]


def test_an_export_is_written_into_the_ledger(admin, world, ann):
    answer_next(make_round(world), ann, LOW)
    body(admin.post(url(world), {"format": "csv"}))
    assert "export" in LedgerEntry.objects.order_by("-sequence").first().action


@pytest.mark.parametrize("wrong", [{}, {"format": "xlsx"}, {"format": "csv", "round": 999}])
def test_what_cannot_be_exported_is_refused_on_the_page(admin, world, ann, wrong):
    answer_next(make_round(world), ann, LOW)
    response = admin.post(url(world), wrong)
    assert response.status_code == 422
    assert "✕" in response.content.decode()


def test_a_round_of_another_project_cannot_be_exported(admin, world):
    foreign = make_round(make_world())
    assert admin.post(url(world), {"format": "csv", "round": foreign.pk}).status_code == 422
