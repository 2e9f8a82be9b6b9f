"""The comments of gate that a cycle is judged on: chosen once, before anything is measured, whatever comes to gate meanwhile."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from modeling.labels import Split
from modeling.models import Comment, ModelVersion, Project
from modeling.pipeline.predict import score_comments
from modeling.pipeline.scored_split import ScoredSplit, read_scored_split


@dataclass(frozen=True)
class FrozenGate:
    """comment_id: (n,), sorted."""

    comment_id: NDArray[np.int64]

    def read(self, version: ModelVersion) -> ScoredSplit:
        return read_scored_split(version=version, split=Split.GATE, only=self.comment_id)

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


def freeze_gate(*, project: Project, versions: Iterable[ModelVersion]) -> FrozenGate:
    """What is labelled by now, scored by every version that will be measured on it."""
    labelled = Comment.objects.of(project).in_split(Split.GATE).labelled().order_by("pk").values_list("pk", flat=True)
    frozen = FrozenGate(np.fromiter(labelled.iterator(), dtype=np.int64))
    for version in versions:
        score_comments(version=version, splits=(Split.GATE,))
    return frozen
