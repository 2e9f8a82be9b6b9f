"""The comments that a cycle rests on: chosen once, before anything is trained or measured on them, whatever comes to their split meanwhile."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.labels import MEMBER_AT, Split
from modeling.models import Comment, FrozenSplit, ModelVersion, Project, RetrainingCycle, SubgroupMention
from modeling.pipeline.evaluate import VersionMeasures
from modeling.pipeline.scored_split import ScoredSplit, read_scored_split

READ_AT_ONCE = 2_000
TRUTH = ("pk", "text_hash", "target", "annotator_count", "level", "dataset__binary_only", "family")


@dataclass(frozen=True)
class FrozenComments:
    """comment_id: (n,), sorted. truth_sha256: of what was true of them when they were frozen."""

    split: Split
    comment_id: NDArray[np.int64]
    truth_sha256: str

    def read(self, version: ModelVersion) -> ScoredSplit:
        return read_scored_split(version=version, split=self.split, only=self.comment_id)

    def sha256(self, *versions: ModelVersion) -> str:
        """Of all that a test of these versions rests on: the same hash is the same test, with the same answer."""
        said = hashlib.sha256()
        for version in versions:
            read = self.read(version)
            scored = read.scored
            said.update(repr((scored.threshold, list(scored.memberships))).encode())
            for column in (read.comment_id, scored.p, scored.level, scored.toxic, scored.cluster, *scored.memberships.values()):
                said.update(np.ascontiguousarray(column).tobytes())
        return said.hexdigest()

    def has_changed(self) -> bool:
        """Something else is true of them by now, or some are gone."""
        return truth_sha256(self.comment_id) != self.truth_sha256

    def rows(self, *columns: str) -> Iterator[tuple[Any, ...]]:
        """These columns of the comments, in the order of their ids."""
        for part in _parts(self.comment_id):
            yield from Comment.objects.filter(pk__in=part).order_by("pk").values_list(*columns)

    def keep(self, cycle: RetrainingCycle, measured: Iterable[VersionMeasures]) -> None:
        """With the cycle's verdict, in the caller's transaction, in place of those of an earlier verdict."""
        measures = [row for one in measured if one.split == self.split for row in measure_rows(one)]
        FrozenSplit.objects.update_or_create(cycle=cycle, split=self.split, defaults={**self._stored(), "measures": measures})

    def keep_first(self, cycle: RetrainingCycle) -> "FrozenComments":
        """These, or those that were kept before."""
        row, _ = FrozenSplit.objects.get_or_create(cycle=cycle, split=self.split, defaults=self._stored())
        return _kept(row)

    def _stored(self) -> dict[str, Any]:
        return {"comment_ids": FrozenSplit.stored(self.comment_id), "truth_sha256": self.truth_sha256}


def freeze(*, project: Project, split: Split) -> FrozenComments:
    """What is labelled by now."""
    labelled = Comment.objects.of(project).in_split(split).labelled().order_by("pk").values_list("pk", flat=True)
    ids = np.fromiter(labelled.iterator(), dtype=np.int64)
    return FrozenComments(split, ids, truth_sha256(ids))


def frozen_of(*, cycle: RetrainingCycle, split: Split) -> FrozenComments | None:
    """What this cycle has trained on, or its verdict rests on; None where it has not come so far."""
    row = FrozenSplit.objects.filter(cycle=cycle, split=split).defer("measures").first()
    return _kept(row) if row else None


def frozen_train(cycle: RetrainingCycle) -> FrozenComments:
    """Begun again, a cycle goes on with the comments that its arms, or a checkpoint of one, have read: they may differ in labels alone."""
    if known := frozen_of(cycle=cycle, split=Split.TRAIN):
        return known
    frozen = freeze(project=cycle.project, split=Split.TRAIN)
    return frozen.keep_first(cycle) if len(frozen.comment_id) else frozen


def _kept(row: FrozenSplit) -> FrozenComments:
    return FrozenComments(Split(row.split), row.ids, row.truth_sha256)


def truth_sha256(comment_id: NDArray[np.int64]) -> str:
    """Of what training and measures read of these comments, predictions apart. The same however many are read at once."""
    true, mentioned = hashlib.sha256(), hashlib.sha256()
    for part in _parts(comment_id):
        mentions = SubgroupMention.objects.filter(comment__in=part, value__gte=MEMBER_AT).values_list("comment_id", "subgroup", "source")
        _add(true, Comment.objects.filter(pk__in=part).order_by("pk").values_list(*TRUTH))
        _add(mentioned, sorted(mentions))
    return hashlib.sha256(true.digest() + mentioned.digest()).hexdigest()


def _add(digest: "hashlib._Hash", rows: Iterable[tuple[Any, ...]]) -> None:
    for row in rows:
        digest.update(f"{row!r}\n".encode())


def measure_rows(measured: VersionMeasures) -> Iterator[dict[str, Any]]:
    """Figures of all comments and of each subgroup, in an order that no database decides."""
    overall = [("", row, {}) for row in measured.evaluations if not row.source and not row.month]
    subgroups = [(row.subgroup, row, {"n_toxic": row.n_toxic, "n_non_toxic": row.n_non_toxic}) for row in measured.subgroups]
    for subgroup, row, counts in sorted([*overall, *subgroups], key=lambda one: (one[0], one[1].measure)):
        figure = {"value": row.value, "low": row.low, "high": row.high, "n": row.n}
        yield {"version": measured.version.number, "subgroup": subgroup, "measure": row.measure, **figure, **counts}


def _parts(comment_id: NDArray[np.int64]) -> Iterator[list[int]]:
    for start in range(0, len(comment_id), READ_AT_ONCE):
        yield comment_id[start : start + READ_AT_ONCE].tolist()
