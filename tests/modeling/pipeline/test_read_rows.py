"""Whatever bytes a file holds, reading it ends in rows, in reasons or in a refusal, never in another error."""

import gzip
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modeling.errors import ImportRefusedError
from modeling.models import Dataset
from modeling.pipeline.parse_rows import ParsedRow, RowParser, RowRejectedError
from modeling.pipeline.read_rows import open_table

CSV_HEADER = b"id,comment_text,target,black,x_dish,created_date,toxicity_annotator_count,family\n"
csv_pieces = st.sampled_from(
    [*(b'"', b'""', b",", b"\n", b"\r\n", b"\r", b"\0", b"\xff", b"\xc3\xa9"), *(b"1", b"0.5", b"Hello", b" ", b"2017-03-06", b"\x1f\x8b")]
)
json_pieces = st.sampled_from(
    [
        *(b"{", b"}", b"[", b"]", b",", b"\n", b"null", b"1", b"0.5", b"1e999", b"\xff"),
        *(b'"id":', b'"comment_text":', b'"target":', b'"Hello"', b'"\\ud800"'),
    ]
)


def outcome(content: bytes, file_name: str) -> list[ParsedRow | str] | str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        found: list[ParsedRow | str] = []
        try:
            with open_table(path, file_name) as table:
                parser = RowParser(table.header, Dataset(), file_name)
                for row in table.rows:
                    try:
                        found.append(parser.parse(row))
                    except RowRejectedError as error:
                        found.append(str(error))
                        assert len(parser.excerpt(row)) <= 120
        except ImportRefusedError as error:
            return str(error)
        return found


@settings(max_examples=120, deadline=None)
@given(st.lists(csv_pieces, max_size=40).map(b"".join))
@example(b'1,"' + b"\n" * 1000)
def test_any_csv_is_read_or_refused(body: bytes) -> None:
    found = outcome(CSV_HEADER + body, "a.csv")
    assert outcome(gzip.compress(CSV_HEADER + body), "a.csv.gz") == (found if isinstance(found, list) else found.replace("a.csv", "a.csv.gz"))
    for row in found if isinstance(found, list) else []:
        assert isinstance(row, str) or (row.external_id and row.text and "\0" not in row.text)


@settings(max_examples=120, deadline=None)
@given(st.lists(json_pieces, max_size=40).map(b"".join))
def test_any_json_lines_are_read_or_refused(body: bytes) -> None:
    outcome(b'{"id": 1, "comment_text": "Hello", "target": 0}\n' + body, "a.jsonl")


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["a.csv", "a.csv.gz", "a.jsonl", "a.parquet"]))
def test_any_bytes_are_read_or_refused(body: bytes, file_name: str) -> None:
    outcome(body, file_name)
    outcome(b"PAR1" + body + b"PAR1", "a.parquet")
    outcome(gzip.compress(CSV_HEADER)[:-8] + body, "a.csv.gz")


@pytest.mark.parametrize("start", range(0, 60, 7))
def test_any_broken_parquet_is_read_or_refused(start: int) -> None:
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.table({"id": ["1", "2"], "comment_text": ["Hello", "There"]}), out)
    whole = bytearray(out.getvalue())
    for place in range(start, len(whole), 60):
        broken = whole.copy()
        broken[place] ^= 0xFF
        outcome(bytes(broken), "a.parquet")
