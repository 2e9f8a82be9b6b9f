"""What the fast lane was solved from, into a bundle: vectors, labels and weights of its rows.

Texts become numbers of vectors. The vectors are computed again, as the training computed them; that they are the same bytes shows when
the bundle is replayed before it is kept.
"""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from modeling.config import TrainingConfig
from modeling.labels import Arm
from modeling.ml.fast_replay import FLAGS
from modeling.ml.head import FastRows, fast_rows
from modeling.models import ModelVersion, RetrainingCycle
from modeling.pipeline.bundle_file import BundleWriter
from modeling.pipeline.frozen_comments import FrozenComments
from modeling.pipeline.training_rows import arm_labels, discounted, train_split
from modeling.pipeline.versions import load_classifier

if TYPE_CHECKING:
    from modeling.ml.head import EmbeddingCache
    from modeling.ml.rows import Rows

PART = 2_000


def write_fast(writer: BundleWriter, cycle: RetrainingCycle, candidate: ModelVersion, train: FrozenComments) -> None:
    fast, cache, width = _rows(cycle, candidate, train)
    texts = {text: place for place, text in enumerate(dict.fromkeys([*_texts(fast.rows), *_texts(fast.held_out)]))}
    parts = (cache.vectors(part) for part in _parts(iter(texts), PART))
    writer.arrays("fast/vectors.npy", np.dtype(np.float32), (len(texts), width), parts)
    for name, rows in (("rows", fast.rows), ("held_out", fast.held_out)):
        _write_rows(writer, name, rows, texts)
    writer.json("fast/config.json", fast.config.as_dict())


def _rows(cycle: RetrainingCycle, candidate: ModelVersion, train: FrozenComments) -> tuple[FastRows, "EmbeddingCache", int]:
    """Rows, vectors of their texts, and how wide a vector is."""
    from modeling.ml.head import EmbeddingCache

    # As it was fitted to the project's data sets then: one of another kind may have come since.
    config = TrainingConfig.from_dict(candidate.manifest["config"])
    split = train_split(project=cycle.project, config=config, only=train.comment_id)
    said = arm_labels(cycle=cycle, arm=Arm.REAL, config=config)
    data = discounted(split=split, said=said, cycle=cycle, config=config)
    base = load_classifier(cycle.base)
    cache = EmbeddingCache(base)
    return fast_rows(base, data, said.trained_on(config), config, cache), cache, base.module.width


def _texts(rows: "Rows") -> list[str]:
    return [*rows.texts, *(twin for twin in rows.twins if twin is not None)]


def _write_rows(writer: BundleWriter, name: str, rows: "Rows", texts: dict[str, int]) -> None:
    writer.array(f"fast/{name}_text.npy", np.array([texts[text] for text in rows.texts], dtype=np.int64))
    writer.array(f"fast/{name}_twin.npy", np.array([-1 if twin is None else texts[twin] for twin in rows.twins], dtype=np.int64))
    for part in ("q", "weights", "pairing", "reported", *FLAGS):
        writer.array(f"fast/{name}_{part}.npy", getattr(rows, part))


def _parts(items: Iterator, size: int) -> Iterator[list]:
    while part := list(islice(items, size)):
        yield part
