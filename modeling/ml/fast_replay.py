"""The fast lane from stored arrays: its head solved again, and what the head says of stored vectors. No texts, no encoder."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor

from modeling.config import TrainingConfig
from modeling.ml.head import FastRows, solve_rows, with_ones
from modeling.ml.rows import Rows

FLAGS = ("toxic", "people")
_SMALLEST = 1e-38
"""A probability that a float32 rounds to 0 has no logarithm."""

ReadArray = Callable[[str], NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Head:
    """weight: (3, d), bias: (3,), float32 as a version keeps them. Equal where every byte is."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

    @classmethod
    def of(cls, layer: torch.nn.Linear) -> Self:
        return cls(layer.weight.detach().numpy().copy(), layer.bias.detach().numpy().copy())

    @classmethod
    def solved(cls, head: Tensor) -> Self:
        """Of the optimum (d + 1, 3), bias last, rounded as a version rounds it."""
        rounded = head.to(torch.float32).numpy()
        return cls(np.ascontiguousarray(rounded[:-1].T), rounded[-1].copy())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Head) and self.sha256 == other.sha256

    __hash__ = None  # type: ignore[assignment]  # equal by value and mutable, so not hashable

    @property
    def sha256(self) -> str:
        return hashlib.sha256(np.ascontiguousarray(self.weight).tobytes() + np.ascontiguousarray(self.bias).tobytes()).hexdigest()

    def distance(self, other: "Head") -> float:
        """The largest difference between two weights."""
        return float(max(np.abs(self.weight - other.weight).max(initial=0), np.abs(self.bias - other.bias).max(initial=0)))


def logits(vectors: NDArray[np.float32], head: Head) -> NDArray[np.float64]:
    """(n, 3) of vectors (n, d)."""
    return vectors.astype(np.float64) @ head.weight.T.astype(np.float64) + head.bias.astype(np.float64)


def offsets(p: NDArray[np.floating], found: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) what the engine's arithmetic added to the logits `found`, so that they give its probabilities `p`; each row adds up to 0."""
    added = np.log(np.maximum(p.astype(np.float64), _SMALLEST)) - found
    return added - added.mean(axis=1, keepdims=True)


def probabilities(found: NDArray[np.float64], added: NDArray[np.float64]) -> NDArray[np.float64]:
    return softmax(found + added, axis=1) if len(found) else found


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
