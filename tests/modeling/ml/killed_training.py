"""A training in a process of its own that kills itself: `python -m tests.modeling.ml.killed_training DIR ENCODER LANE KILLED_AT [torn]`."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch

from modeling.config import TrainingConfig
from modeling.ml.checkpoint import Checkpoint
from modeling.ml.states import StateCache
from modeling.ml.training import Training, train_full, train_middle
from tests.modeling.ml.conftest import make_data

CONFIG = TrainingConfig(
    epochs=3,
    batch_size=8,
    learning_rate=1e-3,
    head_learning_rate=1e-2,
    statements=0,
    max_tokens=32,
    precision="float32",
    threshold_share=0.2,
    threads=1,
    encoder_dropout=0.1,
    group_kl_weight=0.1,
    multiplier_rate=0.5,
    device="cpu",
)


class TornCheckpoint(Checkpoint):
    """Killed in the middle of its third writing."""

    writings = 0

    def _write_part(self, part: Path, content: dict[str, Any]) -> None:
        super()._write_part(part, content)
        self.writings += 1
        if self.writings == 3:
            part.write_bytes(part.read_bytes()[: part.stat().st_size // 2])
            kill_me()


def kill_me() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def train(lane: str, encoder: str, killed_at: int = 0, checkpoint: Checkpoint | None = None) -> Training:
    """Trains to its end, or to step `killed_at` of it."""

    def on_step(record: dict[str, Any]) -> None:
        if record.get("step") == killed_at:
            kill_me()

    data = make_data(60, CONFIG)
    if lane == "full":
        return train_full(data, CONFIG, encoder, on_step=on_step, checkpoint=checkpoint)
    base = train_full(data, CONFIG.but(epochs=1, seed=1), encoder).classifier
    return train_middle(base, data, None, CONFIG, StateCache(base), on_step=on_step, checkpoint=checkpoint)


if __name__ == "__main__":
    torch.set_num_threads(1)
    directory, encoder, lane, killed_at, *torn = sys.argv[1:]
    kind = TornCheckpoint if torn else Checkpoint
    train(lane, encoder, int(killed_at), kind(Path(directory) / "training.pt", every_steps=2))
