"""What sampling may know of the pool. Nothing here knows the truth: what the model said, who is mentioned, what people reported before."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Pool:
    """n comments, one row per distinct text, those that people have seen already among them.

    `p` (n, 3): probabilities of low, mild, high. `flagged` (n,): score at or above the version's threshold.
    `family` (n,): equal for variants of one original, its own for every other comment.
    `mentions`: subgroup -> (n,) membership, a data set's own `x_*` columns among them.
    `copies` (n,): equal for near-duplicates, which never belong to two families; None: there are none.
    `drawable` (n,): may be shown; None: all.
    Signals, each None while it is not there: `disagreement` (n,) of an ensemble in nats; `flips` (n,) chance in [0, 1] that the level
    falls when the identity is swapped, nan where there is nothing to swap; `place` (n, d) int8: direction of the comment in the
    version's embedding. `reports` (n,): share that reports a bias, of the voices as they were joined, or of the answers where the round is
    open yet; nan where nobody has judged the prediction.
    """

    p: Floats
    flagged: Bools
    family: Ints
    mentions: dict[str, Bools]
    copies: Ints | None = None
    drawable: Bools | None = None
    disagreement: Floats | None = None
    flips: Floats | None = None
    place: NDArray[np.int8] | None = None
    reports: Floats | None = None

    def __len__(self) -> int:
        return len(self.p)

    @property
    def score(self) -> Floats:
        return 0.5 * self.p[:, 1] + self.p[:, 2]

    @property
    def predicted(self) -> Ints:
        return self.p.argmax(axis=1)

    @property
    def background(self) -> Bools:
        """(n,) comments that mention nobody."""
        mentioned = np.zeros(len(self), bool)
        for members in self.mentions.values():
            mentioned |= members
        return ~mentioned

    @property
    def open_rows(self) -> Ints:
        """Rows that may be shown."""
        return np.arange(len(self)) if self.drawable is None else np.flatnonzero(self.drawable)

    @property
    def judged(self) -> Ints:
        """Rows about which people have answered."""
        return np.zeros(0, np.int64) if self.reports is None else np.flatnonzero(~np.isnan(self.reports))

    @property
    def variants(self) -> tuple[Ints, Ints]:
        """(family, copies) of the rows that may be shown."""
        rows = self.open_rows
        return self.family[rows], rows if self.copies is None else self.copies[rows]
