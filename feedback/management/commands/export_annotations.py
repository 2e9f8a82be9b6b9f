"""Write annotations as CSV or JSON Lines, annotators pseudonymous, to a file or to standard output."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from feedback.errors import FeedbackError
from feedback.management.lookup import add_project, add_round, project_named, round_numbered
from feedback.pipeline.export import export_annotations


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        add_project(parser)
        add_round(parser, required=False)
        parser.add_argument("--format", choices=["csv", "jsonl"], default="csv")
        parser.add_argument("--out", type=Path, help="file to write; without it: standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_named(options["project"])
        round = round_numbered(project, options["round"]) if options["round"] else None
        try:
            chunks = export_annotations(project=project, round=round, format=options["format"])
        except FeedbackError as error:
            raise CommandError(str(error)) from error
        if options["out"] is None:
            sys.stdout.writelines(chunks)
            return
        with options["out"].open("w", encoding="utf-8", newline="") as file:
            file.writelines(chunks)
        self.stdout.write(f"Wrote {options['out']}.")
