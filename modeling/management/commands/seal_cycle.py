"""Seal a decided cycle into its bundle, or write a copy elsewhere, with the comments' texts where that is asked for."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from modeling import ledger
from modeling.errors import ModelingError
from modeling.models import RetrainingCycle
from modeling.pipeline.bundle import seal, write_bundle


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--id", type=int, help="a cycle by its id, as the queue names it")
        parser.add_argument("--project", help="slug")
        parser.add_argument("--cycle", type=int, help="number of the cycle in the project")
        parser.add_argument("--out", type=Path, help="write a copy to this file")
        parser.add_argument("--with-texts", action="store_true", help="with the comments' texts, which the sealed bundle never holds; needs --out")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["with_texts"] and not options["out"]:
            raise CommandError("A bundle with texts is not kept here. Name a file for it by --out.")
        wanted = {"pk": options["id"]} if options["id"] else {"project__slug": options["project"], "number": options["cycle"]}
        cycle = RetrainingCycle.objects.select_related("project", "champion", "base").filter(**wanted).first()
        if cycle is None:
            raise CommandError("There is no such cycle. Name one by --project and --cycle.")
        try:
            if options["out"]:
                self._copy(cycle, options["out"], options["with_texts"])
            else:
                bundle = seal(cycle=cycle)
                self.stdout.write(f"{cycle} of {cycle.project.slug} is sealed: {bundle.size:,} bytes, SHA-256 {bundle.sha256}")
        except ModelingError as error:
            raise CommandError(str(error)) from error

    def _copy(self, cycle: RetrainingCycle, path: Path, texts: bool) -> None:
        sha256, size = write_bundle(cycle=cycle, path=path, texts=texts)
        subject = f"bundle of cycle {cycle.number} of {cycle.project.slug}"
        with transaction.atomic():
            ledger.append(actor="system", action="export", subject=subject, payload={"sha256": sha256, "bytes": size, "texts": texts})
        self.stdout.write(f"Wrote {path.name}: {size:,} bytes, SHA-256 {sha256}")
