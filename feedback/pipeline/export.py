"""Annotations out as CSV or JSON Lines: streamed, pseudonymous, and written into the ledger."""

import csv
import hashlib
import hmac
import io
import json
import secrets
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db import transaction

from feedback.errors import UnknownFormatError
from feedback.models import Annotation, AnnotationRound
from modeling import ledger
from modeling.labels import Verdict
from modeling.models import Project
from modeling.reports.csv_cells import plain_cell

if TYPE_CHECKING:
    from django.contrib.auth.models import User

READ_AT_ONCE = 2000
ROWS_PER_CHUNK = {"csv": 500, "jsonl": 1000}

COLUMNS = (
    "round", "simulated", "dataset", "comment_id", "text", "version", "p_low", "p_mild", "p_high", "predicted_label", "score", "flagged",
    "inclusion_probability", "annotator", "panel", "verdict", "corrected_label", "level", "biased", "bias_types", "subgroup", "pattern",
    "severity", "rationale", "note", "seconds", "guidelines", "date",
)  # fmt: skip

HEADER = ",".join(COLUMNS) + "\r\n"

Row = dict[str, Any]


def export_annotations(*, project: Project, round: AnnotationRound | None = None, format: str = "csv", by: "User | None" = None) -> Iterator[str]:
    """All annotations of a project, or of one round, oldest first, in chunks of text.

    Annotators are named by a keyed hash. The key is made for this export and thrown away, so that two exports cannot be joined. The
    ledger entry is written when the last chunk has been read, or when the reader goes away: then it says `complete: false`.

    Raises:
        UnknownFormatError: at once, not at the first chunk.
    """
    if format not in ROWS_PER_CHUNK:
        raise UnknownFormatError(f"Annotations are exported as {' or '.join(ROWS_PER_CHUNK)}, not as {format!r}.")
    return _stream(project, round, format, by)


def _stream(project: Project, round: AnnotationRound | None, format: str, by: "User | None") -> Iterator[str]:
    digest, row_count, complete = hashlib.sha256(), 0, False
    write = _csv if format == "csv" else _json_lines
    rows = _rows(project, round)
    try:
        if format == "csv":
            digest.update(HEADER.encode())
            yield HEADER
        while batch := list(islice(rows, ROWS_PER_CHUNK[format])):
            chunk = write(batch)
            digest.update(chunk.encode())
            row_count += len(batch)
            yield chunk
        complete = True
    finally:
        with transaction.atomic():
            scope = f"round {round.number} of {project.slug}" if round else project.slug
            payload = {"format": format, "rows": row_count, "sha256": digest.hexdigest(), "complete": complete}
            ledger.append(actor=by or "system", action="export", subject=f"annotations of {scope}", payload=payload)


def _rows(project: Project, round: AnnotationRound | None) -> Iterator[Row]:
    pseudonym = _pseudonyms(secrets.token_bytes(32))
    wanted = Annotation.objects.filter(item__round=round) if round else Annotation.objects.filter(item__round__project=project)
    related = wanted.select_related("item__round", "item__comment__dataset", "item__prediction__version", "annotator__panel")
    for annotation in related.order_by("pk").iterator(READ_AT_ONCE):
        yield _row(annotation, pseudonym)


def _pseudonyms(key: bytes) -> Callable[[int], str]:
    return lambda annotator_id: hmac.new(key, str(annotator_id).encode(), hashlib.sha256).hexdigest()[:16]


def _row(annotation: Annotation, pseudonym: Callable[[int], str]) -> Row:
    item, prediction = annotation.item, annotation.item.prediction
    levels = {Verdict.CORRECT: prediction.predicted_label, Verdict.INCORRECT: annotation.corrected_label, Verdict.UNSURE: ""}
    return {
        "round": item.round.number,
        "simulated": item.round.simulated,
        "dataset": item.comment.dataset.name,
        "comment_id": item.comment.external_id,
        "text": item.comment.text,
        "version": prediction.version.number,
        "p_low": prediction.p_low,
        "p_mild": prediction.p_mild,
        "p_high": prediction.p_high,
        "predicted_label": prediction.predicted_label,
        "score": prediction.score,
        "flagged": prediction.flagged,
        "inclusion_probability": item.inclusion_probability,
        "annotator": pseudonym(annotation.annotator_id),
        "panel": annotation.annotator.panel.name,
        "verdict": annotation.verdict,
        "corrected_label": annotation.corrected_label,
        "level": levels[Verdict(annotation.verdict)],
        "biased": annotation.biased,
        "bias_types": annotation.bias_types,
        "subgroup": annotation.subgroup,
        "pattern": annotation.pattern,
        "severity": annotation.severity,
        "rationale": annotation.rationale,
        "note": annotation.note,
        "seconds": float(f"{annotation.seconds:.1f}"),
        "guidelines": annotation.guidelines_version,
        # A day, not a moment: with a server's log, a moment would tell who it was.
        "date": annotation.created_at.date().isoformat(),
    }


def _csv(rows: list[Row]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([[cell(row[column]) for column in COLUMNS] for row in rows])
    return buffer.getvalue()


def cell(value: Any) -> Any:
    """As a CSV file has it, so that no spreadsheet runs it."""
    if isinstance(value, list):
        return ";".join(part if isinstance(part, str) else "-".join(map(str, part)) for part in value)
    return plain_cell(value)


def _json_lines(rows: list[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
