"""A sealed bundle as a file: a zip of members in the order they were written, with a manifest that holds the SHA-256 of each.

Members are stored uncompressed, under one fixed date: compressors differ between builds, and a bundle must be the same bytes wherever
it is made. It follows that no member can grow on reading, and that a file is whole if and only if writing its members again gives the
same bytes; so a change anywhere shows, in the container too. No Django here: a bundle is read without a database.
"""

import hashlib
import json
import struct
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Self

import numpy as np
from numpy.typing import NDArray

from modeling.errors import BundleRefusedError

FORMAT = 2
"""1: judged by Student's t where the gate exchanges predictions now, so a replay would find another p-value and say that something is wrong."""
CHAMPION = "champion"
"""In the place of an arm: the version that the arms are compared with."""

MANIFEST = "manifest.json"
MOST_MEMBERS = 200
MOST_MANIFEST_BYTES = 1 << 20
_PART = 1 << 20
_DATE = (1980, 1, 1, 0, 0, 0)
_UNREADABLE = (zipfile.BadZipFile, EOFError, OSError, struct.error, RuntimeError)
"""What `zipfile` raises at a file that was damaged, depending on where; a kind of RuntimeError at a compression or encryption unknown to it."""

Write = Callable[[bytes], Any]


class _Hashed:
    """Counts and hashes what is written, and hands it on. Not seekable, so that the zip is the same bytes whatever it is written to."""

    def __init__(self, out: IO[bytes] | None = None) -> None:
        self.digest, self.size, self._out = hashlib.sha256(), 0, out

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size += len(data)
        if self._out:
            self._out.write(data)
        return len(data)

    def abandon(self) -> None:
        self._out = None

    def flush(self) -> None:
        if self._out:
            self._out.flush()


class _Zip:
    """Writes members as every bundle holds them."""

    def __init__(self, sink: _Hashed) -> None:
        self.zip = zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED)  # type: ignore[call-overload]  # anything with write() will do, the stubs want a file

    @contextmanager
    def member(self, name: str) -> Iterator[Write]:
        info = zipfile.ZipInfo(name, _DATE)
        info.create_system, info.external_attr = 3, 0o644 << 16
        with self.zip.open(info, "w", force_zip64=True) as file:
            yield file.write

    def close(self) -> None:
        self.zip.close()


class BundleWriter:
    """Writes one bundle to `out`, member by member; nothing is held in memory beyond what is handed in at once.

    `close` writes the manifest and returns (SHA-256, bytes) of the file.
    """

    def __init__(self, out: IO[bytes]) -> None:
        self._sink = _Hashed(out)
        self._zip = _Zip(self._sink)
        self._members: dict[str, dict[str, Any]] = {}

    def abandon(self) -> None:
        """After an error: what is still to be written goes nowhere."""
        self._sink.abandon()
        self._zip.close()

    @contextmanager
    def member(self, name: str) -> Iterator[Write]:
        with self._zip.member(name) as write:
            hashed = _Hashed()

            def both(data: bytes) -> None:
                hashed.write(data)
                write(data)

            yield both
        self._members[name] = {"bytes": hashed.size, "sha256": hashed.digest.hexdigest()}

    def json(self, name: str, value: Any) -> None:
        with self.member(name) as write:
            write(canonical(value))

    def json_lines(self, name: str, rows: Iterable[Any]) -> int:
        count = 0
        with self.member(name) as write:
            for count, row in enumerate(rows, 1):  # noqa: B007 - the count is read after the loop
                write(canonical(row))
        return count

    def array(self, name: str, array: NDArray[Any]) -> None:
        """As .npy, in parts."""
        rows = max(1, _PART // max(1, array[:1].nbytes))
        self.arrays(name, array.dtype, array.shape, (array[start : start + rows] for start in range(0, len(array), rows)))

    def arrays(self, name: str, dtype: np.dtype[Any], shape: tuple[int, ...], parts: Iterable[NDArray[Any]]) -> None:
        """One .npy of parts that follow each other along the first axis and add up to `shape`."""
        with self.member(name) as write:
            header = BytesIO()
            np.lib.format.write_array_header_1_0(
                header, {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
            )
            write(header.getvalue())
            for part in parts:
                write(np.ascontiguousarray(part, dtype=dtype).tobytes())

    def close(self) -> tuple[str, int]:
        with self._zip.member(MANIFEST) as write:
            write(_manifest(self._members))
        self._zip.close()
        return self._sink.digest.hexdigest(), self._sink.size


def canonical(value: Any) -> bytes:
    """One line of JSON, keys sorted."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode() + b"\n"


def _manifest(members: dict[str, dict[str, Any]]) -> bytes:
    return json.dumps({"format": FORMAT, "members": members}, indent=1, sort_keys=True).encode() + b"\n"


class BundleFile:
    """A bundle that was found whole. `sha256`: of the file, to compare with the ledger's.

    Raises BundleRefusedError from `open`, and where a member does not hold what it should.
    """

    def __init__(self, archive: zipfile.ZipFile, sha256: str, members: dict[str, dict[str, Any]]) -> None:
        self._zip, self.sha256, self.members = archive, sha256, members

    @classmethod
    def open(cls, path: Path) -> Self:
        """Verify every byte, then give access. A changed member is named."""
        archive = _archive(path)
        try:
            _check_container(archive, path.stat().st_size)
            members = _read_manifest(archive)
            for name, stated in members.items():
                _check_member(archive, name, stated)
            sha256 = _check_whole(archive, path)
        except BaseException:
            archive.close()
            raise
        return cls(archive, sha256, members)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def __contains__(self, name: str) -> bool:
        return name in self.members

    def json(self, name: str) -> Any:
        with _as_refusal(name):
            return json.loads(self._bytes(name))

    def json_lines(self, name: str) -> Iterator[Any]:
        self._require(name)
        with _as_refusal(name), self._zip.open(name) as lines:
            for line in lines:
                yield json.loads(line)

    def array(self, name: str) -> NDArray[Any]:
        """Its shape is held against its bytes before anything is made of it, and it never holds Python objects."""
        with _as_refusal(name):
            file = BytesIO(self._bytes(name))
            np.lib.format.read_magic(file)
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            return np.frombuffer(file.getbuffer()[file.tell() :], dtype=dtype).reshape(shape)

    def _bytes(self, name: str) -> bytes:
        self._require(name)
        return self._zip.read(name)

    def _require(self, name: str) -> None:
        if name not in self.members:
            raise BundleRefusedError(f"This bundle has no member {name}, so the cycle cannot be replayed from it.")


@contextmanager
def _as_refusal(name: str) -> Iterator[None]:
    try:
        yield
    except (*_UNREADABLE, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BundleRefusedError(f"{name} cannot be read: {error}.") from error


def _archive(path: Path) -> zipfile.ZipFile:
    if not path.is_file():
        raise BundleRefusedError(f"There is no file {path.name}.")
    try:
        return zipfile.ZipFile(path)
    except (*_UNREADABLE, ValueError) as error:
        raise BundleRefusedError(f"{path.name} is not a zip file, or its end is missing ({error}).") from error


def _check_container(archive: zipfile.ZipFile, size: int) -> None:
    """Before anything is read: no member may be larger when it is read than it is on disk, and no two may share bytes."""
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if MANIFEST not in names:
        raise BundleRefusedError(f"This zip has no {MANIFEST}: it is no bundle of a cycle.")
    if len(infos) > MOST_MEMBERS or len(set(names)) < len(names):
        raise BundleRefusedError(f"A bundle has at most {MOST_MEMBERS} members, each once; this file has {len(infos)}.")
    for info in infos:
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size or info.flag_bits & 1:
            raise BundleRefusedError(f"{info.filename} is compressed or encrypted, and members of a bundle never are. Nothing was unpacked.")
    if sum(info.file_size for info in infos) > size:
        raise BundleRefusedError("Its members say that they are larger than the file is. Nothing was unpacked.")


def _read_manifest(archive: zipfile.ZipFile) -> dict[str, dict[str, Any]]:
    if archive.getinfo(MANIFEST).file_size > MOST_MANIFEST_BYTES:
        raise BundleRefusedError(f"{MANIFEST} is larger than that of any bundle.")
    with _as_refusal(MANIFEST):
        written = archive.read(MANIFEST)
        stated = json.loads(written)
        version = int(stated["format"])
        if version > FORMAT:
            raise BundleRefusedError(f"This bundle has format {version}, and this installation reads formats up to {FORMAT}. Update it first.")
        if version < FORMAT:
            raise BundleRefusedError(f"This bundle has format {version}: its gate tested in another way. Replay it with the biasapp that sealed it.")
        members = {str(name): {"bytes": int(of["bytes"]), "sha256": str(of["sha256"])} for name, of in stated["members"].items()}
        if written != _manifest(members):
            raise ValueError("it is not as bundles are written")
    held = set(archive.namelist()) - {MANIFEST}
    if missing := sorted(members.keys() - held):
        raise BundleRefusedError(f"{missing[0]} is missing from the bundle.")
    if surplus := sorted(held - members.keys()):
        raise BundleRefusedError(f"{surplus[0]} was added to the bundle: its manifest does not name it.")
    return members


def _check_member(archive: zipfile.ZipFile, name: str, stated: dict[str, Any]) -> None:
    changed = BundleRefusedError(f"{name} was changed since the bundle was sealed: its SHA-256 is not the one in {MANIFEST}.")
    hashed = _Hashed()
    try:
        for part in _parts(archive, name):
            hashed.write(part)
    except _UNREADABLE as error:
        raise changed from error
    if hashed.size != stated["bytes"] or hashed.digest.hexdigest() != stated["sha256"]:
        raise changed


def _check_whole(archive: zipfile.ZipFile, path: Path) -> str:
    """The members are what the manifest says: is all that lies around them as we would have written it?"""
    again = _Hashed()
    rewritten = _Zip(again)
    for name in archive.namelist():
        with rewritten.member(name) as write:
            for part in _parts(archive, name):
                write(part)
    rewritten.close()
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != again.digest.hexdigest():
        raise BundleRefusedError("The file was changed outside its members (in the zip's own records), so it is not the one that was sealed.")
    return found


def _parts(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as file:
        while part := file.read(_PART):
            yield part
