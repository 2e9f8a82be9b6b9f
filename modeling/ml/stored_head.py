"""A version's head over stored vectors: what it says of them, and how far an engine may have rounded away from that."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from scipy.special import softmax
from torch import Tensor

from modeling.ml.classifier import TORCH_BF16, TORCH_FP32, WEIGHTS
from modeling.ml.openvino_engine import OPENVINO_ENGINES
from modeling.ml.scorer import head_probabilities

_SMALLEST = 1e-38
"""A probability that a float32 rounds to 0 has no logarithm."""


@dataclass(frozen=True, eq=False)
class Head:
    """weight: (3, d), bias: (3,), float32 as a version keeps them. Equal where every byte is."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

    @classmethod
    def of_version(cls, directory: Path) -> Self:
        """From its weights, whose SHA-256 is not asked here: a head that was changed no longer gives the version's predictions."""
        with safe_open(directory / WEIGHTS, framework="numpy") as weights:
            return cls(weights.get_tensor("head.weight"), weights.get_tensor("head.bias"))

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

    def probabilities(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 3) of vectors (n, d), the bytes that a scorer gives."""
        return head_probabilities(vectors, self.weight, self.bias)

    def logits(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """(n, 3) of vectors (n, d), in float64."""
        return vectors.astype(np.float64) @ self.weight.T.astype(np.float64) + self.bias.astype(np.float64)


@dataclass(frozen=True)
class Rounding:
    """How far probabilities may lie from those of the head over the stored vectors: `largest` of all, and on the `mean`."""

    largest: float
    mean: float


# An engine gives a comment other last bits in other company: which kernel adds up is chosen by the shape of the batch. In bfloat16 and
# int8 those are large, so one comment may move by some hundredths; that all of them do cannot happen.
_COARSE = Rounding(0.05, 0.005)
ROUNDING = {TORCH_FP32: Rounding(1e-3, 1e-5), TORCH_BF16: _COARSE} | dict.fromkeys(OPENVINO_ENGINES, _COARSE)


def rounded(p: NDArray[np.floating], logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) what the engine's arithmetic added to the logits, so that they give its probabilities `p`; each row adds up to 0."""
    added = np.log(np.maximum(p.astype(np.float64), _SMALLEST)) - logits
    return added - added.mean(axis=1, keepdims=True)


def probabilities(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return softmax(logits, axis=1) if len(logits) else logits
