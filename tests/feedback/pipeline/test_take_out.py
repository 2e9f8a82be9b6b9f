"""A person's take-out holds all that is about them, in both forms, and nothing that is about others."""

import csv
import io
import json
import zipfile
from dataclasses import replace

import pytest
from django.apps import apps

from feedback.models import Annotation, AnnotationRound, Annotator, Assignment, Participation, Preferences, Purpose
from feedback.pipeline.annotate import skip
from feedback.pipeline.assign import claim_next
from feedback.pipeline.close_round import close_round
from feedback.pipeline.rights import withdraw_consent
from feedback.pipeline.take_out import take_out
from modeling.models import LedgerEntry
from tests.feedback.worlds import BIASED, CORRECT, World, answer_next, make_round, report_a_pair

pytestmark = pytest.mark.django_db


def tables(annotator: Annotator) -> dict[str, list[dict]]:
    with take_out(annotator=annotator) as file, zipfile.ZipFile(file) as bundle:
        assert bundle.testzip() is None
        found = {name[:-6]: [json.loads(line) for line in bundle.read(name).splitlines()] for name in bundle.namelist() if name.endswith(".jsonl")}
        for name, rows in found.items():
            assert len(list(csv.DictReader(io.StringIO(bundle.read(f"{name}.csv").decode())))) == len(rows)
    return found


def test_it_holds_answers_skips_parts_weights_and_what_the_ledger_says(world: World, ann: Annotator, ben: Annotator) -> None:
    round = make_round(world)
    Participation.objects.create(round=round, annotator=ann)
    Preferences.objects.create(user=ann.user, is_veiled=True)
    answer_next(round, ann, BIASED)
    answer_next(round, ben, CORRECT)
    skip(assignment_id=claim_next(round=round, annotator=ann).pk, annotator=ann, reason="unclear")
    close_round(round=round, start_cycle=False)
    withdraw_consent(annotator=ann)
    found = tables(ann)
    (answer,) = found["answers"]
    assert (answer["verdict"], answer["note"], answer["round"], answer["predicted_label"]) == ("incorrect", BIASED.note, round.number, "mild")
    assert answer["text"]
    assert {row["state"] for row in found["places"]} == {"done", "skipped"}
    assert len(found["parts_in_rounds"]) == len(found["annotatorweight"]) == len(found["withdrawal"]) == len(found["preferences"]) == 1
    assert found["account"][0]["username"] == ann.user.username
    assert {entry["action"] for entry in found["ledger"]} >= {"annotation.submitted", "consent.withdrawn"}
    assert ben.user.username not in json.dumps(found)


def test_what_they_reported_in_the_what_if_is_in_it_and_what_others_did_is_not(world: World, ann: Annotator, ben: Annotator) -> None:
    for annotator, place in ((ann, "park"), (ben, "shop")):
        report_a_pair(world, annotator, place)
    (row,) = tables(ann)["reported_pairs"]
    assert (row["text"], row["twin"], row["verdict"]) == ("A mosque, a park.", "A church, a park.", "biased")
    assert "reporter_id" not in row


def test_whatever_names_an_annotator_is_in_it(world: World, ann: Annotator) -> None:
    named = {
        model._meta.model_name
        for model in apps.get_app_config("feedback").get_models()
        for field in model._meta.concrete_fields
        if field.name == "annotator" and field.related_model is Annotator
    }
    renamed = {"annotation": "answers", "assignment": "places", "participation": "parts_in_rounds"}
    assert {renamed.get(name, name) for name in named} <= tables(ann).keys()


def test_it_holds_nobody_elses_account_and_no_password(world: World, ann: Annotator) -> None:
    columns = {column for rows in tables(ann).values() for row in rows for column in row}
    assert not columns & {"password", "voice_id", "decided_by_id"}


def test_what_stands_in_front_of_them_now_is_not_given_away(world: World, ann: Annotator) -> None:
    claim_next(round=make_round(world), annotator=ann)
    assert tables(ann)["places"] == []


def test_which_answers_are_known_is_told_when_the_round_is_over(world: World, ann: Annotator) -> None:
    round = make_round(world)
    answer = answer_next(round, ann, CORRECT)
    Assignment.objects.filter(pk=answer.assignment_id).update(purpose=Purpose.GOLD)
    Annotation.objects.filter(pk=answer.pk).update(purpose=Purpose.GOLD)
    assert [row["purpose"] for name in ("answers", "places") for row in tables(ann)[name]] == ["", ""]
    AnnotationRound.objects.update(state=AnnotationRound.State.CLOSED)
    assert [row["purpose"] for name in ("answers", "places") for row in tables(ann)[name]] == ["gold", "gold"]


def test_the_ledger_says_that_it_was_taken(world: World, ann: Annotator) -> None:
    tables(ann)
    entry = LedgerEntry.objects.get(action="export.own_data")
    assert entry.payload["answers"] == 0


def test_a_note_that_looks_like_a_formula_is_no_formula_in_a_spreadsheet(world: World, ann: Annotator) -> None:
    answer_next(make_round(world), ann, replace(BIASED, note="=1+1"))
    with take_out(annotator=ann) as file, zipfile.ZipFile(file) as bundle:
        (row,) = csv.DictReader(io.StringIO(bundle.read("answers.csv").decode()))
    assert row["note"] == "'=1+1"
