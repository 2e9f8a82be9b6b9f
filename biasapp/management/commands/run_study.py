"""Replay months of comments, rounds with scripted panels, and cycles. All of it is marked as simulated. Killed, it goes on where it was when it
is started again with the same options."""

from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from biasapp.study.begin import StudyRefusedError, begin
from biasapp.study.months import files_of, parts_of
from biasapp.study.replay import replay
from biasapp.study.spec import GENERATOR, MOST_A_MONTH, StudySpec
from feedback.errors import FeedbackError
from modeling.errors import ModelingError
from modeling.labels import Lane
from modeling.models import Project


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        defaults = StudySpec()
        parser.add_argument("--months", type=int, default=defaults.months)
        parser.add_argument("--comments-per-month", type=int, default=defaults.comments_per_month, help=f"at most {MOST_A_MONTH:,}, as in the paper")
        parser.add_argument("--baseline", type=int, default=defaults.baseline, help="comments from before the first month; 0: all there are")
        parser.add_argument("--seed", type=int, default=defaults.seed, help="of rounds, people and training")
        parser.add_argument(
            "--data-seed", type=int, default=defaults.data_seed, help="of the comments and their months, the same for studies to compare"
        )
        parser.add_argument("--lane", choices=[lane.value for lane in Lane], default=defaults.lane)
        parser.add_argument("--overlap", type=int, default=defaults.overlap, help="answers for each comment")
        parser.add_argument("--data", type=Path, metavar="FILE|DIR", help="comments with labels; without: the demonstration's generator")
        parser.add_argument("--project", help="slug of the study's own project; without: study-SEED")
        parser.add_argument("--lead", help="username of somebody who may look at it as its lead")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            files = files_of(options["data"])
            spec = self._spec(options, files)
            slug = options["project"] or f"study-{spec.seed}"
            parts = parts_of(spec, files)
            project, by = begin(slug=slug, spec=spec, lead=self._lead(options["lead"]))
            self.stdout.write("\n".join([f"Study {slug}, simulated:", *(f"  {line}" for line in spec.sentences())]))
            if parts[0].dealt:
                self.stdout.write("  The comments have no dates over so many months: the seed deals them.")
            replay(project=project, spec=spec, parts=parts, by=by, tell=self._tell)
        except (ValueError, StudyRefusedError, FeedbackError, ModelingError) as error:
            raise CommandError(str(error)) from error
        self._report(project)

    def _spec(self, options: dict[str, Any], files: list[Path]) -> StudySpec:
        names = ("months", "comments_per_month", "baseline", "seed", "data_seed", "lane", "overlap")
        spec = StudySpec(**{name: options[name] for name in names}, data=", ".join(path.name for path in files) or GENERATOR)
        if not 1 <= spec.months <= 24 or not 1 <= spec.comments_per_month <= MOST_A_MONTH or spec.baseline < 0:
            raise CommandError(f"A study has 1 to 24 months of 1 to {MOST_A_MONTH:,} comments, and no fewer than 0 before.")
        people = sum(group.count for group in spec.groups)
        if not 1 <= spec.overlap <= people:
            raise CommandError(f"--overlap is from 1 to {people}: so many scripted people there are.")
        return spec

    def _lead(self, username: str | None) -> User | None:
        found = User.objects.filter(username=username or "").first()
        if username and found is None:
            raise CommandError(f"There is no account {username!r}. Make it by add_person.")
        return found

    def _tell(self, month: str, what: str) -> None:
        self.stdout.write(f"[{timezone.now():%H:%M:%S}] {month}: {what}")
        self.stdout.flush()

    def _report(self, project: Project) -> None:
        cycles = list(project.cycles.select_related("candidate").order_by("number"))
        for cycle in cycles:
            self.stdout.write(f"cycle {cycle.number}: {cycle.candidate}, {cycle.state}")
        project.refresh_from_db()
        self.stdout.write(f"The study is done: {len(cycles)} cycles, {project.champion} is in use. All of it is simulated.")
