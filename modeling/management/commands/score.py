"""Score any CSV with a text column: adds p_low, p_mild, p_high, level, score and flagged to each row."""

import csv
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from modeling.labels import predicted_level, toxicity_score
from modeling.ml.masking import mask
from modeling.models import ModelVersion, Project
from modeling.pipeline.versions import load_scorer

CHUNK = 10_000
ADDED = ["p_low", "p_mild", "p_high", "level", "score", "flagged", "model_version"]


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--project", required=True, help="slug: whose model in use scores")
        parser.add_argument("--number", type=int, help="another version of the project")
        parser.add_argument("--text-column", default="", help="default: comment_text, text, comment or tweet, whichever is there")
        parser.add_argument("--out", type=Path, help="default: standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        version = self._version(options)
        if options["out"] and options["out"].resolve() == options["file"].resolve():
            raise CommandError("--out names the file that is read. Give another name, so that nothing is lost.")
        csv.field_size_limit(10_000_000)
        try:
            with options["file"].open(newline="", encoding="utf-8-sig") as source:
                self._score(source, version, options)
        except FileNotFoundError:
            raise CommandError(f"There is no file {options['file']}.") from None
        except UnicodeDecodeError as error:
            raise CommandError(f"{options['file']} is not UTF-8 text ({error.reason}). Save it as UTF-8 and try again.") from error
        except csv.Error as error:
            raise CommandError(f"{options['file']} is not a readable CSV file: {error}.") from error

    def _version(self, options: dict[str, Any]) -> ModelVersion:
        project = Project.objects.select_related("champion").filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']!r}.")
        version = project.versions.filter(number=options["number"]).first() if options["number"] else project.champion
        if version is None:
            raise CommandError("There is no such version, or no model in use yet.")
        return version

    def _score(self, source: TextIO, version: ModelVersion, options: dict[str, Any]) -> None:
        reader = csv.DictReader(source)
        column = _text_column(reader.fieldnames or [], options["text_column"])
        scorer = load_scorer(version)
        out = options["out"].open("w", newline="", encoding="utf-8") if options["out"] else sys.stdout
        try:
            # None takes the surplus fields of a ragged row; they are not part of the table.
            writer = csv.DictWriter(out, [*(reader.fieldnames or []), *ADDED], extrasaction="ignore")
            writer.writeheader()
            done = 0
            while chunk := list(islice(reader, CHUNK)):
                writer.writerows(_scored_rows(chunk, column, scorer, version))
                done += len(chunk)
                self.stderr.write(f"\r{done:,} rows scored with {version} ", ending="")
        finally:
            if options["out"]:
                out.close()
        self.stderr.write("")


def _text_column(columns: Any, wanted: str) -> str:
    candidates = [wanted] if wanted else ["comment_text", "text", "comment", "tweet"]
    for candidate in candidates:
        if candidate in columns:
            return candidate
    raise CommandError(f"No column {' or '.join(candidates)} in the file; it has: {', '.join(columns) or 'nothing'}. Name it by --text-column.")


def _scored_rows(chunk: list[dict[str, Any]], column: str, scorer: Any, version: ModelVersion) -> Iterator[dict[str, Any]]:
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
