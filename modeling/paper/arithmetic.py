"""What printed numbers come to. Pure: numbers in, numbers out."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, log, sqrt


@dataclass(frozen=True)
class Counts:
    """Of a confusion matrix of two classes."""

    tp: float
    tn: float
    fp: float
    fn: float

    @property
    def total(self) -> float:
        return self.tp + self.tn + self.fp + self.fn

    @property
    def accuracy(self) -> float:
        return (self.tp + self.tn) / self.total

    @property
    def precision(self) -> float:
        return self.tp / (self.tp + self.fp)

    @property
    def recall(self) -> float:
        return self.tp / (self.tp + self.fn)

    @property
    def f1(self) -> float:
        return f1(self.precision, self.recall)

    @property
    def mcc(self) -> float:
        margins = (self.tp + self.fp) * (self.tp + self.fn) * (self.tn + self.fp) * (self.tn + self.fn)
        return (self.tp * self.tn - self.fp * self.fn) / sqrt(margins)

    @property
    def positive_share(self) -> float:
        return (self.tp + self.fn) / self.total


def f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall)


def f1_limits(precision: float, recall: float, half: float = 0.0005) -> tuple[float, float]:
    """Within which an F1 may lie whose precision and recall, and itself, were rounded by up to `half`."""
    return f1(precision - half, recall - half) - half, f1(precision + half, recall + half) + half


def kl_to_uniform(p: Sequence[float]) -> float:
    """KL(P || uniform) in nats: ln K less the entropy of P."""
    return log(len(p)) + sum(value * log(value) for value in p if value)


def cross_entropy_at(confidence: float, accuracy: float) -> float:
    """Mean cross-entropy of a two-class model that always says `confidence` and is right in the share `accuracy`."""
    return -accuracy * log(confidence) - (1 - accuracy) * log(1 - confidence)


def typical_probability(cross_entropy: float) -> float:
    """The geometric mean of what a model of this cross-entropy gives to the right class."""
    return exp(-cross_entropy)


def slope_of_loss(logit: float, added: float, step: float = 1e-6) -> float:
    """d/dz of `CE(softmax(z, 0, 0)) + added` for the first class at `logit`, by central difference: what training sees of the loss."""

    def loss(z: float) -> float:
        return -log(exp(z) / (exp(z) + 2)) + added

    return (loss(logit + step) - loss(logit - step)) / (2 * step)


def two_proportions(first: float, second: float, n: int) -> tuple[float, float]:
    """z and two-sided p of a difference of two shares of `n` each, not paired."""
    pooled = (first + second) / 2
    z = (second - first) / sqrt(2 * pooled * (1 - pooled) / n)
    return z, erfc(abs(z) / sqrt(2))


def relative_change(before: float, after: float) -> float:
    """In per cent of what was before."""
    return 100 * (after - before) / before
