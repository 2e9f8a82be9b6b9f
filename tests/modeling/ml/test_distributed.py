import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from modeling.ml.processes import Alone, processes_here, shares_of
from tests.modeling.ml.trained_together import train

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def trained(tiny_encoder, tmp_path_factory) -> tuple[Path, list[dict[str, Any]]]:
    """What two real processes, bound to this machine, say that they trained."""
    directory = tmp_path_factory.mktemp("together")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    meeting = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.modeling.ml.trained_together", str(directory), str(tiny_encoder)]
    ranks = [{"RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(2)]
    started = [subprocess.Popen(command, cwd=ROOT, env={**os.environ, **meeting, **rank}, stderr=subprocess.PIPE, text=True) for rank in ranks]
    errors = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0, 0], "\n".join(errors)
    return directory, [torch.load(directory / f"trained-{rank}.pt", weights_only=True) for rank in range(2)]


def test_two_processes_end_with_the_weights_of_one(trained, tiny_encoder):
    weights, threshold, steps = trained[1][0]["plain"]
    alone = train(str(tiny_encoder))
    for name, value in alone.classifier.module.state_dict().items():
        if name.endswith("key.bias"):
            continue  # a softmax does not see it: its gradient is rounding alone, which Adam makes as large as any other
        assert torch.allclose(weights[name], value, atol=1e-4), name
    assert threshold == pytest.approx(alone.threshold, abs=1e-3)
    for together, single in zip(steps, alone.loss_steps, strict=True):
        assert {name: together[name] for name in ("ce", "pairing", "group_kl", "total")} == pytest.approx(
            {name: single[name] for name in ("ce", "pairing", "group_kl", "total")}, abs=1e-4
        )


@pytest.mark.parametrize("name", ["plain", "straight"])
def test_both_processes_hold_the_same(trained, name):
    (first, *rest), (second, *others) = (one[name] for one in trained[1])
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert rest[0] == others[0]


def test_only_the_first_writes(trained):
    assert (trained[0] / "training-0.pt").exists()
    assert not (trained[0] / "training-1.pt").exists()


def test_both_go_on_from_one_checkpoint_each_with_its_own_dropout(trained):
    straight, resumed = (trained[1][0][name][0] for name in ("straight", "resumed"))
    assert all(torch.equal(straight[key], resumed[key]) for key in straight)


def test_every_text_has_one_process_and_all_have_similar_lengths():
    lengths = [5, 90, 7, 40, 6, 80, 41]
    parts = shares_of(lengths, 2)
    assert sorted(np.concatenate(parts)) == list(range(7))
    assert [sorted(lengths[i] for i in part) for part in parts] == [[5, 7, 41, 90], [6, 40, 80]]


def test_without_a_launcher_there_is_one_process(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert type(processes_here()) is Alone
