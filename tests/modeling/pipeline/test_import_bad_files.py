"""Bad input: each with the very message that a person sees, and nothing half-imported."""

import gzip
import io
import zlib
from collections.abc import Callable

import pytest

from modeling.errors import ImportRefusedError
from modeling.models import Comment, Dataset, LedgerEntry, SubgroupMention, WorkState
from modeling.pipeline import read_rows

Import = Callable[..., Dataset]

GOOD = "id,comment_text,target\n1,Lovely weather today,0.1\n"


@pytest.fixture
def refused(import_file: Import) -> Callable[..., str]:
    """The message with which a file is refused, after checking that nothing of it is left."""

    def message_of(content: str | bytes, file_name: str = "comments.csv", **fields: object) -> str:
        with pytest.raises(ImportRefusedError) as caught:
            import_file(content, file_name, **fields)
        dataset = Dataset.objects.get()
        assert (dataset.state, dataset.error, dataset.row_count) == (WorkState.FAILED, str(caught.value), 0)
        assert Comment.objects.count() == SubgroupMention.objects.count() == 0
        entry = LedgerEntry.objects.get()
        assert (entry.action, entry.payload["error"]) == ("import.refused", str(caught.value))
        return str(caught.value)

    return message_of


def report(dataset: Dataset) -> list[str]:
    return [str(row) for row in dataset.rejected_rows.all()]


# Whole files


@pytest.mark.parametrize(
    ("content", "file_name", "message"),
    [
        (b"", "comments.csv", "comments.csv is empty. Nothing was imported. Choose another file."),
        (gzip.compress(b""), "comments.csv.gz", "comments.csv.gz is empty. Nothing was imported. Choose another file."),
        (b"\n\n", "comments.csv", "comments.csv is empty. Nothing was imported. Choose another file."),
        (b"id,comment_text\n", "comments.csv", "comments.csv has no rows. Nothing was imported. Choose another file."),
        (b"\n", "comments.jsonl", "comments.jsonl has no rows. Nothing was imported. Choose another file."),
        (
            b"id,text,label\n1,Hello,0\n",
            "comments.csv",
            "comments.csv lacks the column comment_text; it has id, text, label. Nothing was imported. Name its columns so and import it again.",
        ),
        (
            b"comment;score\nHello;0\n",
            "comments.csv",
            "comments.csv lacks the columns id and comment_text; it has comment;score. Nothing was imported. "
            "Its columns seem to be separated by semicolons or tabs: save it with commas and import it again.",
        ),
        (
            b'{"text": "Hello"}\n',
            "comments.jsonl",
            "comments.jsonl lacks the columns id and comment_text; it has text. Nothing was imported. Name its columns so and import it again.",
        ),
        (
            b"id,mean,n,ratings,text\n1,2,20,1,Hello\n",
            "tweets.csv",
            "tweets.csv lacks the column comment_text; it has id, mean, n, ratings, text. Nothing was imported. "
            "These look like sentiment ratings: import it as sentiment.",
        ),
        (
            b"id,comment_text,target,target\n1,Hello,0,1\n",
            "comments.csv",
            "comments.csv has the column target twice. Nothing was imported. Rename or remove one of them and import it again.",
        ),
        (
            f"id,comment_text,x_{'a' * 70}\n1,Hello,0\n".encode(),
            "comments.csv",
            f"comments.csv has a column whose name is longer than 60 characters: x_{'a' * 38}…. Nothing was imported. Shorten it.",
        ),
        (
            GOOD.encode(),
            "comments.csv.gz",
            "comments.csv.gz is named .gz but is not packed by gzip. Nothing was imported. Take .gz off its name, or pack it, and import it again.",
        ),
        (
            gzip.compress(GOOD.encode()),
            "comments.csv",
            "comments.csv is packed by gzip although its name ends in .csv. Nothing was imported. Name it .csv.gz and import it again.",
        ),
        (
            GOOD.encode(),
            "comments.xlsx",
            "comments.xlsx is not of a kind that can be imported. Nothing was imported. Give a CSV (.csv), JSON Lines (.jsonl, .ndjson) or "
            "Parquet (.parquet) file; CSV and JSON Lines may be packed by gzip (.csv.gz).",
        ),
        (
            b"PK\x03\x04 whatever",
            "comments.csv",
            "comments.csv is a ZIP archive or an Excel workbook. Nothing was imported. Save it as CSV (UTF-8) and import that.",
        ),
        (
            b"PAR1 whatever",
            "comments.csv",
            "comments.csv is a Parquet file although its name ends in .csv. Nothing was imported. Name it .parquet and import it again.",
        ),
        (
            GOOD.encode("utf-16"),
            "comments.csv",
            "comments.csv is UTF-16 text. Nothing was imported. Save it as UTF-8 and import it again.",
        ),
        (
            "id,comment_text,größe\n1,Hello,2\n".encode("latin-1"),
            "comments.csv",
            "comments.csv is no UTF-8 text: its header holds other bytes. Nothing was imported. Save it as UTF-8 and import it again.",
        ),
        (
            "id,comment_text\n1,Très bien\n2,Déjà vu\n3,Fine\n".encode("latin-1"),
            "comments.csv",
            "comments.csv is no UTF-8 text: 2 of the first 3 rows hold other bytes. Nothing was imported. "
            "Save it as UTF-8 (in Excel: “CSV UTF-8”) and import it again.",
        ),
        (
            b"id,comment_text,target\n1,,0\n2,Hello,9\n3,Hello,x\n4,Hello,y\n",
            "comments.csv",
            "comments.csv has 4 rows, and none could be imported (line 2: comment_text is empty; line 3: target is '9', not a number from 0 "
            "to 1; line 4: target is 'x', not a number from 0 to 1). Nothing was imported. Mend the file and import it again.",
        ),
        (
            b"[\n 1\n]\n",
            "comments.jsonl",
            "comments.jsonl holds no JSON object: line 1 is not a JSON object (Expecting value: line 2 column 1 (char 2)). Nothing was imported. "
            "Each line must be one object.",
        ),
        (
            b"id,comment\rtext\r1,Hello\r",
            "comments.csv",
            "comments.csv has no header: its first line holds a carriage return outside quotation marks. Nothing was imported. "
            "Its first line must name the columns.",
        ),
    ],
    ids=[
        *("empty", "empty-gz", "blank", "header-only", "blank-json", "missing-column", "semicolons", "missing-key", "vader-as-toxicity"),
        *("column-twice", "long-column", "not-gz", "hidden-gz", "unknown-kind", "zip", "hidden-parquet", "utf-16", "latin-1-header"),
        *("latin-1", "all-rejected", "json-array", "old-mac"),
    ],
)
def test_a_file_that_cannot_be_imported_is_refused(refused: Callable[..., str], content: bytes, file_name: str, message: str) -> None:
    assert refused(content, file_name) == message


def test_many_columns_are_not_all_listed(refused: Callable[..., str]) -> None:
    message = refused(",".join(f"c{n}" for n in range(100)) + "\n")
    assert "c39 and 60 more. Nothing was imported." in message


def zip_bomb(megabytes: int, line: bytes = b"") -> bytes:
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = (line * (2**20 // len(line) + 1))[: 2**20] if line else bytes(2**20)
    return pack.compress(GOOD.encode()) + b"".join(pack.compress(piece) for _ in range(megabytes)) + pack.flush()


@pytest.mark.parametrize("line", [b"", b"1," + b"x" * 30_000 + b",0.5\n"], ids=["one endless line", "many rows"])
def test_a_zip_bomb_is_refused(refused: Callable[..., str], line: bytes) -> None:
    assert refused(zip_bomb(60, line), "comments.csv.gz") == (
        "comments.csv.gz unpacks to more than 200 times its size, as a zip bomb does. Nothing was imported. "
        "If it is what you think it is, unpack it yourself and import that."
    )


@pytest.mark.parametrize(("content", "file_name"), [(GOOD * 20, "a.csv"), (gzip.compress((GOOD * 20).encode()), "a.csv.gz")], ids=["plain", "packed"])
def test_more_than_an_import_may_read_is_refused(refused: Callable[..., str], settings, content: bytes, file_name: str) -> None:
    settings.IMPORT_MAX_BYTES = 500
    assert refused(content, file_name) == (
        f"{file_name} holds more than 500 bytes, the most that an import reads. Nothing was imported. "
        "Split it into several files, or have BIASAPP_IMPORT_MAX_BYTES raised."
    )


def test_a_file_without_line_breaks_is_refused(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_rows, "LONGEST_LINE", 2**20)
    assert refused(GOOD + "x" * 2**21) == (
        "comments.csv has a line of more than 1 MB, so it is no table of comments. Nothing was imported. Choose another file."
    )


def test_a_damaged_gz_is_refused(refused: Callable[..., str]) -> None:
    rows = "".join(f"{n},Remark number {n * 7919 % 1000},0\n" for n in range(5_000))
    packed = gzip.compress(("id,comment_text,target\n" + rows).encode())
    assert refused(packed[: len(packed) // 2], "comments.csv.gz") == (
        "comments.csv.gz is damaged (Compressed file ended before the end-of-stream marker was reached). Nothing was imported. "
        "Pack or download it again, and import it again."
    )


def parquet(**columns: list[object]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def test_a_corrupt_parquet_file_is_refused(refused: Callable[..., str]) -> None:
    message = refused(b"PAR1" + bytes(100), "comments.parquet")
    assert message.startswith("comments.parquet is damaged (Parquet magic bytes not found in footer.")
    assert message.endswith("Nothing was imported. Write it again, and import it again.")


def test_a_parquet_file_with_broken_pages_is_refused(refused: Callable[..., str]) -> None:
    whole = parquet(id=[str(n) for n in range(2_000)], comment_text=[f"Remark {n * 7919}" for n in range(2_000)])
    broken = whole[:100] + bytes(len(whole) // 2) + whole[100 + len(whole) // 2 :]
    message = refused(broken, "comments.parquet")
    assert message.startswith("comments.parquet is damaged (")
    assert message.endswith("Nothing was imported. Write it again, and import it again.")


def test_a_parquet_file_larger_than_an_import_may_read_is_refused(refused: Callable[..., str], settings) -> None:
    settings.IMPORT_MAX_BYTES = 500
    assert "holds more than 500 bytes" in refused(parquet(id=["1"], comment_text=["Hello " * 500]), "comments.parquet")


def test_a_parquet_file_without_the_columns_is_refused(refused: Callable[..., str]) -> None:
    assert refused(parquet(a=[1]), "comments.parquet").startswith("comments.parquet lacks the columns id and comment_text; it has a.")
