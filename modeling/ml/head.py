"""The fast lane: the encoder frozen, the head solved for. Strictly convex, so there is one optimum, and it is the same bytes each time."""

import copy
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from modeling.config import TrainingConfig
from modeling.errors import UnknownTermError
from modeling.ml.classifier import Classifier
from modeling.ml.data import FeedbackData, TrainingData, as_trained_on
from modeling.ml.loop import OnStep, ShouldStop, check_stop, ignore_step, never_stop, tells_reading
from modeling.ml.losses import kl_to_uniform
from modeling.ml.rows import Rows
from modeling.ml.scorer import Progress
from modeling.ml.thresholds import equal_error_threshold, scores_of
from modeling.ml.training import Training, on_base, split_rows

GRADIENT_TOLERANCE = 1e-8
_MOST_STEPS = 100
_LEVELS = 3


class Embeddings(Protocol):
    def matrix(self, texts: Iterable[str]) -> Tensor:
        """(n, d + 1) float64: the vectors of these texts with a column of ones."""


class EmbeddingCache:
    """Pooled vectors of the base by text, float32: hand the same one to all fast trainings on one base.

    The texts come as the encoder reads them (`TrainingData.as_read`); prepared once more, they might change again.
    """

    def __init__(self, base: Classifier) -> None:
        self._base = replace(base, config=base.config.but(mask_identities=False, preprocessing="none"))
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def add(self, texts: Iterable[str], on_progress: Progress | None = None) -> None:
        missing = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if missing:
            self._vectors.update(zip(missing, self._base.embed(missing, on_progress), strict=True))

    def matrix(self, texts: Iterable[str]) -> Tensor:
        """(n, d + 1) float64: the vectors with a column of ones for the bias."""
        return with_ones(self.vectors(texts))

    def vectors(self, texts: Iterable[str]) -> NDArray[np.float32]:
        """(n, d), of texts that were added."""
        rows = [self._vectors[text] for text in texts]
        return np.array(rows, dtype=np.float32).reshape(len(rows), self._base.module.width)


def with_ones(vectors: NDArray[np.float32]) -> Tensor:
    """(n, d + 1) float64 of (n, d): a column of ones for the bias."""
    return torch.from_numpy(np.hstack([vectors.astype(np.float64), np.ones((len(vectors), 1))]))


@dataclass(frozen=True)
class HeadProblem:
    """f(W) = sum w CE(q, xW) / sum w + l2/2 ||W||^2 + sum_pairs v ||(x - x')W||^2, W: (d + 1, 3), bias as last row.

    x: (n, d + 1); q: (n, 3), rows sum to 1; weights: (n,); gaps: (pairs, d + 1) of x - x'; pair_weights: (pairs,), all multipliers in.
    pair_terms: {term of the loss: (its weight, (pairs,) what each pair counts in its mean)}, of which pair_weights are the sum; to be told only.
    The bias is penalised with the rest: softmax does not change when all three biases move together, and without a penalty the
    optimum would not be unique.
    """

    x: Tensor
    q: Tensor
    weights: Tensor
    gaps: Tensor
    pair_weights: Tensor
    l2: float
    pair_terms: dict[str, tuple[float, Tensor]] = field(default_factory=dict)

    def value(self, head: Tensor) -> Tensor:
        return self.ce(head) + self.pairing(head) + 0.5 * self.l2 * head.square().sum()

    def ce(self, head: Tensor) -> Tensor:
        log_p = torch.log_softmax(self.x @ head, dim=1)
        return -(self._shares() @ (self.q * log_p).sum(dim=1))

    def pairing(self, head: Tensor) -> Tensor:
        return self.pair_weights @ self._squares(head)

    def terms(self, head: Tensor) -> dict[str, float]:
        """The terms of the loss by themselves, unweighted, under the names that trainings by steps log (`objective.Objective.terms`)."""
        pairs = self._squares(head)
        kl = kl_to_uniform(self.x @ head)
        return {"ce": float(self.ce(head)), "kl": float(kl)} | {name: float(counts @ pairs) for name, (_, counts) in self.pair_terms.items()}

    def _squares(self, head: Tensor) -> Tensor:
        return (self.gaps @ head).square().sum(dim=1)

    def gradient(self, head: Tensor) -> Tensor:
        """(d + 1, 3)."""
        residual = (torch.softmax(self.x @ head, dim=1) - self.q) * self._shares()[:, None]
        pairs = 2 * self.gaps.T @ (self.pair_weights[:, None] * (self.gaps @ head))
        return self.x.T @ residual + pairs + self.l2 * head

    def hessian(self, head: Tensor, dtype: torch.dtype = torch.float64) -> Tensor:
        """(3 (d + 1), 3 (d + 1)), level by level; positive definite for l2 > 0. Computed in `dtype`.

        A row's curvature p_i (1 - p_i) is the sum of p_i p_j over the other levels, so three products give all nine blocks.
        """
        width = self.x.shape[1]
        x, p = self.x.to(dtype), torch.softmax(self.x @ head, dim=1)
        same = (2 * self.gaps.T @ (self.pair_weights[:, None] * self.gaps) + self.l2 * torch.eye(width, dtype=torch.float64)).to(dtype)
        blocks = torch.zeros((_LEVELS, width, _LEVELS, width), dtype=dtype)
        for i, j in combinations(range(_LEVELS), 2):
            curvature = (self._shares() * p[:, i] * p[:, j]).to(dtype)
            block = x.T @ (curvature[:, None] * x)
            blocks[i, :, j] = blocks[j, :, i] = -block
            blocks[i, :, i] += block
            blocks[j, :, j] += block
        for i in range(_LEVELS):
            blocks[i, :, i] += same
        return blocks.reshape(_LEVELS * width, _LEVELS * width)

    def _shares(self) -> Tensor:
        return self.weights / self.weights.sum()


def solve(problem: HeadProblem, on_step: OnStep = ignore_step, should_stop: ShouldStop = never_stop) -> Tensor:
    """The optimum, (d + 1, 3), to a gradient norm below 1e-8, by damped Newton steps from zero.

    Gradients are in float64, and they alone decide where it ends. The Hessian only gives the direction: in float32 and kept for as long as each
    step makes the gradient ten times smaller, it gets there in half the time.
    """
    head = torch.zeros((problem.x.shape[1], _LEVELS), dtype=torch.float64)
    before, factor = math.inf, None
    for step in range(1, _MOST_STEPS + 1):
        check_stop(should_stop)
        gradient = problem.gradient(head)
        norm = float(gradient.norm())
        on_step(_record(problem, head, step, norm))
        if norm < GRADIENT_TOLERANCE:
            return head
        if factor is None or norm > before / 10:
            factor = _factor(problem, head, exact=norm > before)
        head, before = _descend(problem, head, gradient, factor), norm
    raise RuntimeError(f"the head's optimum was not reached in {_MOST_STEPS} steps (gradient norm {norm:.1e}); raise l2 above {problem.l2}")


def _factor(problem: HeadProblem, head: Tensor, exact: bool) -> Tensor:
    """Cholesky factor of the Hessian; `exact` in float64, as where float32 is too coarse for it."""
    if not exact:
        factor, failed = torch.linalg.cholesky_ex(problem.hessian(head, torch.float32))
        if not failed:
            return factor
    return torch.linalg.cholesky(problem.hessian(head))


def _descend(problem: HeadProblem, head: Tensor, gradient: Tensor, factor: Tensor) -> Tensor:
    """One Newton step, halved until the value falls enough (Armijo); near the optimum, where rounding hides the fall, taken whole."""
    downhill = -torch.cholesky_solve(gradient.T.reshape(-1, 1).to(factor.dtype), factor)
    direction = downhill.reshape(_LEVELS, -1).T.to(torch.float64)
    slope, value = float((gradient * direction).sum()), float(problem.value(head))
    size = 1.0
    while -slope > 1e-12 and size > 1e-6 and float(problem.value(head + size * direction)) > value + 1e-4 * size * slope:
        size /= 2
    return head + size * direction


def _record(problem: HeadProblem, head: Tensor, step: int, norm: float) -> dict[str, Any]:
    return {
        "step": step,
        "steps": _MOST_STEPS,
        "epoch": step,
        "total": float(problem.value(head)),
        **problem.terms(head),
        "total_gradient_norm": norm,
        "weights": {"ce": 1.0, "kl": 0.0} | {name: weight for name, (weight, _) in problem.pair_terms.items()},
    }


@dataclass(frozen=True)
class FastRows:
    """All that one fast training is solved from: rows of the loss, rows that only the threshold sees, and the vectors of their texts."""

    rows: Rows
    held_out: Rows
    embeddings: Embeddings
    config: TrainingConfig


def train_fast(
    base: Classifier,
    data: TrainingData,
    feedback: FeedbackData | None,
    config: TrainingConfig,
    on_step: OnStep = ignore_step,
    should_stop: ShouldStop = never_stop,
    embeddings: EmbeddingCache | None = None,
) -> Training:
    """Solve for the head over the encoder of `base`, which stays as it is. The same call gives the same bytes.

    Sources that say only toxic or not enter by their one-hot level: the binary margin is not convex. Raises UnknownTermError where
    the config has a term that does not exist here.
    """
    fast = fast_rows(base, data, feedback, config, embeddings, tells_reading(on_step, should_stop))
    records: list[dict[str, Any]] = []

    def record(step: dict[str, Any]) -> None:
        records.append(step)
        on_step(step)

    head, threshold = solve_rows(fast, record, should_stop)
    return Training(_with_head(base, head, threshold, fast.config), records, threshold)


def fast_rows(
    base: Classifier,
    data: TrainingData,
    feedback: FeedbackData | None,
    config: TrainingConfig,
    embeddings: EmbeddingCache | None = None,
    on_progress: Progress | None = None,
) -> FastRows:
    """Rows and vectors of a fast training, as `train_fast` solves them."""
    check_convex(config)
    config = on_base(config, base.config)
    data, people = as_trained_on(data, feedback, config, base.tokenizer.mask_token)
    cache = embeddings or EmbeddingCache(base)
    cache.add([*data.all_texts(), *people.all_texts()], on_progress)
    return FastRows(*split_rows(data, people, config), cache, config)


def solve_rows(fast: FastRows, on_step: OnStep = ignore_step, should_stop: ShouldStop = never_stop) -> tuple[Tensor, float]:
    """The head, (d + 1, 3) float64 with the bias as last row, and the threshold: from the vectors on, nothing else decides them."""
    with single_thread():
        head = solve(make_problem(fast.rows, fast.embeddings, fast.config), on_step, should_stop)
        probabilities = torch.softmax(fast.embeddings.matrix(fast.held_out.texts) @ head, dim=1).numpy()
    return head, equal_error_threshold(scores_of(probabilities), fast.held_out.toxic, fast.held_out.weights)


def check_convex(config: TrainingConfig) -> None:
    """Refuse terms beside CE and squared pairing: with most of them there is no one optimum, with multipliers not one problem."""
    fields = ("kl_weight", "augmentation_weight", "mindiff_weight", "group_kl_weight", "multiplier_rate")
    asked = [name for name in fields if getattr(config, name)] + ["feedback_form"] * (config.feedback_form != "cross_entropy")
    if asked:
        raise UnknownTermError(f"The fast lane knows cross-entropy and pairing only, not {', '.join(asked)}. Use the middle lane.")


def make_problem(rows: Rows, cache: Embeddings, config: TrainingConfig) -> HeadProblem:
    """Pairs of train and of feedback each averaged over what they count, as in `losses.logit_pairing`."""
    paired = rows.paired(np.arange(len(rows)), config)
    own, twins = [rows.texts[i] for i in paired], [twin for i in paired if (twin := rows.twins[i]) is not None]
    train_count, feedback_count = max((rows.pairing > 0).sum(), 1), max(rows.reported_counts.sum(), 1)
    pair_weights = config.pairing_weight * rows.pairing / train_count + config.feedback_weight * rows.reported / feedback_count
    # Not their sum: that would round otherwise, and bundles are to give the same bytes as ever.
    means = {"pairing": rows.pairing / train_count, "feedback": rows.reported / feedback_count}
    multipliers = {"pairing": config.pairing_weight, "feedback": config.feedback_weight}
    return HeadProblem(
        x=cache.matrix(rows.texts),
        q=torch.from_numpy(rows.q.astype(np.float64)),
        weights=torch.from_numpy(rows.weights.astype(np.float64)),
        gaps=cache.matrix(own) - cache.matrix(twins),
        pair_weights=torch.from_numpy(pair_weights[paired].astype(np.float64)),
        l2=config.l2,
        pair_terms={name: (multipliers[name], torch.from_numpy(counts[paired].astype(np.float64))) for name, counts in means.items()},
    )


def _with_head(base: Classifier, head: Tensor, threshold: float, config: TrainingConfig) -> Classifier:
    module = copy.deepcopy(base.module)
    with torch.no_grad():
        module.head.weight.copy_(head[:-1].T)
        module.head.bias.copy_(head[-1])
    return Classifier(base.tokenizer, module.eval(), threshold, config)


@contextmanager
def single_thread() -> Iterator[None]:
    """Sums in one order only: with several threads the last bits depend on how the work was shared out."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
