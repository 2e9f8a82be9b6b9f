"""Train a full-lane version without feedback; the first one comes into use at once.

In several processes, or with a GPU each: `torchrun --standalone --nproc_per_node 2 manage.py train_model --project SLUG`.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from modeling.config import TrainingConfig
from modeling.errors import ModelingError
from modeling.models import Project
from modeling.pipeline.train import train_first


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        defaults = TrainingConfig()
        parser.add_argument("--project", required=True, help="slug of the project")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--epochs", type=int, default=defaults.epochs)
        parser.add_argument("--pairing-weight", type=float, default=defaults.pairing_weight, help="0 trains plain cross-entropy")
        parser.add_argument("--kl-weight", type=float, default=defaults.kl_weight, help="the paper's printed term")

    def handle(self, *args: Any, **options: Any) -> None:
        config = TrainingConfig(
            seed=options["seed"],
            epochs=options["epochs"],
            pairing_weight=options["pairing_weight"],
            kl_weight=options["kl_weight"],
        )
        try:
            project = Project.objects.get(slug=options["project"])
            version = train_first(project=project, config=config, on_step=self._show)
        except Project.DoesNotExist:
            raise CommandError(f"There is no project {options['project']!r}.") from None
        except ModelingError as error:
            raise CommandError(str(error)) from error
        if version is None:  # one of several processes, and not the first
            return
        self.stdout.write(f"\nTrained {version}: threshold {version.threshold:.3f}, weights {version.manifest['weights_sha256'][:12]}…")

    def _show(self, step: dict[str, Any]) -> None:
        if step.get("step") is not None:
            self.stdout.write(f"\rtraining: step {step['step']} of {step['steps']}, loss {step['total']:.3f}   ", ending="")
            self.stdout.flush()
