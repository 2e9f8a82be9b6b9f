"""Model versions as files and rows: the only place where the two meet."""

import json
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from modeling import ledger
from modeling.config import TrainingConfig
from modeling.errors import LostClaimError
from modeling.labels import Arm
from modeling.models import ModelVersion, Project, RetrainingCycle
from modeling.pipeline.engines import engine_files

if TYPE_CHECKING:
    from modeling.ml.checkpoint import Checkpoint
    from modeling.ml.classifier import Classifier
    from modeling.ml.scorer import Scorer
    from modeling.ml.stored_head import Head
    from modeling.ml.training import Training


def path_of(version: ModelVersion) -> Path:
    return Path(settings.MODELS_DIR) / version.directory


def attention_shape(version: ModelVersion) -> tuple[int, int]:
    """How many layers and heads it has, by its encoder's configuration; none where that cannot be read."""
    try:
        config = json.loads((path_of(version) / "config.json").read_text())
    except (OSError, ValueError):
        return 0, 0
    names = ("num_hidden_layers", "n_layers"), ("num_attention_heads", "n_heads")
    layers, heads = (next((int(config[name]) for name in either if name in config), 0) for either in names)
    return layers, heads


def checkpoint_of(name: str, every_steps: int = 0) -> "Checkpoint":
    """Where a training that is not finished keeps its state. Whoever keeps the version removes it."""
    from modeling.ml.checkpoint import Checkpoint

    return Checkpoint(_checkpoints() / f"{name}.pt", every_steps)


def remove_checkpoints(prefix: str, but: str) -> None:
    """Of trainings that nobody will go on with."""
    for path in _checkpoints().glob(f"{prefix}*"):
        if not path.name.startswith(but):
            path.unlink(missing_ok=True)


def _checkpoints() -> Path:
    return Path(settings.MODELS_DIR) / ".checkpoints"


def load_classifier(version: ModelVersion) -> "Classifier":
    """The version's weights, checked against the SHA-256 in its manifest."""
    from modeling.ml.classifier import load_version

    return load_version(path_of(version))


def load_scorer(version: ModelVersion) -> "Scorer":
    """The engine that serves the version, checked against the SHA-256 in its manifest: what scores, explains and is judged at the gate."""
    from modeling.ml.engines import load_scorer as load

    return load(path_of(version))


def load_head(version: ModelVersion) -> "Head":
    """The version's last layer, out of weights that were checked as above."""
    from modeling.ml.classifier import WEIGHTS
    from modeling.ml.encoder import check_sha256
    from modeling.ml.stored_head import Head

    check_sha256(path_of(version) / WEIGHTS, version.manifest["weights_sha256"])
    return Head.of_version(path_of(version))


def keep_version(
    *,
    project: Project,
    training: "Training",
    config: TrainingConfig,
    arm: Arm,
    data: dict[str, Any],
    base: ModelVersion | None = None,
    cycle: RetrainingCycle | None = None,
) -> ModelVersion:
    """Write weights and manifest under a name of their own, then take a number and insert the row: a directory without a row is
    harmless, a row without weights is not, and 90 MB are not written while others wait for the database.

    `data` says what it was trained on: {sha256, comments, feedback, datasets}.

    Raises:
        LostClaimError: the cycle that trained it was taken for dead and begun anew, and trains its own.
    """
    from modeling.ml.classifier import save_version

    directory = f"{project.slug}/{uuid.uuid4().hex[:16]}"
    manifest = save_version(
        Path(settings.MODELS_DIR) / directory,
        training.classifier,
        {
            "arm": arm,
            "lane": config.lane,
            "config": config.as_dict(),
            "seed": config.seed,
            "threshold": training.threshold,
            "data": data,
            "base": base.number if base else None,
            "base_weights_sha256": base.manifest["weights_sha256"] if base else None,
            "cycle": cycle.number if cycle else None,
        },
        engine_files(project=project, classifier=training.classifier, arm=arm),
    )
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        if cycle is not None and not RetrainingCycle.objects.filter(pk=cycle.pk, started_at=cycle.started_at).exists():
            raise LostClaimError(f"{cycle} has been begun anew meanwhile.")
        version = ModelVersion.objects.create(
            project=project,
            number=(project.versions.aggregate(newest=Max("number"))["newest"] or 0) + 1,
            lane=config.lane,
            arm=arm,
            base=base,
            cycle=cycle,
            directory=directory,
            threshold=training.threshold,
            loss_steps=training.loss_steps,
            manifest=manifest,
        )
        ledger.append(
            actor="system",
            action="version.trained",
            subject=f"v{version.number} of {project.slug}",
            payload={"arm": arm, "lane": config.lane, "weights_sha256": manifest["weights_sha256"], "data": data["sha256"]},
        )
    return version
