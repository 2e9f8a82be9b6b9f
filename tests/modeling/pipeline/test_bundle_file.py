"""The container of a bundle: the same bytes each time, and not one of them can be changed unseen."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from modeling.errors import BundleRefusedError
from modeling.pipeline.bundle_file import FORMAT, MANIFEST, BundleFile, BundleWriter, canonical

VECTORS = np.arange(12, dtype=np.float32).reshape(4, 3)


def write(path: Path) -> str:
    with path.open("wb") as out:
        writer = BundleWriter(out)
        writer.json("cycle.json", {"b": 1, "a": "ä"})
        writer.json_lines("labels.jsonl", ({"row": i} for i in range(3)))
        writer.array("vectors.npy", VECTORS)
        writer.arrays("parts.npy", np.dtype(np.int64), (4,), (np.array(part) for part in ([1, 2], [3], [4])))
        return writer.close()[0]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write(tmp_path / "bundle.zip")
    return tmp_path / "bundle.zip"


def zipped(tmp_path: Path, members: dict[str, bytes], **options) -> Path:
    path = tmp_path / "made.zip"
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def manifest_of(members: dict[str, bytes], version: int = FORMAT) -> bytes:
    stated = {name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in members.items()}
    return json.dumps({"format": version, "members": stated}, indent=1, sort_keys=True).encode() + b"\n"


def test_the_same_content_is_the_same_bytes(tmp_path: Path, path: Path) -> None:
    sha256 = write(tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == path.read_bytes()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def test_what_was_written_is_read(path: Path) -> None:
    with BundleFile.open(path) as bundle:
        assert bundle.json("cycle.json") == {"a": "ä", "b": 1}
        assert [row["row"] for row in bundle.json_lines("labels.jsonl")] == [0, 1, 2]
        assert np.array_equal(bundle.array("vectors.npy"), VECTORS)
        assert bundle.array("parts.npy").tolist() == [1, 2, 3, 4]
        assert bundle.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_any_zip_program_can_unpack_it(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert np.array_equal(np.load(io.BytesIO(archive.read("vectors.npy"))), VECTORS)


def test_a_changed_byte_is_refused_wherever_it_is(path: Path) -> None:
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BundleRefusedError):
            BundleFile.open(path)


@pytest.mark.parametrize("name", ["cycle.json", "labels.jsonl", "vectors.npy", "parts.npy"])
def test_the_changed_member_is_named(path: Path, name: str) -> None:
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        content = archive.read(name)
    place = whole.index(content) + len(content) - 1
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
    with pytest.raises(BundleRefusedError, match=rf"{name} was changed since the bundle was sealed"):
        BundleFile.open(path)


def test_a_member_that_is_missing_or_was_added_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleRefusedError, match=r"b\.json is missing"):
        BundleFile.open(zipped(tmp_path, {"a.json": b"1", MANIFEST: manifest_of({"a.json": b"1", "b.json": b"2"})}))
    with pytest.raises(BundleRefusedError, match=r"b\.json was added"):
        BundleFile.open(zipped(tmp_path, {"a.json": b"1", "b.json": b"2", MANIFEST: manifest_of({"a.json": b"1"})}))


def test_a_newer_format_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BundleRefusedError, match=r"format 3, and this installation reads formats up to 2\. Update it"):
        BundleFile.open(zipped(tmp_path, {MANIFEST: manifest_of({}, FORMAT + 1)}))


def test_an_older_format_whose_gate_tested_otherwise_says_so(tmp_path: Path) -> None:
    with pytest.raises(BundleRefusedError, match=r"format 1: its gate tested in another way\. Replay it with the biasapp that sealed it"):
        BundleFile.open(zipped(tmp_path, {MANIFEST: manifest_of({}, 1)}))


def test_what_is_no_bundle_is_refused_in_words(tmp_path: Path) -> None:
    text = tmp_path / "letter.zip"
    text.write_text("Dear all")
    for path, said in (
        (tmp_path / "none.zip", "There is no file none.zip"),
        (text, "letter.zip is not a zip file"),
        (zipped(tmp_path, {"a.txt": b"1"}), "has no manifest.json: it is no bundle"),
    ):
        with pytest.raises(BundleRefusedError, match=said):
            BundleFile.open(path)


def test_a_zip_bomb_is_refused_before_anything_is_unpacked(tmp_path: Path) -> None:
    """A hundred megabytes of nothing in a hundred kilobytes."""
    nothing = bytes(100_000_000)
    path = zipped(tmp_path, {"vectors.npy": nothing, MANIFEST: manifest_of({"vectors.npy": nothing})}, compression=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 200_000
    with pytest.raises(BundleRefusedError, match=r"vectors\.npy is compressed or encrypted.*Nothing was unpacked"):
        BundleFile.open(path)


def test_an_array_whose_header_promises_more_than_is_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.zip"
    with path.open("wb") as out:
        writer = BundleWriter(out)
        writer.arrays("large.npy", np.dtype(np.float64), (10**12,), [np.zeros(2)])
        writer.array("empty.npy", np.zeros((0, 3), dtype=np.float32))
        writer.close()
    with BundleFile.open(path) as bundle:
        with pytest.raises(BundleRefusedError, match=r"large\.npy cannot be read"):
            bundle.array("large.npy")
        assert bundle.array("empty.npy").shape == (0, 3)


def test_python_objects_are_never_unpickled(tmp_path: Path) -> None:
    content = io.BytesIO()
    np.save(content, np.array([print], dtype=object), allow_pickle=True)
    path = tmp_path / "objects.zip"
    with path.open("wb") as out:
        writer = BundleWriter(out)
        with writer.member("objects.npy") as write:
            write(content.getvalue())
        writer.close()
    with BundleFile.open(path) as bundle, pytest.raises(BundleRefusedError, match=r"objects\.npy cannot be read"):
        bundle.array("objects.npy")


def test_numbers_that_json_does_not_know_are_not_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"p": float("nan")})
