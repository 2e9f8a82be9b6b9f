"""Make a cycle's verdict again from its sealed bundle, on this machine, and say what is the same. Needs no database.

Exit code 0: everything is the same. 1: the bundle was refused, or something differs.
"""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from modeling.errors import ModelingError


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bundle", type=Path, help="the zip file")
        parser.add_argument("--sha256", default="", help="the hash in the ledger (cycle.sealed) and on the cycle's page: another bundle is refused")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        from modeling.pipeline.replay import replay

        try:
            found = replay(options["bundle"])
        except ModelingError as error:
            raise CommandError(_printable(str(error))) from error
        wanted = options["sha256"].strip().lower()
        if wanted and wanted != found.sha256:
            raise CommandError(f"This is another bundle than the one that was sealed: its SHA-256 is {found.sha256}, not {wanted}.")
        self.stdout.write(json.dumps(found.as_dict(), indent=1) if options["json"] else _table(found))
        if not found.same:
            raise CommandError(_printable("Not the same: " + "; ".join(line.what for line in found.lines if not line.same) + "."))


def _table(found: Any) -> str:
    head = ("", "what", "stored", "replayed", "difference")
    rows = [
        ("same" if line.same else "NOT", line.what, line.stored, line.replayed, "" if line.difference is None else f"{line.difference:.1e}")
        for line in found.lines
    ]
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)]
    said = [f"Cycle {found.cycle} of {found.project}, {found.lane} lane. SHA-256 of the bundle: {found.sha256}"]
    said += ["Every byte of it is as it was sealed.", f"Checked: {found.checked} ({found.why}).", "", *table]
    if found.needed:
        said += ["", "To train it again you would need:", *(f"- {need}" for need in found.needed)]
    return "\n".join(map(_printable, said))


def _printable(line: str) -> str:
    """Whoever made the bundle chose some of these words: none may move a cursor, hide a line, or turn one round."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in line)
