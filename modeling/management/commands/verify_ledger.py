"""Check that no entry of the ledger was changed, deleted or moved, and print its newest hash to keep elsewhere."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from modeling import ledger


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--known-hash", default="", help="a hash printed earlier: shows whether entries were cut off since")

    def handle(self, *args: Any, **options: Any) -> None:
        problems = ledger.verify(known_hash=options["known_hash"])
        if problems:
            raise CommandError("\n".join(["The ledger was tampered with.", *problems]))
        newest = ledger.head()
        if newest is None:
            self.stdout.write("The ledger is empty.")
        else:
            self.stdout.write(f"The ledger is whole: {newest.sequence:,} entries. Newest hash: {newest.entry_hash}")
