"""Open a file of comments: what kind it is, by name and by content, and its bytes, unpacked within limits."""

import gzip
import io
import zlib
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.conf import settings

from modeling.errors import ImportRefusedError


class FileKind(StrEnum):
    CSV = "CSV"
    JSON_LINES = "JSON Lines"
    PARQUET = "Parquet"


SUFFIXES: dict[str, FileKind] = {
    ".csv": FileKind.CSV,
    ".csv.gz": FileKind.CSV,
    ".jsonl": FileKind.JSON_LINES,
    ".jsonl.gz": FileKind.JSON_LINES,
    ".ndjson": FileKind.JSON_LINES,
    ".ndjson.gz": FileKind.JSON_LINES,
    ".parquet": FileKind.PARQUET,
}

BOMB_FLOOR = 50_000_000
BOMB_RATIO = 200
"""Text packs to between a third and a twentieth. What unpacks to 200 times its size, and to more than 50 MB, is an attack."""

GZIP_MAGIC, ZIP_MAGIC, PARQUET_MAGIC = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def refusal(file_name: str, what: str, advice: str) -> ImportRefusedError:
    return ImportRefusedError(f"{file_name} {what}. Nothing was imported. {advice}")


def too_large(file_name: str) -> ImportRefusedError:
    return refusal(
        file_name,
        f"holds more than {settings.IMPORT_MAX_BYTES:,} bytes, the most that an import reads",
        "Split it into several files, or have BIASAPP_IMPORT_MAX_BYTES raised.",
    )


def suffix_of(file_name: str) -> str:
    """The known ending of a file's name, such as `.csv.gz`.

    Raises:
        ImportRefusedError: it has none.
    """
    known = [suffix for suffix in SUFFIXES if file_name.lower().endswith(suffix)]
    if not known:
        raise refusal(
            file_name,
            "is not of a kind that can be imported",
            "Give a CSV (.csv), JSON Lines (.jsonl, .ndjson) or Parquet (.parquet) file; CSV and JSON Lines may be packed by gzip (.csv.gz).",
        )
    return max(known, key=len)


def check_content(path: Path, file_name: str) -> FileKind:
    """The kind that the name says, if the first bytes agree.

    Raises:
        ImportRefusedError: they do not, or there are none.
    """
    suffix = suffix_of(file_name)
    with path.open("rb") as file:
        start = file.read(4)
    if not start:
        raise refusal(file_name, "is empty", "Choose another file.")
    if suffix.endswith(".gz") and not start.startswith(GZIP_MAGIC):
        raise refusal(file_name, "is named .gz but is not packed by gzip", "Take .gz off its name, or pack it, and import it again.")
    if not suffix.endswith(".gz") and start.startswith(GZIP_MAGIC):
        raise refusal(file_name, f"is packed by gzip although its name ends in {suffix}", f"Name it {suffix}.gz and import it again.")
    if start == ZIP_MAGIC:
        raise refusal(file_name, "is a ZIP archive or an Excel workbook", "Save it as CSV (UTF-8) and import that.")
    if SUFFIXES[suffix] != FileKind.PARQUET and start == PARQUET_MAGIC:
        raise refusal(file_name, f"is a Parquet file although its name ends in {suffix}", "Name it .parquet and import it again.")
    if start.startswith(UTF16_MARKS):
        raise refusal(file_name, "is UTF-16 text", "Save it as UTF-8 and import it again.")
    return SUFFIXES[suffix]


class Unpacked(io.RawIOBase):
    """The bytes of a file, unpacked if it is packed. Stops at a zip bomb, at damage, and at the most that an import reads."""

    def __init__(self, path: Path, file_name: str) -> None:
        self.size = path.stat().st_size
        self._file_name = file_name
        self._file = path.open("rb")
        self._is_packed = file_name.lower().endswith(".gz")
        self._content: Any = gzip.GzipFile(fileobj=self._file) if self._is_packed else self._file
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            count: int = self._content.readinto(buffer)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise refusal(self._file_name, f"is damaged ({error})", "Pack or download it again, and import it again.") from error
        self._count += count
        if self._count > settings.IMPORT_MAX_BYTES:
            raise too_large(self._file_name)
        if self._is_packed and self._count > max(BOMB_FLOOR, BOMB_RATIO * self.size):
            raise refusal(
                self._file_name,
                f"unpacks to more than {BOMB_RATIO} times its size, as a zip bomb does",
                "If it is what you think it is, unpack it yourself and import that.",
            )
        return count

    def share_read(self) -> float:
        """How much of the file has been read, in [0, 1]."""
        return min(self._file.tell() / self.size, 1.0)

    def close(self) -> None:
        self._file.close()
        super().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
