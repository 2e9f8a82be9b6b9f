"""One process, or several that train one module together through Accelerate: each takes a share of every batch.

Each process computes the logits of its share; then all of them see all logits and compute the loss of the whole batch, and each
sends back the gradient of its own part. So every term, weighted means and running means included, is exactly that of one process
with the same batch; the weights after training differ from those of one process by rounding only (and by dropout's draws). Only the
gradient norms that a step's record tells are those of the process's own share.
"""

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from modeling.ml.device import device_of


class Alone:
    """One process: nothing to share."""

    rank, count = 0, 1

    def device(self, wanted: str) -> torch.device:
        return device_of(wanted)

    def prepare(self, module: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[nn.Module, torch.optim.Optimizer]:
        return module, optimizer

    def logits(self, forward: Callable[[Sequence[str]], Tensor], texts: Sequence[str], lengths: Sequence[int]) -> Tensor:
        """(n, 3), in the order of `texts`."""
        return forward(texts)

    def backward(self, loss: Tensor) -> None:
        loss.backward()

    def any(self, here: bool) -> bool:
        return here

    def gather(self, items: list[Any]) -> list[Any]:
        """The items of all processes, in their order."""
        return items


class Together(Alone):
    """Several processes, as `torchrun` (or `accelerate launch` for GPUs and several machines) started them.

    Only the first writes the checkpoint, and each reads it to go on: several machines need a disk in common for it.
    """

    def __init__(self, wanted: str = "auto") -> None:
        # Here, and not above: one process alone, which is the rule, need not wait for its import.
        from accelerate import Accelerator

        device = device_of(wanted)
        self.accelerator = Accelerator(cpu=device.type == "cpu", mixed_precision="no")  # the loop's own autocast leaves the head in float32
        self.rank, self.count = self.accelerator.process_index, self.accelerator.num_processes

    def device(self, wanted: str) -> torch.device:
        return self.accelerator.device

    def prepare(self, module: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[nn.Module, torch.optim.Optimizer]:
        return self.accelerator.prepare(module, optimizer)

    def logits(self, forward: Callable[[Sequence[str]], Tensor], texts: Sequence[str], lengths: Sequence[int]) -> Tensor:
        parts = shares_of(lengths, self.count)
        mine = parts[self.rank]
        # A batch with fewer texts than processes: compute one anyway, or the others would wait for this one's gradients for ever.
        local = forward([texts[i] for i in (mine if len(mine) else [0])])[: len(mine)]
        full = self._gathered(local.detach(), parts, len(texts))
        full[torch.from_numpy(mine).to(full.device)] = local
        return full

    def _gathered(self, local: Tensor, parts: list[NDArray[np.int64]], count: int) -> Tensor:
        longest = max(len(part) for part in parts)
        padded = torch.zeros((longest, 3), device=local.device)
        padded[: len(local)] = local
        everyones = self.accelerator.gather(padded).reshape(self.count, longest, 3)
        full = torch.empty((count, 3), device=local.device)
        for part, logits in zip(parts, everyones, strict=True):
            full[torch.from_numpy(part).to(full.device)] = logits[: len(part)]
        return full

    def backward(self, loss: Tensor) -> None:
        """The gradients are averaged over the processes; each holds its own part of one sum."""
        self.accelerator.backward(loss * self.count)

    def any(self, here: bool) -> bool:
        return bool(self.accelerator.reduce(torch.tensor(float(here), device=self.accelerator.device)) > 0)

    def gather(self, items: list[Any]) -> list[Any]:
        from accelerate.utils import gather_object

        return gather_object(items)


def shares_of(lengths: Sequence[int], count: int) -> list[NDArray[np.int64]]:
    """Places of a batch's texts for each process: dealt out by length, so that all of them have nearly the same to compute."""
    order = np.argsort(-np.asarray(lengths), kind="stable")
    return [order[rank::count] for rank in range(count)]


def processes_here(wanted: str = "auto") -> Alone:
    """`Together` in a process that a launcher started beside others, else `Alone`."""
    return Together(wanted) if int(os.environ.get("WORLD_SIZE", "1")) > 1 else Alone()
