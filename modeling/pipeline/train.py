"""Train the first version of a project: the full lane, without feedback."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from modeling.config import TrainingConfig
from modeling.labels import Arm
from modeling.lifecycle import put_into_use
from modeling.models import ModelVersion, Project, VersionChange
from modeling.pipeline.training_rows import config_for, train_split
from modeling.pipeline.versions import checkpoint_of, keep_version

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def train_first(
    *,
    project: Project,
    config: TrainingConfig,
    by: "User | None" = None,
    install: bool = True,
    on_step: Callable[[dict[str, Any]], None] | None = None,
    checkpoint_every: int = 0,
) -> ModelVersion | None:
    """Train all layers on the train split; `install` puts the version into use when the project has none yet.

    Called again after it was killed, it goes on from its last checkpoint. Started by `torchrun` in several processes, all of them
    train; the first keeps the version, and the others return None.
    """
    from modeling.ml.loop import ignore_step
    from modeling.ml.processes import processes_here
    from modeling.ml.training import train_full

    checkpoint, processes = checkpoint_of(f"{project.slug}-first", checkpoint_every), processes_here(config.device)

    config = config_for(project, config)
    split = train_split(project=project, config=config)
    training = train_full(split.data, config, settings.ENCODER, on_step=on_step or ignore_step, checkpoint=checkpoint, processes=processes)
    if processes.rank:
        return None
    version = keep_version(project=project, training=training, config=config, arm=Arm.INITIAL, data=split.described)
    checkpoint.remove()
    if install and project.champion is None:
        with transaction.atomic():
            put_into_use(project=project, version=version, kind=VersionChange.Kind.INSTALLED, by=by)
    return version
