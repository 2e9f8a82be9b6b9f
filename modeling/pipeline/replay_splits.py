"""Whether the comments that a bundle names are those that were trained on and judged."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modeling.labels import TOXIC_TARGET, Split
from modeling.pipeline.bundle_file import BundleFile
from modeling.pipeline.replay_lines import Line
from modeling.pipeline.train_digest import train_sha256

SHOWN_DIGITS = 16
"""Of a hash."""


def split_lines(bundle: BundleFile, facts: dict[str, Any], toxic: dict[Split, NDArray[np.bool_]]) -> Iterator[Line]:
    """`toxic`: of the comments that were judged, in their order."""
    train: dict[str, tuple[str, float, int | None]] = {}
    targets: dict[str, list[float]] = defaultdict(list)
    for row in bundle.json_lines("splits.jsonl"):
        if row["split"] == Split.TRAIN:
            train[row["text_sha256"]] = row["text_sha256"], row["target"], row["votes"]
        else:
            targets[row["split"]].append(row["target"])
    stated, found = str(facts["train"]["sha256"]), train_sha256(train[text] for text in sorted(train))
    yield Line("train: its comments, SHA-256", stated[:SHOWN_DIGITS], found[:SHOWN_DIGITS], None, stated == found)
    for split, judged in toxic.items():
        named = np.array(targets[split], dtype=np.float64) >= TOXIC_TARGET
        same = np.array_equal(named, judged)
        yield Line(f"{split}: its comments, toxic or not", f"{len(judged):,} comments", f"{len(named):,} comments", None, same)
