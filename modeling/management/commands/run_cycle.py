"""Run a retraining cycle to its verdict: a waiting one (--id), or a new one of a project."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from modeling.errors import LostClaimError, ModelingError, NotSealedError
from modeling.intake import request_cycle
from modeling.labels import Lane
from modeling.lifecycle import retry
from modeling.models import Project, RetrainingCycle
from modeling.pipeline.bundle import DECIDED, seal
from modeling.pipeline.influence import measure_influence
from modeling.pipeline.request_sealing import keep_refusal
from modeling.pipeline.run_cycle import run_cycle


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--id", type=int, help="a cycle that waits")
        which.add_argument("--project", help="slug: start a new cycle on all feedback handed in so far")
        parser.add_argument("--again", type=int, metavar="NUMBER", help="start a failed cycle of the project again; trained arms are kept")
        parser.add_argument("--lane", choices=[lane.value for lane in Lane], default=Lane.MIDDLE)
        parser.add_argument("--seed", type=int, default=0)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            cycle = self._cycle(options)
            self._run(cycle)
        except (Project.DoesNotExist, RetrainingCycle.DoesNotExist):
            raise CommandError("There is no such project or cycle.") from None
        except ModelingError as error:
            raise CommandError(str(error)) from error
        if cycle.decision:
            self._measure_influence(cycle)
            self._seal(cycle)

    def _run(self, cycle: RetrainingCycle) -> None:
        try:
            run_cycle(cycle=cycle)
        except LostClaimError as error:
            # No failure: the queue delivers at least once, so a second delivery finds the work taken.
            self.stdout.write(str(error))
            cycle.refresh_from_db()
            return
        self.stdout.write(f"Cycle {cycle.number}: {cycle.state}")
        for reason in cycle.decision.get("reasons", []):
            self.stdout.write(f"- {reason}")
        if cycle.error:
            self.stdout.write(cycle.error)

    def _measure_influence(self, cycle: RetrainingCycle) -> None:
        """For annotators' own pages: what goes wrong here takes nothing from the verdict. Before sealing, since an unsealed cycle is asked
        for again where this process dies."""
        try:
            measure_influence(cycle=cycle)
        # Whatever it is: a missing file here must not leave a verdict without its bundle.
        except Exception as error:
            self.stdout.write(f"What each person's labels changed was not measured: {type(error).__name__}: {error}")

    def _seal(self, cycle: RetrainingCycle) -> None:
        """After the verdict, so that nobody waits for it; also where an earlier delivery died in between. Decided is decided: a bundle
        that cannot be written fails nothing, and the cycle's page says that there is none."""
        try:
            bundle = seal(cycle=cycle)
        except NotSealedError as error:
            self.stdout.write(f"No bundle was written: {error}")
            if cycle.state in DECIDED:
                keep_refusal(cycle, str(error))
        except OSError as error:
            # A full disk may have room later, and the schedule asks again.
            self.stdout.write(f"No bundle was written: {error}")
        else:
            self.stdout.write(f"Sealed: SHA-256 {bundle.sha256}")

    def _cycle(self, options: dict[str, Any]) -> RetrainingCycle:
        if options["id"]:
            return RetrainingCycle.objects.get(pk=options["id"])
        if options["again"]:
            cycle = RetrainingCycle.objects.get(project__slug=options["project"], number=options["again"])
            retry(cycle=cycle, in_background=False)
            return cycle
        project = Project.objects.get(slug=options["project"])
        return request_cycle(project=project, provenance="by command", lane=Lane(options["lane"]), seed=options["seed"], in_background=False)
