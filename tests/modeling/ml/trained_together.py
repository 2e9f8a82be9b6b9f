"""One of several processes that train together: `RANK=0 WORLD_SIZE=2 ... python -m tests.modeling.ml.trained_together DIR ENCODER`."""

import sys
from pathlib import Path

import torch

from modeling.ml.checkpoint import Checkpoint
from modeling.ml.processes import Alone, processes_here
from modeling.ml.training import Training, train_full
from tests.modeling.ml import killed_training
from tests.modeling.ml.conftest import make_data

CONFIG = killed_training.CONFIG.but(epochs=2, batch_size=7, dropout=0.0, encoder_dropout=0.0)  # 7: not to be halved


def train(encoder: str, checkpoint: Checkpoint | None = None, processes: Alone | None = None, dropout: float = 0.0) -> Training:
    config = CONFIG.but(dropout=dropout)
    data = make_data(46, config)
    data.weights[::3] = 5.0  # a mean of the processes' means would not be the batch's mean
    return train_full(data, config, encoder, checkpoint=checkpoint, processes=processes)


if __name__ == "__main__":
    torch.set_num_threads(1)
    directory, encoder = Path(sys.argv[1]), sys.argv[2]
    processes = processes_here("cpu")
    assert processes.count == 2
    plain = train(encoder, processes=processes)
    kept = Checkpoint(directory / f"training-{processes.rank}.pt", every_steps=4)
    straight = train(encoder, kept, processes, dropout=0.2)
    everyones = Checkpoint(directory / "training-0.pt", every_steps=1000)
    resumed = train(encoder, everyones, processes, dropout=0.2)
    trainings = {"plain": plain, "straight": straight, "resumed": resumed}
    torch.save(
        {name: (one.classifier.module.state_dict(), one.threshold, one.loss_steps) for name, one in trainings.items()},
        directory / f"trained-{processes.rank}.pt",
    )
