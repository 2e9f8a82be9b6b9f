"""Words that prove an answer: read from a form, from the API, and out again."""

import csv
import io
import json
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from feedback.models import Annotation, Assignment
from feedback.pipeline.annotate import submit_annotation, undo_last
from feedback.pipeline.answer import Answer
from feedback.pipeline.assign import claim_next, release_expired
from feedback.pipeline.export import export_annotations
from feedback.rationale import MOST_SPANS, merge_spans, read_spans, span_error, words_of, written
from tests.api_client import client_of
from tests.feedback.worlds import add_comment, answer_next, make_annotator, make_round, make_world

EMOJI = "👩‍🔬 said: “naïve” 👍🏽 mosque"
HEBREW = "הַמִּסְגָּד שלנו 👍 פתוח"


def test_spans_are_sorted_and_joined_where_they_overlap_or_have_one_blank_between_them():
    assert merge_spans([(14, 20), (0, 5), (6, 9), (8, 11)]) == ((0, 11), (14, 20))


def test_a_form_sends_stretches_or_single_words():
    assert read_spans(["14-20 3-9", "21-25"]) == ((3, 9), (14, 25))
    assert written(((3, 9), (14, 25))) == "3-9 14-25"


@pytest.mark.parametrize("sent", ["nonsense", "9-3", "-1-4", "4-4", "1-2-3", "1-99999999", "3"])
def test_what_is_no_span_is_refused_and_not_dropped(sent):
    assert "outside the comment" in span_error(read_spans(["3-9", sent]))


def test_no_more_than_two_dozen_stretches():
    spans = tuple((10 * place, 10 * place + 3) for place in range(MOST_SPANS + 1))
    assert span_error(spans[:-1]) == ""
    assert "at most 24" in span_error(spans)


@pytest.mark.parametrize("text", [EMOJI, HEBREW])
def test_words_are_counted_in_characters_and_not_in_utf_16_units(text):
    words = words_of(text)
    assert [word for _, word in words] == text.split()
    assert [text[start:end] for (start, end), _ in words] == text.split()


@pytest.fixture
def place(db):
    """One comment with emoji, in front of an annotator."""
    world = make_world(pool=0)
    comment = add_comment(world, text=EMOJI)
    round = make_round(world, items=1, strategy="random")
    ann = make_annotator(world.project)
    ann.consented_at = timezone.now()
    ann.save()
    return comment, round, ann, claim_next(round=round, annotator=ann)


def submit(client, round, place, **fields):
    address = reverse("feedback:submit", args=[round.project.slug, round.number, place.pk])
    return client.post(address, {"key": str(uuid.uuid4()), "verdict": "unsure", **fields}, HTTP_X_WANTS="ahead")


def test_the_page_stores_the_words_that_were_marked(client, place):
    comment, round, ann, held = place
    client.force_login(ann.user)
    start = EMOJI.index("mosque")
    assert submit(client, round, held, rationale=f"{start}-{start + 6}").status_code == 200
    ((stored_start, stored_end),) = Annotation.objects.get().rationale
    assert comment.text[stored_start:stored_end] == "mosque"


def test_a_list_of_ticked_words_is_stored_too(client, place):
    _, round, ann, held = place
    client.force_login(ann.user)
    spans = [written([span]) for span, word in words_of(EMOJI) if word in ("said:", "“naïve”", "mosque")]
    submit(client, round, held, word=spans, word_list="1", rationale="0-2")
    assert [EMOJI[start:end] for start, end in Annotation.objects.get().rationale] == ["said: “naïve”", "mosque"]


def test_words_beyond_the_comment_are_refused_and_nothing_is_stored(client, place):
    _, round, ann, held = place
    client.force_login(ann.user)
    refused = submit(client, round, held, rationale=f"0-{len(EMOJI) + 1}")
    assert refused.status_code == 422
    assert "outside the comment" in refused.json()["errors"]["rationale"]
    held.refresh_from_db()
    assert (held.state, Annotation.objects.count()) == ("claimed", 0)


def test_the_api_takes_marked_words_and_gives_them_back(place):
    _, _, ann, held = place
    body = {"key": str(uuid.uuid4()), "verdict": "correct", "rationale": [[8, 12], [0, 3]]}
    told = client_of(ann.user).post(f"/api/v1/assignments/{held.pk}/submit/", body)
    assert told.status_code == 201, told.json()
    assert told.json()["rationale"] == [[0, 3], [8, 12]]


def test_the_api_refuses_words_that_are_not_there(place):
    _, _, ann, held = place
    for wrong in ([[4, 2]], [[0, 9000]], [[1]], "0-3"):
        body = {"key": str(uuid.uuid4()), "verdict": "correct", "rationale": wrong}
        assert client_of(ann.user).post(f"/api/v1/assignments/{held.pk}/submit/", body).status_code == 400
    assert not Annotation.objects.exists()


def test_exports_hold_the_words(place):
    _, round, ann, held = place
    submit_annotation(assignment_id=held.pk, annotator=ann, key=uuid.uuid4(), answer=Answer(verdict="correct", rationale=((0, 3), (8, 12))))
    (line,) = "".join(export_annotations(project=round.project, format="jsonl")).splitlines()
    assert json.loads(line)["rationale"] == [[0, 3], [8, 12]]
    (row,) = csv.DictReader(io.StringIO("".join(export_annotations(project=round.project)), newline=""))
    assert row["rationale"] == "0-3;8-12"


@pytest.mark.django_db
def test_undoing_several_answers_brings_each_ones_own_values_back_also_on_a_page_loaded_anew(client):
    world = make_world(pool=4)
    round = make_round(world, items=3)
    ann = make_annotator(world.project)
    ann.consented_at = timezone.now()
    ann.save()
    client.force_login(ann.user)
    notes = ("first", "second", "third")
    for note in notes:
        answer_next(round, ann, Answer(verdict="unsure", rationale=((0, 2),), bias_types=("age",), severity=3, note=note))
    page = reverse("feedback:annotate", args=[round.project.slug, round.number])
    for note in reversed(notes):
        client.post(reverse("feedback:undo", args=[round.project.slug, round.number]))
        for shown in (client.get(page), client.get(page)):
            sheet = shown.context["work"].sheet
            assert (sheet.note, sheet.verdict, sheet.bias_types, sheet.severity, sheet.marked) == (note, "unsure", ("age",), "3", "0-2")
            assert f">{note}</textarea>" in shown.content.decode()


def test_what_was_taken_back_goes_when_it_is_answered_or_given_to_somebody_else(place):
    _, round, ann, held = place
    submit_annotation(assignment_id=held.pk, annotator=ann, key=uuid.uuid4(), answer=Answer(verdict="unsure", note="mine"))
    undo_last(round=round, annotator=ann)
    assert Assignment.objects.get(pk=held.pk).taken_back["note"] == "mine"
    answer_next(round, ann)
    assert Assignment.objects.get(pk=held.pk).taken_back is None
    undo_last(round=round, annotator=ann)
    Assignment.objects.filter(pk=held.pk).update(lease_expires_at=timezone.now() - timedelta(minutes=1))
    release_expired()
    assert Assignment.objects.get(pk=held.pk).taken_back is None


@pytest.mark.parametrize(("measured", "low", "high"), [(7.5, 7.5, 7.5), (99_999.0, 60.0, 65.0), (-3.0, 0.0, 0.0), (None, 20.0, 25.0)])
def test_seconds_are_those_of_the_page_within_what_the_server_saw(place, measured, low, high):
    _, _, ann, held = place
    now = timezone.now()
    Assignment.objects.filter(pk=held.pk).update(claimed_at=now - timedelta(minutes=1), shown_at=now - timedelta(seconds=20))
    answer = Answer(verdict="correct")
    stored = submit_annotation(assignment_id=held.pk, annotator=ann, key=uuid.uuid4(), answer=answer, seconds=measured)
    assert low <= stored.seconds <= high


def test_a_page_that_sends_no_sensible_time_leaves_it_to_the_server(client, place):
    _, round, ann, held = place
    client.force_login(ann.user)
    Assignment.objects.filter(pk=held.pk).update(shown_at=timezone.now() - timedelta(seconds=20))
    submit(client, round, held, seconds="nan")
    assert 20 <= Annotation.objects.get().seconds < 25
