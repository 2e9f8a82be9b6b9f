"""Score any CSV with a text column: adds p_low, p_mild, p_high, level, score and flagged to each row.

With --out, a run that was killed goes on where it stopped when the same command is given again; the file is there when it is whole.
"""

import csv
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from modeling.models import ModelVersion, Project
from modeling.pipeline.score_file import score_file, score_rows


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
            self._score(version, options)
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

    def _score(self, version: ModelVersion, options: dict[str, Any]) -> None:
        source, out = options["file"], options["out"]
        with source.open(newline="", encoding="utf-8-sig") as read:
            column = _text_column(csv.DictReader(read).fieldnames or [], options["text_column"])

        def say(done: int) -> None:
            self.stderr.write(f"\r{done:,} rows scored with {version} ", ending="")

        if out:
            before = score_file(source=source, column=column, version=version, out=out, on_done=say)
            self.stderr.write(f"\n{before:,} of them before this run." if before else "")
            return
        with source.open(newline="", encoding="utf-8-sig") as read:
            score_rows(read, sys.stdout, column=column, version=version, on_done=say)
        self.stderr.write("")


def _text_column(columns: Any, wanted: str) -> str:
    candidates = [wanted] if wanted else ["comment_text", "text", "comment", "tweet"]
    for candidate in candidates:
        if candidate in columns:
            return candidate
    raise CommandError(f"No column {' or '.join(candidates)} in the file; it has: {', '.join(columns) or 'nothing'}. Name it by --text-column.")
