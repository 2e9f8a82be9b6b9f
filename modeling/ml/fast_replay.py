"""The fast lane from stored arrays: its head solved again. No texts, no encoder."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from modeling.config import TrainingConfig
from modeling.ml.head import FastRows, solve_rows, with_ones
from modeling.ml.rows import Rows
from modeling.ml.stored_head import Head

FLAGS = ("toxic", "people")

ReadArray = Callable[[str], NDArray[Any]]


class StoredVectors:
    """Vectors (m, d) by their number, written as a text: what `Rows` of a bundle hold in the place of texts."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self._vectors = vectors

    def matrix(self, texts: Iterable[str]) -> Tensor:
        return with_ones(self._vectors[np.array([int(text) for text in texts], dtype=np.int64)])


def solve_again(read: ReadArray, config: TrainingConfig) -> tuple[Head, float]:
    """(head, threshold) from the arrays that `bundle_fast` stored; `read` gives one by the name that it has below `fast/`."""
    fast = FastRows(stored_rows(read, "rows"), stored_rows(read, "held_out"), StoredVectors(read("vectors")), config)
    head, threshold = solve_rows(fast)
    return Head.solved(head), threshold


def stored_rows(read: ReadArray, name: str) -> Rows:
    """Raises ValueError where the arrays do not belong together."""
    texts, twins = read(f"{name}_text"), read(f"{name}_twin")
    parts = {part: read(f"{name}_{part}") for part in ("q", "weights", "pairing", "reported", *FLAGS)}
    n = len(texts)
    if {len(twins), *(len(part) for part in parts.values())} != {n} or parts["q"].shape != (n, 3):
        raise ValueError(f"the arrays of {name} do not belong together")
    return Rows(
        texts=[str(number) for number in texts.tolist()],
        twins=[None if number < 0 else str(number) for number in twins.tolist()],
        binary=np.zeros(n, dtype=bool),
        harmless=parts["q"].argmax(axis=1) == 0,
        subgroups=(),
        memberships=np.zeros((n, 0), dtype=bool),
        multipliers={},
        **parts,
    )
