"""Bad rows: each is reported with its line and its reason, and the good ones stay."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from modeling.errors import ImportRefusedError
from modeling.models import Comment, Dataset, RejectedRow, WorkState
from modeling.pipeline import read_rows
from modeling.pipeline.parse_rows import shown
from modeling.pipeline.store_rows import KEPT_REJECTIONS
from tests.modeling.pipeline.test_import_bad_files import GOOD, Import, parquet, refused

__all__ = ["refused"]


def report(dataset: Dataset) -> list[str]:
    return [str(row) for row in dataset.rejected_rows.all()]


# Rows


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2,,0", "comment_text is empty"),
        ('2,"  \n ",0', "comment_text is empty"),
        (",Hello,0", "id is empty"),
        ("1,Hello,0", "id '1' was used by an earlier row"),
        ("2,Hello,abc", "target is 'abc', not a number from 0 to 1"),
        ("2,Hello,1.5", "target is '1.5', not a number from 0 to 1"),
        ("2,Hello,-0.1", "target is '-0.1', not a number from 0 to 1"),
        ("2,Hello,nan", "target is 'nan', not a number from 0 to 1"),
        ("2,Hello,inf", "target is 'inf', not a number from 0 to 1"),
        ("2,Hello", "has 2 cells where the header has 3: look for a comma or a quotation mark too many or too few"),
        ("2,Hello, my friend,0", "has 4 cells where the header has 3: look for a comma or a quotation mark too many or too few"),
        ("2,Hel\0lo,0", "holds a NUL character"),
        (f"{'9' * 121},Hello,0", "id has 121 characters; at most 120 are imported"),
        ("2,Hello,write to bob@example.com", "target is 'write to [email]', not a number from 0 to 1"),
    ],
)
def test_a_bad_row_is_rejected_and_the_others_stay(import_file: Import, row: str, reason: str) -> None:
    dataset = import_file(GOOD + row + "\n3,Last one,1\n")
    assert report(dataset) == [f"line 3: {reason}"]
    assert list(Comment.objects.order_by("pk").values_list("external_id", flat=True)) == ["1", "3"]
    assert (dataset.state, dataset.row_count, dataset.rejected_count) == (WorkState.DONE, 2, 1)


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("toxicity_annotator_count", "ten", "toxicity_annotator_count is 'ten', not a number from 0 to 32767"),
        ("toxicity_annotator_count", "2.5", "toxicity_annotator_count is '2.5', not a whole number"),
        ("toxicity_annotator_count", "-1", "toxicity_annotator_count is '-1', not a number from 0 to 32767"),
        ("created_date", "soon", "created_date is 'soon', not a date such as 2017-03-06"),
        ("created_date", "2017-02-30", "created_date is '2017-02-30', not a date such as 2017-03-06"),
        ("created_date", "03/06/2017", "created_date is '03/06/2017', not a date such as 2017-03-06"),
        ("black", "yes", "black is 'yes', not a number from 0 to 1"),
        ("x_dish", "2", "x_dish is '2', not a number from 0 to 1"),
        ("insult", "?", "insult is '?', not a number from 0 to 1"),
        ("family", "f" * 121, "family has 121 characters; at most 120 are imported"),
        ("article_id", "a" * 61, "article_id has 61 characters; at most 60 are imported"),
    ],
)
def test_a_bad_cell_rejects_its_row(import_file: Import, column: str, cell: str, reason: str) -> None:
    assert report(import_file(f"id,comment_text,{column}\n1,Hello,\n2,There,{cell}\n")) == [f"line 3: {reason}"]


def test_a_latin_1_row_is_rejected_with_what_to_do(import_file: Import) -> None:
    dataset = import_file(GOOD.encode() + "2,Déjà vu,0\n".encode("latin-1") + "3,Très bien,0\n4,Fine,0\n".encode())
    assert report(dataset) == ["line 3: is not UTF-8 (byte 0xE9): save the file as UTF-8 and import it again"]
    assert sorted(Comment.objects.values_list("text", flat=True)) == ["Fine", "Lovely weather today", "Très bien"]


def test_a_text_beyond_the_limit_is_rejected(import_file: Import, settings) -> None:
    settings.IMPORT_MAX_COMMENT_CHARS = 50
    dataset = import_file(GOOD + f"2,{'x' * 51},0\n3,{'y' * 50},0\n")
    assert report(dataset) == ["line 3: comment_text has 51 characters; at most 50 are imported"]


@pytest.mark.parametrize("cell", ["x" * 10_000_000, '"' + "a line\n" * 1_500_000 + '"'], ids=["one line", "many lines"])
def test_a_cell_of_10_mb_rejects_its_row_and_not_the_file(import_file: Import, cell: str) -> None:
    dataset = import_file(GOOD + f"2,{cell},0\n3,Last one,1\n")
    length = len(cell.strip('"').strip())
    assert report(dataset) == [f"line 3: comment_text has {length:,} characters; at most 20,000 are imported"]
    assert dataset.row_count == 2


def test_a_cell_beyond_what_can_be_read_rejects_its_row_and_not_the_file(import_file: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_rows, "LONGEST_CELL", 1_000)
    dataset = import_file(GOOD + f"2,{'x' * 1_001},0\n3,Last one,1\n")
    assert report(dataset) == ["line 3: has a cell of more than 1,000 characters"]
    assert dataset.row_count == 2


def test_other_users_of_csv_keep_their_limit(import_file: Import) -> None:
    import csv

    before = csv.field_size_limit()
    import_file(GOOD)
    assert csv.field_size_limit() == before


def test_lines_are_counted_as_an_editor_counts_them(import_file: Import) -> None:
    dataset = import_file('id,comment_text,target\n1,"one\ntwo\n\nthree",0\n\n2,,0\n3,"four\nfive",x\n4,ok,y\n')
    assert [row.line for row in dataset.rejected_rows.all()] == [7, 8, 10]


def test_a_quotation_mark_left_open_merges_no_rows(import_file: Import) -> None:
    """The two rows read as one, with as many cells as the header has."""
    dataset = import_file(GOOD + '2,"never closed,0\n3,"swallowed",0\n4,Fine,0\n')
    assert report(dataset) == ['line 3: has a quotation mark that is neither doubled ("") nor at the end of its cell']
    assert sorted(Comment.objects.values_list("external_id", flat=True)) == ["1", "4"]


def test_a_quoted_cell_that_never_ends_is_reported(import_file: Import) -> None:
    assert report(import_file(GOOD + '2,"never closed,0\n3,swallowed,0\n')) == ["line 3: has a quoted cell that never ends"]


def test_a_stray_carriage_return_is_reported(import_file: Import) -> None:
    assert report(import_file(GOOD + "2,Hel\rlo,0\n3,Fine,0\n")) == ["line 3: holds a carriage return outside quotation marks"]


def test_an_id_is_used_once_in_the_whole_file(import_file: Import) -> None:
    """Also where the two rows are chunks apart."""
    rows = "".join(f"{n},Remark number {n},0\n" for n in range(2, read_rows.CHUNK + 50))
    dataset = import_file(GOOD + rows + "1,Again,0\n2,Again,0\n2,And again,0\n")
    last = read_rows.CHUNK + 51
    assert report(dataset) == [
        f"line {last}: id '1' was used by an earlier row",
        f"line {last + 1}: id '2' was used by an earlier row",
        f"line {last + 2}: id '2' was used by an earlier row",
    ]


def test_the_report_is_capped_and_its_count_is_not(import_file: Import) -> None:
    rows = "".join(f"b{n},,0\n" for n in range(KEPT_REJECTIONS + 1_500))
    dataset = import_file(GOOD + rows)
    assert dataset.rejected_count == KEPT_REJECTIONS + 1_500
    assert [row.line for row in dataset.rejected_rows.all()] == list(range(3, KEPT_REJECTIONS + 3))


def test_the_report_shows_what_stood_there_masked_and_on_one_line(import_file: Import) -> None:
    dataset = import_file(GOOD + '2,"Ask bob@example.com\nor call 555-123-4567",x\n3,Ask @bob\n')
    assert [row.excerpt for row in dataset.rejected_rows.all()] == ["Ask [email] or call [phone]", "3 Ask [handle]"]


def test_what_is_shown_is_short() -> None:
    assert len(shown("word " * 100_000, 120)) == 120
    assert shown("a\x00\x1b[31m\u202eb") == "a [31m b"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"id": 2, "comment_text": }', "is not a JSON object (Expecting value: line 1 column 27 (char 26))"),
        ("[1]", "is not a JSON object"),
        ('{"id": 2, "comment_text": 5}', "comment_text is not text"),
        ('{"id": 2, "comment_text": ["a"]}', "comment_text is not text"),
        ('{"id": {"a": 1}, "comment_text": "a"}', "holds a list or an object where one value should stand"),
        ('{"id": 2, "comment_text": null}', "comment_text is empty"),
        ('{"id": 2, "comment_text": "a\\u0000b"}', "holds a NUL character"),
        ('{"id": 2, "comment_text": "a\\ud800b"}', "holds half of a surrogate pair, which is no character"),
        ('{"id": 2, "comment_text": "a", "target": Infinity}', "target is 'inf', not a number from 0 to 1"),
        ("[" * 100_000, "is not a JSON object (maximum recursion depth exceeded while decoding a JSON array from a unicode string)"),
        (f'{{"id": {"9" * 5_000}, "comment_text": "a"}}', "is not a JSON object (Exceeds the limit (4300 digits) for integer string conversion"),
    ],
    ids=["syntax", "array", "number", "list", "object", "null", "nul", "surrogate", "infinity", "deep", "digits"],
)
def test_a_bad_line_of_json_is_rejected(import_file: Import, line: str, reason: str) -> None:
    good = json.dumps({"id": 1, "comment_text": "Hello", "target": 0})
    dataset = import_file(f"{good}\n{line}\n" + json.dumps({"id": 3, "comment_text": "Last", "target": 1}) + "\n", "a.jsonl")
    [rejected] = report(dataset)
    assert rejected.startswith(f"line 2: {reason}")
    assert dataset.row_count == 2


def test_a_bad_row_of_parquet_is_rejected_by_its_number(import_file: Import) -> None:
    texts = [b"Hello", "Déjà".encode("latin-1"), b"a\0b", b"", b"Last"]
    dataset = import_file(parquet(id=["1", "2", "3", "4", "5"], comment_text=texts), "a.parquet")
    assert report(dataset) == [
        "line 2: is not UTF-8 (byte 0xE9): save the file as UTF-8 and import it again",
        "line 3: holds a NUL character",
        "line 4: comment_text is empty",
    ]


def test_a_refused_file_keeps_its_report(import_file: Import) -> None:
    with pytest.raises(ImportRefusedError):
        import_file("id,comment_text\n1,\n2,\n")
    assert Dataset.objects.get().rejected_count == RejectedRow.objects.count() == 2


def test_a_missing_file_breaks_the_import_off(make_dataset: Callable[..., Dataset], tmp_path: Path) -> None:
    from modeling.pipeline.import_comments import import_comments

    dataset = make_dataset(state="requested")
    with pytest.raises(FileNotFoundError):
        import_comments(dataset=dataset, path=tmp_path / "gone.csv")
    dataset.refresh_from_db()
    assert dataset.state == WorkState.FAILED
