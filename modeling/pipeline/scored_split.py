"""Predictions and truth of a split as arrays: read in parts and kept by column, so that memory hardly grows with the comments."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.labels import LEVELS, MEMBER_AT, TOXIC_TARGET, Level, Split, mention_key
from modeling.measures.data import Scored
from modeling.models import ModelVersion, Prediction, SubgroupMention

PART = 5_000
COLUMNS = (
    "comment_id",
    "p_low",
    "p_mild",
    "p_high",
    "comment__target",
    "comment__level",
    "comment__dataset__binary_only",
    "comment__dataset__name",
    "comment__created_date",
    "comment__family",
    "comment__text_hash",
)
_PLACES = {str(level): place for place, level in enumerate(LEVELS)}


@dataclass(frozen=True)
class ScoredSplit:
    """The labelled comments of a split under one version, in the same order for every version, so that differences are paired.

    comment_id: (n,). source: (n,) places in `sources`. month: (n,) as 12 x year + month - 1, -1 without a date.
    """

    scored: Scored
    comment_id: NDArray[np.int64]
    source: NDArray[np.int32]
    sources: tuple[str, ...]
    month: NDArray[np.int32]


def read_scored_split(*, version: ModelVersion, split: Split, only: NDArray[np.int64] | None = None) -> ScoredSplit:
    """`only`: ids of the comments to read, where not all of the split are wanted.

    Raises ValueError where the version has not scored all of them.
    """
    wanted = None if only is None else set(only.tolist())
    predictions = Prediction.objects.filter(version=version, comment__split=split, comment__target__isnull=False)
    found = predictions.filter(comment__dataset__state="done").order_by("comment_id").values_list(*COLUMNS).iterator(PART)
    sources: dict[str, int] = {}
    parts: list[dict[str, NDArray[Any]]] = [_columns([], sources)]
    while rows := list(islice(found, PART)):
        parts.append(_columns([row for row in rows if wanted is None or row[0] in wanted], sources))
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    if len(columns["comment_id"]) != (version.project_comments(split) if wanted is None else len(wanted)):
        raise ValueError(f"{version} has not scored all of {split}")
    scored = Scored(
        p=columns["p"],
        level=columns["level"],
        toxic=columns["toxic"],
        threshold=version.threshold,
        memberships=_memberships(columns["comment_id"], split, version),
        cluster=np.unique(columns["family"], return_inverse=True)[1],
    )
    return ScoredSplit(scored, columns["comment_id"], columns["source"], tuple(sources), columns["month"])


def _columns(rows: list[tuple[Any, ...]], sources: dict[str, int]) -> dict[str, NDArray[Any]]:
    ids, low, mild, high, target, level, binary, source, date, family, text_hash = zip(*rows, strict=True) if rows else [()] * len(COLUMNS)
    return {
        "comment_id": np.array(ids, dtype=np.int64),
        # As the scorers gave them: the columns of the database are wider, the numbers are not.
        "p": np.array([low, mild, high], dtype=np.float32).T,
        "level": np.array([-1 if is_binary else _PLACES[Level(name)] for name, is_binary in zip(level, binary, strict=True)], dtype=np.int8),
        "toxic": np.array(target, dtype=np.float64) >= TOXIC_TARGET,
        "source": np.array([sources.setdefault(name, len(sources)) for name in source], dtype=np.int32),
        "month": np.array([12 * day.year + day.month - 1 if day else -1 for day in date], dtype=np.int32),
        "family": np.array([_code(one or other) for one, other in zip(family, text_hash, strict=True)], dtype=np.int64),
    }


def _code(key: str) -> int:
    """63 bits of a key's hash: two of a million keys meet with a chance of one in ten million."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest()) >> 1


def _memberships(comment_ids: NDArray[np.int64], split: Split, version: ModelVersion) -> dict[str, NDArray[np.bool_]]:
    """`comment_ids`: (n,), sorted."""
    mentions = SubgroupMention.objects.filter(comment__split=split, comment__dataset__project=version.project, value__gte=MEMBER_AT)
    found = mentions.values_list("comment_id", "subgroup", "source").iterator(PART)
    members: dict[str, NDArray[np.bool_]] = defaultdict(lambda: np.zeros(len(comment_ids), dtype=bool))
    while rows := list(islice(found, PART)):
        places = np.searchsorted(comment_ids, [comment_id for comment_id, _, _ in rows])
        for place, (comment_id, subgroup, source) in zip(places.tolist(), rows, strict=True):
            if place < len(comment_ids) and comment_ids[place] == comment_id:
                members[mention_key(subgroup, source)][place] = True
    return dict(sorted(members.items()))


def month_name(month: int) -> str:
    """`2026-05` of 12 x 2026 + 4."""
    return f"{month // 12}-{month % 12 + 1:02d}"
