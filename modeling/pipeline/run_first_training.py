"""A first training that was asked for on the site: claimed once, told about as it goes, and started again where it died."""

from typing import Any

from modeling.config import TrainingConfig
from modeling.lifecycle import Beat, claim, fail, finish
from modeling.models import FirstTraining, ModelVersion, WorkState
from modeling.pipeline.train import train_first


def run_first_training(*, training: FirstTraining, config: TrainingConfig) -> ModelVersion | None:
    """Train, and put the version into use.

    Raises:
        LostClaimError: it is not waiting (any more).
    """
    claim(training, running=WorkState.RUNNING)
    try:
        with Beat(training) as beat:
            beat(stage="reading comments", progress=0.01, force=True)
            version = train_first(project=training.project, config=config, by=training.requested_by, on_step=lambda step: _tell(beat, step))
    except BaseException as error:
        fail(training, f"{type(error).__name__}: {error}")
        raise
    finish(training)
    return version


def _tell(beat: Beat, step: dict[str, Any]) -> None:
    if step.get("step") is None:
        beat(stage="training", progress=0.02, message=step.get("message", ""))
        return
    beat(stage="training", progress=0.98 * step["step"] / step["steps"], message=f"step {step['step']} of {step['steps']}")
