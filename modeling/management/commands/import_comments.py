"""Import a file of comments (CSV, JSON Lines, Parquet): a new one (FILE), or an upload that waits (--id)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from modeling.errors import LostClaimError, ModelingError
from modeling.labels import LevelKind
from modeling.models import Dataset, Project
from modeling.pipeline.import_comments import import_comments, new_dataset

SHOWN_REASONS = 10


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("file", nargs="?", type=Path, metavar="FILE")
        which.add_argument("--id", type=int, help="a data set whose upload waits")
        parser.add_argument("--project", help="slug of the project")
        parser.add_argument("--name", help="name of the data set; the file's name if left out")
        parser.add_argument("--level-kind", choices=[kind.value for kind in LevelKind], default=LevelKind.TOXICITY.value)
        parser.add_argument("--made-up", action="store_true", help="the comments were written for the software, not by people on the internet")
        parser.add_argument("--limit", type=int, default=0, help="import so many rows at most")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            dataset, path = self._waiting(options["id"]) if options["id"] else self._new(options)
            import_comments(dataset=dataset, path=path, on_progress=self._show, limit=options["limit"])
        except LostClaimError as error:
            # No failure: the queue delivers at least once, so a second delivery finds the work taken.
            self.stdout.write(str(error))
        except ModelingError as error:
            raise CommandError(str(error)) from error
        else:
            self._report(dataset)

    def _waiting(self, pk: int) -> tuple[Dataset, Path]:
        dataset = Dataset.objects.filter(pk=pk).first()
        if dataset is None or not dataset.stored_file:
            raise CommandError(f"No upload waits for data set {pk}.")
        return dataset, Path(dataset.stored_file)

    def _new(self, options: dict[str, Any]) -> tuple[Dataset, Path]:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        project = Project.objects.filter(slug=options["project"] or "").first()
        if project is None:
            slugs = ", ".join(Project.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"Name a project by --project. There are: {slugs}.")
        kind = LevelKind(options["level_kind"])
        name = options["name"] or path.name
        return new_dataset(project=project, name=name, file_name=path.name, level_kind=kind, made_up=options["made_up"]), path

    def _show(self, rows: int) -> None:
        self.stdout.write(f"\rimporting: {rows:,} rows ", ending="")
        self.stdout.flush()

    def _report(self, dataset: Dataset) -> None:
        self.stdout.write(f"\n{dataset.row_count:,} comments imported into “{dataset}”, {dataset.masked_count:,} of them with something masked.")
        if dataset.rejected_count:
            self.stdout.write(f"{dataset.rejected_count:,} rows rejected:")
        for row in dataset.rejected_rows.all()[:SHOWN_REASONS]:
            self.stdout.write(f"  {row}")
        if dataset.rejected_count > SHOWN_REASONS:
            self.stdout.write("  …")
