"""A training's whole state in one file, so that a killed training goes on where it stopped and ends with the same weights."""

import dataclasses
import hashlib
import json
import logging
import pickle
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from modeling.config import TrainingConfig
from modeling.ml.disk import sync
from modeling.ml.rows import Rows

logger = logging.getLogger(__name__)

_FEWEST_SECONDS = 30.0
_SHARE = 0.02
"""Of the training's time that writing may take: the next checkpoint waits until the last one's cost has become so small."""


class Checkpoint:
    """Where a training keeps its state, and how often: by time, or after each `every_steps` steps.

    A state is written beside the last one, to the disk itself, and then takes its name: a kill at any moment, in the middle of
    writing too, leaves the last whole state. What a killed writer left is overwritten by the next. One process writes and all read:
    of a training on several machines `path` is on a disk that they share.
    """

    def __init__(self, path: Path, every_steps: int = 0) -> None:
        self.path = path
        self.every_steps = every_steps
        self._written_at, self._cost = time.monotonic(), 0.0

    def read(self, fingerprint: str) -> dict[str, Any] | None:
        """The state of the training with this `fingerprint`; None, with the reason in the log, where there is none that can be used."""
        self._written_at = time.monotonic()
        if not self.path.exists():
            return None
        try:
            kept = torch.load(self.path, map_location="cpu", weights_only=True)
        except (RuntimeError, EOFError, OSError, pickle.UnpicklingError) as error:
            logger.warning("The checkpoint %s cannot be read (%s). The training starts from the beginning.", self.path.name, error)
            return None
        if kept["fingerprint"] != fingerprint:
            logger.warning(
                "The checkpoint %s is of another training: its settings, its data, its start or the machine's threads differ. "
                "It is not used; the training starts from the beginning.",
                self.path.name,
            )
            return None
        return kept["state"]

    def is_due(self, step: int) -> bool:
        if self.every_steps:
            return step % self.every_steps == 0
        return time.monotonic() - self._written_at >= max(_FEWEST_SECONDS, self._cost / _SHARE)

    def write(self, state: dict[str, Any], fingerprint: str) -> None:
        started = time.monotonic()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f"{self.path.name}.part")
        self._write_part(part, {"fingerprint": fingerprint, "state": state})
        part.replace(self.path)
        sync(self.path.parent)
        self._written_at = time.monotonic()
        self._cost = self._written_at - started

    def _write_part(self, part: Path, content: dict[str, Any]) -> None:
        torch.save(content, part)
        sync(part)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.path.with_name(f"{self.path.name}.part").unlink(missing_ok=True)


def fingerprint_of(config: TrainingConfig, module: nn.Module, processes: int, *parts: Rows) -> str:
    """SHA-256 of all that decides a training: settings, first weights, data, threads, processes and torch itself."""
    digest = hashlib.sha256(json.dumps([config.as_dict(), torch.__version__, torch.get_num_threads(), processes]).encode())
    for name, value in module.state_dict().items():
        digest.update(name.encode())
        digest.update(value.cpu().contiguous().numpy())
    for rows in parts:
        for field in dataclasses.fields(rows):
            value = getattr(rows, field.name)
            digest.update(np.ascontiguousarray(value) if isinstance(value, np.ndarray) else json.dumps(value).encode())
    return digest.hexdigest()
