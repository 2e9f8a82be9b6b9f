"""What each version's encoder made of the comments that judge it, into a bundle: its pooled float32 vectors, and the head above them.

The vectors come from the engine that serves the version, since that is what the gate judged. Arms of the fast lane have one encoder, so
its vectors stand in the bundle once.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from modeling.labels import Split
from modeling.ml.scorer import Scorer
from modeling.ml.stored_head import Head
from modeling.models import Comment, ModelVersion
from modeling.pipeline.bundle_file import CHAMPION, BundleWriter
from modeling.pipeline.scored_split import ScoredSplit
from modeling.pipeline.versions import load_scorer, path_of

PART = 2_000


def write_vectors(writer: BundleWriter, roles: dict[str, ModelVersion], shared: dict[str, str], splits: dict[Split, dict[str, ScoredSplit]]) -> None:
    """`shared`: from `encoders.shared_encoders`."""
    for role, version in roles.items():
        head = Head.of_version(path_of(version))
        writer.array(f"heads/{role}_weight.npy", head.weight)
        writer.array(f"heads/{role}_bias.npy", head.bias)
    for role in dict.fromkeys(shared.values()):
        scorer, width = load_scorer(roles[role]), Head.of_version(path_of(roles[role])).weight.shape[1]
        for split, read in splits.items():
            ids = read[CHAMPION].comment_id
            writer.arrays(f"{split}/vectors_{role}.npy", np.dtype(np.float32), (len(ids), width), _vectors(scorer, ids))


def _vectors(scorer: Scorer, comment_ids: NDArray[np.int64]) -> Iterator[NDArray[np.float32]]:
    ids = iter(comment_ids.tolist())
    while part := list(islice(ids, PART)):
        texts = dict(Comment.objects.filter(pk__in=part).values_list("pk", "text"))
        yield scorer.embed([texts[pk] for pk in part])
