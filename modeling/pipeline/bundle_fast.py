"""What the fast lane was solved from, into a bundle: vectors, labels and weights of its rows, and vectors of the comments that judge it.

Texts become numbers of vectors. The vectors are computed again, as the training computed them; that they are the same bytes shows when
the bundle is replayed before it is kept.
"""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from modeling.config import TrainingConfig
from modeling.labels import Arm, Split
from modeling.ml.fast_replay import FLAGS, Head, logits, offsets
from modeling.ml.head import FastRows, fast_rows
from modeling.models import Comment, ModelVersion, RetrainingCycle
from modeling.pipeline.bundle_file import BundleWriter
from modeling.pipeline.scored_split import ScoredSplit
from modeling.pipeline.training_rows import arm_labels, config_for, discounted, train_split
from modeling.pipeline.versions import load_classifier

if TYPE_CHECKING:
    from modeling.ml.classifier import Classifier
    from modeling.ml.head import EmbeddingCache
    from modeling.ml.rows import Rows

PART = 2_000


def write_fast(writer: BundleWriter, cycle: RetrainingCycle, version: ModelVersion, splits: dict[Split, dict[str, ScoredSplit]]) -> None:
    """`version`: the candidate."""
    candidate = load_classifier(version)
    head = Head.of(candidate.module.head)
    fast, cache = _rows(cycle)
    texts = {text: place for place, text in enumerate(dict.fromkeys([*_texts(fast.rows), *_texts(fast.held_out)]))}
    parts = (cache.vectors(part) for part in _parts(iter(texts), PART))
    writer.arrays("fast/vectors.npy", np.dtype(np.float32), (len(texts), candidate.module.width), parts)
    for name, rows in (("rows", fast.rows), ("held_out", fast.held_out)):
        _write_rows(writer, name, rows, texts)
    writer.json("fast/config.json", fast.config.as_dict())
    writer.array("fast/head_weight.npy", head.weight)
    writer.array("fast/head_bias.npy", head.bias)
    for split, read in splits.items():
        vectors = _vectors_of(candidate, read[Arm.REAL].comment_id)
        writer.array(f"{split}/vectors.npy", vectors)
        # What the engine's own rounding adds to these vectors times the head: with it, the same head gives the stored predictions.
        writer.array(f"{split}/offset.npy", offsets(read[Arm.REAL].scored.p, logits(vectors, head)))


def _rows(cycle: RetrainingCycle) -> tuple[FastRows, "EmbeddingCache"]:
    from modeling.ml.head import EmbeddingCache

    config = config_for(cycle.project, TrainingConfig.from_dict(cycle.training_config))
    split = train_split(project=cycle.project, config=config)
    said = arm_labels(cycle=cycle, arm=Arm.REAL, config=config)
    data = discounted(split=split, said=said, cycle=cycle, config=config)
    base = load_classifier(cycle.base)
    cache = EmbeddingCache(base)
    return fast_rows(base, data, said.feedback(config), config, cache), cache


def _texts(rows: "Rows") -> list[str]:
    return [*rows.texts, *(twin for twin in rows.twins if twin is not None)]


def _write_rows(writer: BundleWriter, name: str, rows: "Rows", texts: dict[str, int]) -> None:
    writer.array(f"fast/{name}_text.npy", np.array([texts[text] for text in rows.texts], dtype=np.int64))
    writer.array(f"fast/{name}_twin.npy", np.array([-1 if twin is None else texts[twin] for twin in rows.twins], dtype=np.int64))
    for part in ("q", "weights", "pairing", "reported", *FLAGS):
        writer.array(f"fast/{name}_{part}.npy", getattr(rows, part))


def _vectors_of(candidate: "Classifier", comment_ids: NDArray[np.int64]) -> NDArray[np.float32]:
    found = [np.empty((0, candidate.module.width), dtype=np.float32)]
    for part in _parts(iter(comment_ids.tolist()), PART):
        texts = dict(Comment.objects.filter(pk__in=part).values_list("pk", "text"))
        found.append(candidate.embed([texts[pk] for pk in part]))
    return np.concatenate(found)


def _parts(items: Iterator, size: int) -> Iterator[list]:
    while part := list(islice(items, size)):
        yield part
