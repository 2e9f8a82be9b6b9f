"""Score the rows of a CSV into another one, resumably: what was written before a kill is kept, and not a row stands there twice.

The result grows in `NAME.part` beside its place, with a note of how far it is; it takes its name when it is whole, so a file of that name
is always complete. The note is written after the rows are on the disk: rows beyond it are cut off when it goes on.
"""

import csv
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from modeling.labels import predicted_level, toxicity_score
from modeling.ml.masking import mask
from modeling.models import ModelVersion
from modeling.pipeline.versions import load_scorer

CHUNK = 10_000
ADDED = ("p_low", "p_mild", "p_high", "level", "score", "flagged", "model_version")

OnDone = Callable[[int], None]


@dataclass(frozen=True)
class Progress:
    """`source`: what is scored, and by which version; only the same is gone on with. `rows` are on the disk, in `size` bytes."""

    source: str
    rows: int = 0
    size: int = 0


def score_file(*, source: Path, column: str, version: ModelVersion, out: Path, on_done: OnDone) -> int:
    """Score into `out`; returns how many rows had been scored before, by a run that was killed."""
    part, note = out.with_name(f"{out.name}.part"), out.with_name(f"{out.name}.part.json")
    before = _progress(part, note, _name_of(source, column, version))
    with source.open(newline="", encoding="utf-8-sig") as read, part.open("r+" if before.rows else "w", newline="", encoding="utf-8") as write:
        write.truncate(before.size)
        write.seek(before.size)

        def keep(rows: int) -> None:
            write.flush()
            os.fsync(write.fileno())
            # The size on the disk, not `tell`: that of a text file is an opaque number.
            _keep(note, Progress(before.source, rows, os.fstat(write.fileno()).st_size))
            on_done(rows)

        score_rows(read, write, column=column, version=version, on_done=keep, skip=before.rows)
    part.replace(out)
    note.unlink(missing_ok=True)
    return before.rows


def score_rows(read: TextIO, write: TextIO, *, column: str, version: ModelVersion, on_done: OnDone, skip: int = 0) -> None:
    """Each row as it is, with what the version says of it. `skip`: rows that stand in `write` already; `on_done(rows so far)`."""
    reader = csv.DictReader(read)
    # None takes the surplus fields of a ragged row; they are not part of the table.
    writer = csv.DictWriter(write, [*(reader.fieldnames or []), *ADDED], extrasaction="ignore")
    if skip:
        next(islice(reader, skip - 1, skip), None)
    else:
        writer.writeheader()
    scorer = load_scorer(version)
    done = skip
    while chunk := list(islice(reader, CHUNK)):
        writer.writerows(_scored(chunk, column, scorer, version))
        done += len(chunk)
        on_done(done)


def _scored(chunk: list[dict[str, Any]], column: str, scorer: Any, version: ModelVersion) -> Iterator[dict[str, Any]]:
    # Masked, as the texts were that the model was trained on, and as the API does.
    probabilities = scorer.predict_proba([mask(row[column] or "")[0] for row in chunk])
    for row, (p_low, p_mild, p_high) in zip(chunk, probabilities.tolist(), strict=True):
        score = toxicity_score(p_mild, p_high)
        yield {
            **row,
            "p_low": f"{p_low:.6f}",
            "p_mild": f"{p_mild:.6f}",
            "p_high": f"{p_high:.6f}",
            "level": str(predicted_level((p_low, p_mild, p_high))),
            "score": f"{score:.6f}",
            "flagged": int(score >= version.threshold),
            "model_version": version.number,
        }


def _name_of(source: Path, column: str, version: ModelVersion) -> str:
    """What makes it the same work: the file as it is now, the column, the weights."""
    stat = source.stat()
    said = json.dumps([str(source.resolve()), stat.st_size, stat.st_mtime_ns, column, version.pk, version.manifest.get("weights_sha256", "")])
    return hashlib.sha256(said.encode()).hexdigest()


def _progress(part: Path, note: Path, source: str) -> Progress:
    """Where an earlier run of the same work stopped; the beginning, where there was none or it was other work."""
    try:
        found = Progress(**json.loads(note.read_text()))
    except (OSError, ValueError, TypeError):
        return Progress(source)
    is_ours = found.source == source and part.exists() and part.stat().st_size >= found.size
    return found if is_ours else Progress(source)


def _keep(note: Path, progress: Progress) -> None:
    fresh = note.with_suffix(".new")
    fresh.write_text(json.dumps(progress.__dict__))
    fresh.replace(note)
