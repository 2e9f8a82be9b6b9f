"""How much more the bias terms weigh for harmless comments about each subgroup: what is flagged too often is pushed harder."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

SHRINK = 20
TOLERANCE = 0.02
"""A false positive rate so much above the background's is let pass (model.md 3)."""


class Multipliers:
    """`lambda_g <- lambda_g exp(eta n / (n + 20) (FPR_g - FPR_background - .02))`, kept within [1 / cap, cap].

    n: harmless comments about g on the slice that the rates come from, so that a handful moves little either way. The background of
    a subgroup is all other comments, as in `measures.fairness`.

    They weigh L_bias (pairing, augmentation, MinDiff, group KL) and not the CE. A weight on the CE of harmless members would teach
    that who is mentioned makes toxicity less likely, which is paid for in attacks that are missed; pairing and the distances between
    harmless comments leave toxic ones alone.
    """

    def __init__(self, subgroups: tuple[str, ...], start: Mapping[str, float], rate: float, cap: float) -> None:
        self.subgroups = subgroups
        self.rate, self.cap = rate, cap
        self.values: NDArray[np.float64] = np.clip([start.get(subgroup, 1.0) for subgroup in subgroups], 1 / cap, cap)

    def of_rows(self, memberships: NDArray[np.bool_], harmless: NDArray[np.bool_]) -> NDArray[np.float32]:
        """(n,): the highest multiplier among a harmless comment's subgroups; 1 for the others. memberships: (n, G), harmless: (n,)."""
        members = memberships & harmless[:, None]
        highest = np.where(members, self.values, 0.0).max(axis=1, initial=0.0)
        return np.where(members.any(axis=1), highest, 1.0).astype(np.float32)

    def update(self, flagged: NDArray[np.bool_], toxic: NDArray[np.bool_], memberships: NDArray[np.bool_], weights: NDArray[np.floating]) -> None:
        """One step for each subgroup with a harmless comment on the slice. flagged, toxic, weights: (n,); memberships: (n, G)."""
        harmless = ~toxic & (weights > 0)
        for place in range(len(self.subgroups)):
            own, others = harmless & memberships[:, place], harmless & ~memberships[:, place]
            if own.any() and others.any():
                excess = np.average(flagged[own], weights=weights[own]) - np.average(flagged[others], weights=weights[others]) - TOLERANCE
                self.values[place] *= np.exp(self.rate * own.sum() / (own.sum() + SHRINK) * excess)
        self.values = np.clip(self.values, 1 / self.cap, self.cap)

    def as_dict(self) -> dict[str, float]:
        return {subgroup: float(value) for subgroup, value in zip(self.subgroups, self.values, strict=True)}
