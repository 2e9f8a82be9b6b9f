"""Near-duplicates, told by the text itself: MinHash to find pairs, the exact Jaccard index to be sure. numpy only.

Linear in the number of texts: 16 keys of 8 bytes are kept of each, and within a bucket each text is compared with the next one only.
Source: Broder 1997, On the resemblance and containment of documents; Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, ch. 3.
"""

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from feedback.crowd.pool import Ints

SAME_FROM = 0.8
"""Jaccard index of the sets of shingles from which two comments count as one: another word, a slip, other emoji or capitals."""

SHINGLE = 5
"""Bytes of UTF-8: a letter or two in scripts that take more than one."""

BANDS, ROWS = 16, 5
"""Two texts become a pair if all five hashes of a band are equal: 99.8 % of pairs with index .8, 40 % with .5, 4 % with .3."""

Hashes = NDArray[np.uint64]
_SEPARATORS = re.compile(r"[\W_]+")
_MULTIPLIERS: Hashes = np.random.default_rng(1997).integers(2**63, size=BANDS * ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def band_keys(texts: Sequence[str]) -> Hashes:
    """(n, BANDS): texts that share a key in any column may be near-duplicates."""
    if not texts:
        return np.zeros((0, BANDS), np.uint64)
    shingles, starts = _all_shingles([_folded(text) for text in texts])
    mixed = _mixed(shingles)
    least = np.array([np.minimum.reduceat(mixed * multiplier, starts) for multiplier in _MULTIPLIERS])
    bands = np.zeros((BANDS, len(texts)), np.uint64)
    for row in range(ROWS):
        bands = _mixed(bands ^ least[row::ROWS]) + np.uint64(row)
    return bands.T


def likely_pairs(keys: Hashes) -> Ints:
    """(m, 2) rows that share a key, each pair once; of a bucket of k texts k - 1 pairs."""
    pairs = [np.zeros((0, 2), np.int64)]
    for column in keys.T:
        order = np.argsort(column, kind="stable")
        same = np.flatnonzero(column[order][1:] == column[order][:-1])
        pairs.append(np.stack([order[same], order[same + 1]], axis=1))
    return np.unique(np.concatenate(pairs), axis=0)


def is_copy(one: str, other: str) -> bool:
    """Whether the shingles of two texts, case, marks and spaces folded, have a Jaccard index of at least `SAME_FROM`."""
    a, b = _shingle_set(one), _shingle_set(other)
    return len(a & b) >= SAME_FROM * len(a | b)


def grouped(n: int, pairs: Iterable[tuple[int, int]]) -> Ints:
    """(n,) the least row that each row is connected with: equal for all of a group."""
    parent = list(range(n))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    return np.array([root(row) for row in range(n)], dtype=np.int64)


def joined(family: Ints, copies: Ints) -> Ints:
    """(n,) families widened so that near-duplicates never belong to two: those of a copied comment become one."""
    _, first, place = np.unique(family, return_index=True, return_inverse=True)
    own, where = first[place], np.flatnonzero(copies != np.arange(len(copies)))
    heads = grouped(len(family), zip(own[where].tolist(), own[copies[where]].tolist(), strict=True))
    return heads[own]


def _folded(text: str) -> bytes:
    words = _SEPARATORS.sub(" ", text.casefold()).strip()
    return (words or text).encode().ljust(SHINGLE)


def _shingle_set(text: str) -> set[bytes]:
    folded = _folded(text)
    return {folded[start : start + SHINGLE] for start in range(len(folded) - SHINGLE + 1)}


def _all_shingles(texts: list[bytes]) -> tuple[Hashes, Ints]:
    """(every window of `SHINGLE` bytes as one number, text after text; where each text's windows start)."""
    lengths = np.array([len(text) for text in texts])
    letters = np.frombuffer(b"".join(texts), np.uint8).astype(np.uint64)
    windows = sum(letters[place : len(letters) - SHINGLE + 1 + place] << np.uint64(8 * place) for place in range(SHINGLE))
    ends = np.cumsum(lengths)
    inside = np.ones(len(letters), bool)
    for place in range(1, SHINGLE):
        inside[ends - place] = False
    counts = lengths - SHINGLE + 1
    return np.asarray(windows)[inside[: len(letters) - SHINGLE + 1]], np.cumsum(counts) - counts


def _mixed(values: Hashes) -> Hashes:
    """A bijection of 64 bits in which every bit of the input moves half of the output (the finaliser of SplitMix64)."""
    for multiplier, shift in zip(_MIX, (np.uint64(30), np.uint64(27)), strict=True):
        values = (values ^ (values >> shift)) * multiplier
    return values ^ (values >> np.uint64(31))
