import logging
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from modeling.ml.checkpoint import Checkpoint
from modeling.ml.loop import Loop
from modeling.ml.processes import Alone
from modeling.ml.training import Training, train_full
from tests.modeling.ml.conftest import make_data
from tests.modeling.ml.killed_training import CONFIG, train

ROOT = Path(__file__).parents[3]


def weights_of(training: Training) -> bytes:
    return b"".join(value.numpy().tobytes() for value in training.classifier.module.state_dict().values())


def run_and_kill(directory: Path, encoder: Path, lane: str, *arguments: str) -> None:
    command = [sys.executable, "-m", "tests.modeling.ml.killed_training", str(directory), str(encoder), lane, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.fixture(scope="module")
def uninterrupted(tiny_encoder) -> dict[str, Training]:
    return {lane: train(lane, str(tiny_encoder)) for lane in ("full", "middle")}


@pytest.mark.parametrize(("lane", "kills"), [("full", [("4",), ("5",), ("9",)]), ("full", [("0", "torn")]), ("middle", [("9",)])])
def test_a_killed_training_ends_with_the_same_bytes(uninterrupted, tiny_encoder, tmp_path, lane, kills):
    for kill in kills:  # each goes on from where the one before was killed
        run_and_kill(tmp_path, tiny_encoder, lane, *kill)
    assert (tmp_path / "training.pt").exists()
    assert (tmp_path / "training.pt.part").exists() == ("torn" in kills[0])
    seen = Checkpoint(tmp_path / "training.pt", every_steps=1000)
    resumed = train(lane, str(tiny_encoder), checkpoint=seen)
    expected = uninterrupted[lane]
    assert weights_of(resumed) == weights_of(expected)
    assert resumed.threshold == expected.threshold
    assert resumed.loss_steps == expected.loss_steps


def test_it_goes_on_and_does_not_start_again(tiny_encoder, tmp_path):
    checkpoint, first, second = Checkpoint(tmp_path / "training.pt", every_steps=2), [], []
    data = make_data(60, CONFIG)
    with pytest.raises(KeyboardInterrupt):
        train_full(data, CONFIG, str(tiny_encoder), on_step=lambda record: first.append(record) or interrupt(record, 9), checkpoint=checkpoint)
    train_full(data, CONFIG, str(tiny_encoder), on_step=second.append, checkpoint=checkpoint)
    assert first[-1]["step"] == second[0]["step"] == 9


def interrupt(record: dict, at: int) -> None:
    if record["step"] == at:
        raise KeyboardInterrupt


@pytest.mark.parametrize("changes", [{"seed": 5}, {"learning_rate": 3e-3}, {"pairing_weight": 0.3}])
def test_a_checkpoint_of_other_settings_is_not_used_and_the_log_says_why(tiny_encoder, tmp_path, caplog, changes):
    data, path = make_data(40, CONFIG), tmp_path / "training.pt"
    train_full(data, CONFIG.but(epochs=1), str(tiny_encoder), checkpoint=Checkpoint(path, every_steps=1))
    with caplog.at_level(logging.WARNING):
        other = CONFIG.but(epochs=1, **changes)
        resumed = train_full(data, other, str(tiny_encoder), checkpoint=Checkpoint(path, every_steps=1000))
    assert "is of another training" in caplog.text
    assert weights_of(resumed) == weights_of(train_full(data, other, str(tiny_encoder)))


def test_a_checkpoint_of_other_data_is_not_used(tiny_encoder, tmp_path, caplog):
    path, config = tmp_path / "training.pt", CONFIG.but(epochs=1)
    train_full(make_data(40, config), config, str(tiny_encoder), checkpoint=Checkpoint(path, every_steps=1))
    train_full(make_data(40, config, seed=1), config, str(tiny_encoder), checkpoint=Checkpoint(path, every_steps=1000))
    assert "is of another training" in caplog.text


def test_a_file_that_is_no_checkpoint_is_not_used(tiny_encoder, tmp_path, caplog):
    path = tmp_path / "training.pt"
    path.write_bytes(b"no checkpoint")
    assert Checkpoint(path).read("fingerprint") is None
    assert "cannot be read" in caplog.text


def test_by_time_it_waits_and_a_slow_writing_waits_longer(tmp_path):
    checkpoint = Checkpoint(tmp_path / "training.pt")
    assert not checkpoint.is_due(1)
    checkpoint._written_at -= 31
    assert checkpoint.is_due(1)
    checkpoint._cost = 1.0  # a second of writing: 2 % of 50 seconds
    assert not checkpoint.is_due(1)
    checkpoint._written_at -= 20
    assert checkpoint.is_due(1)


@pytest.mark.parametrize(("rank", "asks"), [(0, True), (1, False)])
def test_of_several_processes_the_first_says_when_to_write(tmp_path, rank, asks):
    """The clock of another one is never set back by a writing: it would have a checkpoint written after each step."""
    asked: list[bool] = []

    class OneOfTwo(Alone):
        count = 2

        def any(self, here: bool) -> bool:
            asked.append(here)
            return False

    checkpoint, processes = Checkpoint(tmp_path / "training.pt"), OneOfTwo()
    checkpoint._written_at -= 31
    processes.rank = rank
    loop = Loop(module=None, feeder=None, rows=None, held_out=None, config=CONFIG, checkpoint=checkpoint, processes=processes)
    loop.step = 1
    loop._keep_if_due()
    assert asked == [asks]


def test_nothing_is_left_after_removing(tmp_path):
    checkpoint = Checkpoint(tmp_path / "deeper" / "training.pt")
    checkpoint.write({"weights": torch.ones(3)}, "fingerprint")
    assert torch.equal(checkpoint.read("fingerprint")["weights"], torch.ones(3))
    checkpoint.path.with_name("training.pt.part").write_bytes(b"torn")
    checkpoint.remove()
    checkpoint.remove()
    assert not list((tmp_path / "deeper").iterdir())
