"""Train a full-lane version without feedback; the first one comes into use at once.

In several processes, or with a GPU each: `torchrun --standalone --nproc_per_node 2 manage.py train_model --project SLUG`.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from modeling.config import TrainingConfig
from modeling.errors import LostClaimError, ModelingError
from modeling.models import FirstTraining, ModelVersion, Project
from modeling.pipeline.run_first_training import run_first_training
from modeling.pipeline.train import train_first


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        defaults = TrainingConfig()
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--project", help="slug of the project")
        which.add_argument("--id", type=int, help="a first training that waits, as asked for on the project's page")
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
            version = self._train(options, config)
        except Project.DoesNotExist:
            raise CommandError(f"There is no project {options['project']!r}.") from None
        except LostClaimError as error:
            # No failure: the queue delivers at least once, so a second delivery finds the work taken.
            self.stdout.write(str(error))
            return
        except ModelingError as error:
            raise CommandError(str(error)) from error
        if version is None:  # one of several processes, and not the first
            return
        self.stdout.write(f"\nTrained {version}: threshold {version.threshold:.3f}, weights {version.manifest['weights_sha256'][:12]}…")

    def _train(self, options: dict[str, Any], config: TrainingConfig) -> ModelVersion | None:
        if options["id"]:
            return run_first_training(training=FirstTraining.objects.get(pk=options["id"]), config=config)
        return train_first(project=Project.objects.get(slug=options["project"]), config=config, on_step=self._show)

    def _show(self, step: dict[str, Any]) -> None:
        if step.get("step") is not None:
            self.stdout.write(f"\rtraining: step {step['step']} of {step['steps']}, loss {step['total']:.3f}   ", ending="")
            self.stdout.flush()
