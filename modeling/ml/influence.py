"""What people's labels changed in the fast lane's head, without solving it again for each of them: influence functions.

With f the loss that the head W minimises, H its Hessian there and c_i what label i adds to its gradient, taking label i away moves W by
about H^-1 c_i, and so the loss L of other comments by grad L . H^-1 c_i. Source: Koh and Liang 2017 (eq. 2, with the weights' sum and the
number of pairs moving too, as they do in `head.make_problem`). Of first order: where few labels weigh much it says who moved the head most
rather than how far; `benchmarks/influence.py` holds it against heads that were solved again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from modeling.measures.data import FEWEST_CLUSTERS
from modeling.measures.intervals import t_interval
from modeling.ml.head import FastRows, HeadProblem, make_problem, single_thread, solve

_LEVELS = 3

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Judges:
    """Comments on which changes are measured. x: (n, d + 1); q: (n, 3); weights: (n,); cluster: (n,) numbers from 0 on, none left out; members
    of one are no independent witnesses."""

    x: Tensor
    q: Tensor
    weights: Tensor
    cluster: NDArray[np.int64]

    @property
    def clusters(self) -> int:
        return int(self.cluster.max(initial=-1)) + 1

    def losses(self, head: Tensor) -> Floats:
        """(n,) soft cross-entropies."""
        return -(self.q * torch.log_softmax(self.x @ head, dim=1)).sum(dim=1).numpy()


def judges_of(fast: FastRows, cluster: Sequence[str] | None = None) -> Judges:
    """The comments of train that the head was not solved from; people's labels among the held-out do not judge themselves.

    cluster: (held-out rows of train,) whose members are no independent witnesses; without it each comment stands alone."""
    rows = fast.held_out
    own = np.flatnonzero(~rows.people)
    names = range(len(own)) if cluster is None else cluster
    return Judges(
        x=fast.embeddings.matrix([rows.texts[i] for i in own]),
        q=torch.from_numpy(rows.q[own].astype(np.float64)),
        weights=torch.from_numpy(rows.weights[own].astype(np.float64)),
        cluster=np.unique(list(names), return_inverse=True)[1],
    )


@dataclass(frozen=True)
class Change:
    """`effect`: mean loss with the labels minus without; `low`, `high`: its 95 % interval over the comments."""

    effect: float
    low: float
    high: float


def changes(fast: FastRows, head: Tensor, judges: Judges, shares: Floats) -> list[Change]:
    """For each column of shares, (people's rows of `fast`, sources): what this source's share in each label changed together.

    Raises ValueError where the judges are of fewer than `FEWEST_CLUSTERS` clusters: no spread can be told then.
    """
    if judges.clusters < FEWEST_CLUSTERS:
        raise ValueError(f"comments of {judges.clusters} texts or families are too few to measure a change on")
    with single_thread():
        problem = make_problem(fast.rows, fast.embeddings, fast.config)
        added = label_gradients(fast, problem, head)
        moved = torch.cholesky_solve(added.T @ torch.from_numpy(shares), torch.linalg.cholesky(problem.hessian(head)))
        each = -(_gradients(judges.x, judges.q, head) @ moved).numpy()
    return [_change(column, judges) for column in each.T]


def solved(fast: FastRows) -> Tensor:
    with single_thread():
        return solve(make_problem(fast.rows, fast.embeddings, fast.config))


def label_gradients(fast: FastRows, problem: HeadProblem, head: Tensor) -> Tensor:
    """(people's rows, 3 (d + 1)), level by level: minus the derivative of the gradient by the share of each label that is taken away."""
    people = torch.from_numpy(np.flatnonzero(fast.rows.people))
    each = _gradients(problem.x[people], problem.q[people], head)
    mean = _flat(problem.x.T @ ((torch.softmax(problem.x @ head, dim=1) - problem.q) * problem.weights[:, None])) / problem.weights.sum()
    added = (problem.weights[people] / problem.weights.sum())[:, None] * (each - mean)
    return added + _pair_gradients(fast, problem, head)


def _pair_gradients(fast: FastRows, problem: HeadProblem, head: Tensor) -> Tensor:
    """The same of the pairs that reports of bias made: each weighs 1 / their number, which falls with it."""
    rows = fast.rows
    paired = rows.paired(np.arange(len(rows)), fast.config)
    place = np.cumsum(rows.people) - 1
    reported = np.flatnonzero(rows.reported[paired] > 0)
    added = torch.zeros((int(rows.people.sum()), _LEVELS * problem.x.shape[1]), dtype=torch.float64)
    if not len(reported):
        return added
    gaps, weights = problem.gaps[reported], problem.pair_weights[reported]
    each = _outer(2 * weights[:, None] * (gaps @ head), gaps)
    added[place[paired[reported]]] = each - each.mean(dim=0)
    return added


def _gradients(x: Tensor, q: Tensor, head: Tensor) -> Tensor:
    """(n, 3 (d + 1)) of each row's cross-entropy."""
    return _outer(torch.softmax(x @ head, dim=1) - q, x)


def _outer(levels: Tensor, x: Tensor) -> Tensor:
    """(n, 3 (d + 1)), in the Hessian's order."""
    return (levels[:, :, None] * x[:, None, :]).reshape(len(x), -1)


def _flat(gradient: Tensor) -> Tensor:
    """(d + 1, 3) in the Hessian's order."""
    return gradient.T.reshape(-1)


def _change(each: Floats, judges: Judges) -> Change:
    """The weighted mean, with the interval of a mean over clusters."""
    weights = judges.weights.numpy() / judges.weights.numpy().sum()
    effect = float(weights @ each)
    sums = np.bincount(judges.cluster, weights * (each - effect))
    freedom = judges.clusters - 1
    low, high = t_interval(effect, np.sqrt((sums**2).sum() * judges.clusters / freedom), freedom)
    return Change(effect, float(low), float(high))
