import csv
import hashlib
import io
import json

import pytest

from feedback.errors import UnknownFormatError
from feedback.models import AnnotationRound, Annotator
from feedback.pipeline.export import COLUMNS, ROWS_PER_CHUNK, export_annotations
from modeling.models import LedgerEntry
from tests.feedback.worlds import BIASED, CORRECT, UNSURE, World, add_comment, answer_next, make_round, make_world
from tests.feedback.worlds import make_annotator as annotator_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def round(world: World, ann: Annotator, ben: Annotator) -> AnnotationRound:
    round = make_round(world, items=2, overlap=2)
    for annotator in (ann, ben):
        answer_next(round, annotator, BIASED)
        answer_next(round, annotator, CORRECT)
    return round


def read(chunks, format: str = "csv") -> list[dict]:
    text = "".join(chunks)
    return list(csv.DictReader(io.StringIO(text, newline=""))) if format == "csv" else [json.loads(line) for line in text.splitlines()]


def test_a_row_holds_the_answer_beside_what_the_model_said(world: World, round: AnnotationRound) -> None:
    row = read(export_annotations(project=world.project, by=world.lead))[0]
    assert tuple(row) == COLUMNS
    assert row["text"] == round.items.get(rank=0).comment.text
    assert (row["predicted_label"], row["verdict"], row["corrected_label"], row["level"]) == ("mild", "incorrect", "low", "low")
    assert (row["biased"], row["bias_types"], row["subgroup"], row["severity"]) == ("true", "religious", "muslim", "2")
    assert (row["round"], row["simulated"], row["version"]) == ("1", "false", "1")


def test_json_lines_keep_types(world: World, round: AnnotationRound) -> None:
    row = read(export_annotations(project=world.project, format="jsonl"), "jsonl")[0]
    assert row["bias_types"] == ["religious"]
    assert row["biased"] is True
    assert row["severity"] == 2
    assert row["p_mild"] == 0.5


def test_the_level_is_the_confirmed_or_the_corrected_one(world: World, ann: Annotator) -> None:
    round = make_round(world, items=3, overlap=1)
    for answer in (BIASED, CORRECT, UNSURE):
        answer_next(round, ann, answer)
    assert [row["level"] for row in read(export_annotations(project=world.project))] == ["low", "mild", ""]


def test_annotators_are_pseudonymous_and_two_exports_cannot_be_joined(world: World, round: AnnotationRound, ann: Annotator) -> None:
    first, second = ("".join(export_annotations(project=world.project)) for _ in range(2))
    names = [{row["annotator"] for row in read([text])} for text in (first, second)]
    assert len(names[0]) == len(names[1]) == 2
    assert not names[0] & names[1]
    assert ann.user.username not in first


def test_one_annotator_keeps_one_name_within_an_export(world: World, round: AnnotationRound) -> None:
    rows = read(export_annotations(project=world.project))
    assert [row["annotator"] for row in rows[:2]] == [rows[0]["annotator"]] * 2
    assert rows[2]["annotator"] != rows[0]["annotator"]


@pytest.mark.parametrize("text", ["=1+1", "+49 call me", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_spreadsheet_runs_no_formula(text: str) -> None:
    world = make_world(pool=0)
    add_comment(world, text=text)
    answer_next(make_round(world, items=1, overlap=1), annotator_of(world.project))
    assert read(export_annotations(project=world.project))[0]["text"] == f"'{text}"
    assert read(export_annotations(project=world.project, format="jsonl"), "jsonl")[0]["text"] == text


def test_quotes_commas_and_lines_survive(world: World) -> None:
    text = 'He said "no", then\nleft, twice.'
    comment = add_comment(world, text=text)
    round = make_round(world, items=13, overlap=1)
    annotator = annotator_of(world.project)
    for _ in range(13):
        answer_next(round, annotator)
    assert text in [row["text"] for row in read(export_annotations(project=world.project)) if row["comment_id"] == comment.external_id]


def test_one_round_can_be_exported_alone(world: World, round: AnnotationRound, ann: Annotator) -> None:
    other = make_round(world, items=1, overlap=1, simulated=True)
    answer_next(other, ann)
    rows = read(export_annotations(project=world.project, round=other))
    assert [(row["round"], row["simulated"]) for row in rows] == [("2", "true")]
    assert len(read(export_annotations(project=world.project))) == 5


def test_other_projects_stay_out(round: AnnotationRound) -> None:
    assert read(export_annotations(project=make_world(pool=0).project)) == []


def test_the_ledger_holds_count_and_hash_of_what_went_out(world: World, round: AnnotationRound) -> None:
    text = "".join(export_annotations(project=world.project, by=world.lead))
    entry = LedgerEntry.objects.get(action="export")
    assert entry.actor == world.lead.username
    assert entry.payload == {"format": "csv", "rows": 4, "sha256": hashlib.sha256(text.encode()).hexdigest(), "complete": True}


def test_an_export_that_was_broken_off_is_in_the_ledger_too(world: World, round: AnnotationRound) -> None:
    chunks = export_annotations(project=world.project, by=world.lead)
    next(chunks)
    chunks.close()
    assert LedgerEntry.objects.get(action="export").payload["complete"] is False


def test_it_streams_in_chunks(world: World, round: AnnotationRound, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROWS_PER_CHUNK, "jsonl", 3)
    chunks = list(export_annotations(project=world.project, format="jsonl"))
    assert [len(chunk.splitlines()) for chunk in chunks] == [3, 1]


def test_it_takes_a_constant_number_of_queries(world: World, round: AnnotationRound, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(6):
        list(export_annotations(project=world.project))


def test_another_format_is_refused_at_once(world: World) -> None:
    with pytest.raises(UnknownFormatError, match="csv or jsonl"):
        export_annotations(project=world.project, format="xlsx")
    assert not LedgerEntry.objects.filter(action="export").exists()
