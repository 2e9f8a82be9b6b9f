"""The one data contract of this package. No Django, no torch."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

COUNTED_MINIMUM = 30
FEWEST_CLUSTERS = 5
"""Of fewer clusters than this on a side no spread is told, so there is neither interval nor test."""


@dataclass(frozen=True, eq=False)
class Scored:
    """What one model version said about n comments, beside what is true of them.

    p: (n, 3) probabilities of low, mild, high.
    level: (n,) true level 0, 1, 2; -1 where the comment's source has only 0/1 labels.
    toxic: (n,) true where `target` >= .5.
    threshold: flagged from this toxicity score on.
    memberships: {subgroup: (n,) who is mentioned}.
    cluster: (n,) integers; comments of one text or family share one and are resampled together.
    counted_minimum: power means, worst values and gaps run over subgroups with this many toxic and this many non-toxic comments, each of
        `FEWEST_CLUSTERS` clusters or more.
    Raises ValueError where lengths or values do not fit together.
    """

    p: NDArray[np.floating]
    level: NDArray[np.integer]
    toxic: Mask
    threshold: float
    memberships: dict[str, Mask]
    cluster: NDArray[np.integer]
    counted_minimum: int = COUNTED_MINIMUM

    def __post_init__(self) -> None:
        n = len(self.toxic)
        if self.p.shape != (n, 3):
            raise ValueError(f"p must have shape ({n}, 3), not {self.p.shape}")
        masks = {"toxic": self.toxic, **self.memberships}
        for name, values in {"level": self.level, "cluster": self.cluster, **masks}.items():
            if np.shape(values) != (n,):
                raise ValueError(f"{name} must have shape ({n},), not {np.shape(values)}")
        for name, values in masks.items():
            if values.dtype != np.bool_:
                raise ValueError(f"{name} must hold true and false, not {values.dtype}")
        if not np.isfinite(self.p).all():
            raise ValueError("p holds values that are not finite numbers")
        if not np.isin(self.level, (-1, 0, 1, 2)).all():
            raise ValueError("level must be 0, 1, 2, or -1 where the source is binary")

    def __len__(self) -> int:
        return len(self.toxic)

    def where(self, rows: Mask) -> "Scored":
        """The comments where `rows` (n,) is true; its own subgroups are counted anew."""
        memberships = {name: mask[rows] for name, mask in self.memberships.items()}
        parts = {"p": self.p[rows], "level": self.level[rows], "toxic": self.toxic[rows], "cluster": self.cluster[rows]}
        return replace(self, memberships=memberships, **parts)

    @cached_property
    def score(self) -> Floats:
        """Toxicity score `.5 p(mild) + p(high)`, (n,) in [0, 1]."""
        p = self.p.astype(np.float64)
        return 0.5 * p[:, 1] + p[:, 2]

    @cached_property
    def flagged(self) -> Mask:
        return self.score >= self.threshold

    @cached_property
    def predicted(self) -> NDArray[np.int8]:
        """The most probable level, (n,); the lower one wins a tie."""
        return np.argmax(self.p, axis=1).astype(np.int8)

    @cached_property
    def three_level(self) -> Mask:
        """Comments whose source has votes, and so a level."""
        return np.asarray(self.level) >= 0

    @cached_property
    def hit(self) -> Mask:
        """Right or wrong, each comment by its own kind: predicted level against level, or flagged against toxic."""
        return np.where(self.three_level, self.predicted == self.level, self.flagged == self.toxic)

    @cached_property
    def subgroups(self) -> tuple[str, ...]:
        return tuple(self.memberships)

    @cached_property
    def counted(self) -> Mask:
        """(G,) the subgroups that power means, worst values and gaps run over: fixed here, never per resample.

        By what is true of the comments, so that no candidate has a say in it. One without a spread would leave every mean without one.
        """
        return self._enough_comments & self._enough_clusters

    @cached_property
    def subgroups_counted(self) -> tuple[str, ...]:
        return self._named(self.counted)

    @cached_property
    def subgroups_too_alike(self) -> tuple[str, ...]:
        """Those that have the comments to count, but of too few clusters."""
        return self._named(self._enough_comments & ~self._enough_clusters)

    @property
    def _sides(self) -> list[tuple[Mask, Mask]]:
        return [(mask & self.toxic, mask & ~self.toxic) for mask in self.memberships.values()]

    @cached_property
    def _enough_comments(self) -> Mask:
        return np.array([min(side.sum() for side in sides) >= self.counted_minimum for sides in self._sides], dtype=bool)

    @cached_property
    def _enough_clusters(self) -> Mask:
        return np.array([all(len(np.unique(self.cluster[side])) >= FEWEST_CLUSTERS for side in sides) for sides in self._sides], dtype=bool)

    def _named(self, chosen: Mask) -> tuple[str, ...]:
        return tuple(name for name, is_chosen in zip(self.subgroups, chosen, strict=True) if is_chosen)


def check_paired(a: Scored, b: Scored) -> None:
    """Raises ValueError unless both hold the same comments in the same order (lengths, truth, clusters, memberships)."""
    same = (
        np.array_equal(a.level, b.level)
        and np.array_equal(a.toxic, b.toxic)
        and np.array_equal(a.cluster, b.cluster)
        and a.subgroups == b.subgroups
        and all(np.array_equal(a.memberships[name], b.memberships[name]) for name in a.subgroups)
    )
    if not same:
        raise ValueError("paired measures need the same comments, in the same order, on both sides")
