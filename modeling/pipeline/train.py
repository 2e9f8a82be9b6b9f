"""Train the first version of a project: the full lane, without feedback."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from modeling.config import TrainingConfig
from modeling.labels import Arm
from modeling.lifecycle import put_into_use
from modeling.models import ModelVersion, Project, VersionChange
from modeling.pipeline.training_rows import train_split
from modeling.pipeline.versions import keep_version

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def train_first(
    *,
    project: Project,
    config: TrainingConfig,
    by: "User | None" = None,
    install: bool = True,
    on_step: Callable[[dict[str, Any]], None] | None = None,
) -> ModelVersion:
    """Train all layers on the train split; `install` puts the version into use when the project has none yet."""
    from modeling.ml.loop import ignore_step
    from modeling.ml.training import train_full

    split = train_split(project=project, config=config)
    training = train_full(split.data, config, encoder_source=settings.ENCODER, on_step=on_step or ignore_step)
    version = keep_version(project=project, training=training, config=config, arm=Arm.INITIAL, data=split.described)
    if install and project.champion is None:
        with transaction.atomic():
            put_into_use(project=project, version=version, kind=VersionChange.Kind.INSTALLED, by=by)
    return version
