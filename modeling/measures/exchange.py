"""Is one version's gain on a measure made of AUCs more than chance? Both versions' predictions are exchanged at random, cluster by cluster.

If it does not matter which of two versions said what of a cluster, the exchanged pairs are as likely as the one there is: the test then
holds its level exactly, however few the clusters, where a standard error estimated from few of them misleads. Versions that are equally
good and yet unlike are compared in units of the difference's own standard error (by influences, as in `battery`), so that the level holds
for them too as clusters grow: Janssen (1997), Chung and Romano (2013). Of few clusters it may not (`benchmarks.few_families`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from modeling.measures.aucs import Clusters, correction
from modeling.measures.data import Floats, Mask, Scored, check_paired
from modeling.measures.fairness import POWER, power_mean
from modeling.measures.intervals import ROUNDING
from modeling.measures.statistics import divide

OF_AUCS: dict[str, tuple[float, float, float, float]] = {
    "roc_auc": (1, 0, 0, 0),
    "jigsaw_score": (0.25, 0.25, 0.25, 0.25),
    "generalized_mean_subgroup_auc": (0, 1, 0, 0),
    "generalized_mean_bpsn_auc": (0, 0, 1, 0),
    "generalized_mean_bnsp_auc": (0, 0, 0, 1),
}
"""Measures as weights of the overall AUC and of the power means of the counted subgroups' AUCs, BPSN AUCs and BNSP AUCs."""

TIES = 1e-6
"""Exchanges that change nothing give the same t but for rounding: they count as reaching it."""
CELLS = 60_000
"""Numbers of one array that are held at once: about what a core keeps near."""
FEWEST_DRAWS = 1_000
"""Before p is known to be above alpha for certain, the interval needs so many of its own."""


@dataclass(frozen=True)
class ExchangeTest:
    """`difference` of a - b as measured with its `error`, above 0; `exchanged`: difference / error of exchanged pairs, sorted.

    Each exchange is counted with its mirror image, in which everything else is exchanged and the sign is the other; so is the pair itself.
    """

    difference: float
    error: float
    exchanged: Floats

    @property
    def t(self) -> float:
        return float(_studentised(self.difference, self.error))

    @property
    def p_value(self) -> float:
        """One-sided, of "a is no better than b": how many of all pairs, the measured one among them, reach its t."""
        reaching = (self.exchanged >= self.t - TIES).sum()
        return float((1 + reaching) / (1 + len(self.exchanged)))

    def critical(self, alpha: float) -> float:
        """The t that must be passed for p <= alpha. Raises ValueError for an alpha that so few exchanges cannot reach."""
        allowed = int(np.floor(alpha * (1 + len(self.exchanged)) + TIES)) - 1
        if allowed < 0:
            raise ValueError(f"{len(self.exchanged)} exchanges are too few for a test at {alpha:.4f}")
        return float(self.exchanged[-1 - allowed] + TIES)

    def limits(self, level: float) -> tuple[float, float]:
        """Two-sided interval of the difference; that of level 1 - 2 alpha lies above 0 if and only if `p_value` is at most alpha."""
        half = self.critical((1 - level) / 2) * self.error if self.error else 0.0
        return self.difference - half, self.difference + half


def exchange_test(a: Scored, b: Scored, measure: str, draws: int, seed: int, alpha: float = 1.0) -> ExchangeTest | None:
    """Of "a is better than b" on a measure of `OF_AUCS`; None where both say the same of every comment.

    `draws`: exchanges, with their mirrors. Once p is above `alpha` whatever is still drawn, no more is: most versions are no better, and
    that takes a tenth of the time. Raises ValueError for other comments on one side. The caller knows that the measure is defined, and by
    enough clusters.
    """
    check_paired(a, b)
    if np.array_equal(a.score, b.score):
        return None
    pair = Pair(a, b, measure)
    difference, error = (float(part[0]) for part in pair.measured(np.zeros((1, pair.clusters.count), dtype=bool)))
    t = float(_studentised(difference, error))
    exchanged, rng = np.array([-t]), np.random.default_rng(seed)
    for size in pair.sizes(draws // 2):
        found = _studentised(*pair.measured(rng.random((size, pair.clusters.count)) < 0.5))
        exchanged = np.concatenate([exchanged, found, -found])
        if len(exchanged) >= FEWEST_DRAWS and (exchanged >= t - TIES).sum() >= alpha * (1 + draws):
            break
    return ExchangeTest(difference, error, np.sort(exchanged))


def _studentised(difference: Floats | float, error: Floats | float) -> Floats:
    """difference / error; 0 for versions that are alike, and infinite for a difference that nothing which is drawn would move."""
    difference, error = (np.where(np.abs(each) <= ROUNDING, 0.0, each) for each in (difference, error))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((difference == 0) & (error == 0), 0.0, difference / error)


class Pair:
    """Both versions' scores as places (n,) in one order from low to high, comments in the order of their clusters."""

    def __init__(self, a: Scored, b: Scored, measure: str) -> None:
        self.clusters, self.weights = Clusters.of(a.cluster), OF_AUCS[measure]
        order = self.clusters.order
        found, places = np.unique(np.concatenate([a.score[order], b.score[order]]), return_inverse=True)
        self.count = len(found)
        self.a, self.b = places.reshape(2, len(a))
        self.toxic = a.toxic[order]
        counted = [a.memberships[name][order] for name in a.subgroups_counted] if any(self.weights[1:]) else []
        self.everyone = _Side(self, np.ones(len(a), dtype=bool))
        self.groups = [_Side(self, members) for members in counted]

    def sizes(self, draws: int) -> Iterator[int]:
        """Of batches whose arrays are not large."""
        most = max(1, CELLS // max(self.count, len(self.toxic), 3 * len(self.groups)))
        for first in range(0, draws, most):
            yield min(most, draws - first)

    @cached_property
    def starts(self) -> NDArray[np.intp]:
        code = self.clusters.code
        return np.flatnonzero(np.append(True, code[1:] != code[:-1]))

    def measured(self, swap: Mask) -> tuple[Floats, Floats]:
        """(e,) differences a - b and their errors, where the clusters that `swap` (e, clusters) names are exchanged."""
        rows = swap[:, self.clusters.code]
        of_a, of_b = (self._version(np.where(rows, other, own)) for own, other in ((self.a, self.b), (self.b, self.a)))
        moved = np.add.reduceat(of_a[1] - of_b[1], self.starts, axis=1)
        return of_a[0] - of_b[0], np.sqrt((moved**2).sum(axis=1))

    def _version(self, places: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """(e,) values, and (e, n) the influence of every comment on them."""
        won = self.everyone.won(places)
        of_groups = [group.won(places) for group in self.groups]
        rest = [group.won_over_rest(won, own, self.everyone) for group, own in zip(self.groups, of_groups, strict=True)]
        overall = self.everyone.mean(won, self.everyone.toxic)
        triples = [group.aucs(own, others) for group, own, others in zip(self.groups, of_groups, rest, strict=True)]
        means = np.reshape(triples, (len(self.groups), 3, len(places))).transpose(1, 2, 0)
        value, influence = self.weights[0] * overall, self.weights[0] * self.everyone.inside * (won - overall[:, None])
        gradients = np.zeros(means.shape)
        for weight, aucs, gradient in zip(self.weights[1:], means, gradients, strict=True):
            if weight:
                value = value + weight * power_mean(aucs)
                gradient[:] = weight * _power_mean_gradient(aucs)
        for place, (group, own, others) in enumerate(zip(self.groups, of_groups, rest, strict=True)):
            influence += group.influence(own, others, means[:, :, place], gradients[:, :, place])
        return value, influence


def _power_mean_gradient(values: Floats) -> Floats:
    """(e, G) by how much the power mean of each row moves with each of its values; 0 for those that are undefined.

    In closed form: by differences, rounding would tell exchanges apart that change nothing.
    """
    defined = ~np.isnan(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        powers = np.where(defined, np.maximum(values, 0), np.inf) ** (POWER - 1)
        total = np.where(defined, powers * values, 0).sum(axis=1, keepdims=True)
        return np.nan_to_num(power_mean(values)[:, None] * powers / total)


class _Side:
    """The members of a subgroup, or everyone. What is the same for all exchanges: who they are and what their shares weigh.

    `toxic`, `harmless` (n,): the members of each class; `inside`, `outside` (n,): 1 / size of a comment's own class among members and among
    the rest, 0 for the others, with the factor of a sample variance of clusters.
    """

    def __init__(self, pair: Pair, members: Mask) -> None:
        self.pair = pair
        self.toxic, self.harmless = members & pair.toxic, members & ~pair.toxic
        self.rest_toxic, self.rest_harmless = ~members & pair.toxic, ~members & ~pair.toxic
        self.inside = self._weights(self.toxic) + self._weights(self.harmless)
        self.outside_toxic, self.outside_harmless = self._weights(self.rest_toxic), self._weights(self.rest_harmless)
        self.inside_toxic, self.inside_harmless = self.inside * self.toxic, self.inside * self.harmless

    def _weights(self, rows: Mask) -> Floats:
        held = np.count_nonzero(np.bincount(self.pair.clusters.code[rows]))
        return rows * float(correction(np.float64(held))) / max(1, int(rows.sum()))

    def won(self, places: NDArray[np.intp]) -> Floats:
        """(e, n) the share of members of the other class that each comment is rightly placed above or below; ties count half."""
        won = np.empty(places.shape)
        for own, rivals, sign in ((self.pair.toxic, self.harmless, 1), (~self.pair.toxic, self.toxic, -1)):
            below = np.take_along_axis(self._below(places[:, rivals]), places[:, own], axis=1) / max(1, int(rivals.sum()))
            won[:, own] = below if sign > 0 else 1 - below
        return won

    def _below(self, rivals: NDArray[np.intp]) -> Floats:
        """(e, places): how many of the rivals (e, r) lie below each place, those on it counted half."""
        draws, count = len(rivals), self.pair.count
        on = np.bincount((rivals + count * np.arange(draws)[:, None]).ravel(), minlength=draws * count).reshape(draws, count)
        return np.cumsum(on, axis=1) - on / 2

    def won_over_rest(self, won_over_all: Floats, won: Floats, everyone: "_Side") -> Floats:
        """(e, n) as `won`, over those of the other class who are not members."""
        over = np.zeros(won.shape)
        for own, all_rivals, rivals in ((self.pair.toxic, everyone.harmless, self.harmless), (~self.pair.toxic, everyone.toxic, self.toxic)):
            everybody, members = int(all_rivals.sum()), int(rivals.sum())
            over[:, own] = (everybody * won_over_all[:, own] - members * won[:, own]) / max(1, everybody - members)
        return over

    @staticmethod
    def mean(won: Floats, rows: Mask) -> Floats:
        """(e,) over these comments; nan of none."""
        return divide(won @ rows, rows.sum())

    def aucs(self, won: Floats, over_rest: Floats) -> list[Floats]:
        """Subgroup AUC, BPSN AUC, BNSP AUC, (e,) each; nan where nobody of the other class is outside."""
        bnsp = self.mean(over_rest, self.toxic) if self.rest_harmless.any() else np.full(len(won), np.nan)
        return [self.mean(won, self.toxic), self.mean(won, self.rest_toxic), bnsp]

    def influence(self, won: Floats, over_rest: Floats, aucs: Floats, gradient: Floats) -> Floats:
        """(e, n) of each comment through this subgroup's three AUCs (3, e), as in `aucs.SubgroupAucs`; none through an undefined one."""
        subgroup, bpsn, bnsp = np.nan_to_num(aucs)[:, :, None]
        of_subgroup, of_bpsn, of_bnsp = gradient[:, :, None]
        return (
            of_subgroup * self.inside * (won - subgroup)
            + of_bpsn * (self.inside_harmless * (over_rest - bpsn) + self.outside_toxic * (won - bpsn))
            + of_bnsp * (self.inside_toxic * (over_rest - bnsp) + self.outside_harmless * (won - bnsp))
        )
