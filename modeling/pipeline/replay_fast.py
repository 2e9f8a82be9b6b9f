"""The fast lane's part of a replay: head and threshold solved again, and what they say of the comments that judge them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from modeling.config import TrainingConfig
from modeling.labels import Split
from modeling.measures.data import Scored
from modeling.ml.fast_replay import ReadArray, solve_again, stored_rows
from modeling.ml.stored_head import Head, probabilities
from modeling.pipeline.replay_limits import check_rows
from modeling.pipeline.replay_lines import TOLERANCE, Line
from modeling.pipeline.replay_splits import SHOWN_DIGITS
from modeling.pipeline.replay_vectors import StoredVersion

if TYPE_CHECKING:
    from modeling.ml.rows import Rows
    from modeling.pipeline.bundle_file import BundleFile


@dataclass(frozen=True)
class Solved:
    version: StoredVersion
    head: Head
    threshold: float
    lines: tuple[Line, ...]

    def predict(self, bundle: "BundleFile", split: Split, stored: Scored) -> tuple[Scored, Line]:
        """The candidate's predictions by the solved head, rounded as the stored ones are."""
        rounding = self.version.rounding(bundle, split, stored.p)
        found = probabilities(self.version.logits(bundle, split, self.head) + rounding)
        apart = float(np.abs(found - stored.p).max(initial=0))
        what = f"{split}: predictions of the candidate by the head that was solved"
        line = Line(what, f"{len(stored):,} comments", f"{len(found):,} comments", apart, apart <= TOLERANCE)
        return replace(stored, p=found.astype(stored.p.dtype)), line


def solve_bundle(bundle: "BundleFile", version: StoredVersion, *, exact: bool, threshold: float) -> Solved:
    """`version`: the candidate. `exact`: the weights must be the same bytes. Otherwise they are shown, and judged by what follows from them."""

    def read(name: str) -> NDArray[Any]:
        return bundle.array(f"fast/{name}.npy")

    stored = version.head
    check_rows(bundle, stored.weight.shape[1])
    head, found = solve_again(read, TrainingConfig.from_dict(bundle.json("fast/config.json")))
    weights = Line(
        "weights of the head, SHA-256",
        stored.sha256[:SHOWN_DIGITS],
        head.sha256[:SHOWN_DIGITS],
        None if exact else head.distance(stored),
        head == stored if exact else head.weight.shape == stored.weight.shape,
    )
    apart = abs(found - threshold)
    cut = Line("threshold", f"{threshold:.9f}", f"{found:.9f}", apart, apart <= (0 if exact else TOLERANCE))
    return Solved(version, head, found, (_labels_line(bundle, read), *_pairs_lines(bundle, read), weights, cut))


def _labels_line(bundle: "BundleFile", read: ReadArray) -> Line:
    """The rows that were solved must hold the frozen labels, all of them and no others; rows of reported pairs have none."""
    frozen = sorted(tuple(np.float32(row["q"]).tolist()) for row in bundle.json_lines("labels.jsonl"))
    people = [(part, np.flatnonzero(part.people & ~part.is_pair)) for part in _parts(read)]
    used = sorted(tuple(q) for part, rows in people for q in part.q[rows].tolist())
    return Line("labels of people in the rows", f"{len(frozen):,} frozen", f"{len(used):,} used", None, frozen == used)


def _pairs_lines(bundle: "BundleFile", read: ReadArray) -> Iterator[Line]:
    """And the reported pairs, by their weights; those whose texts the encoder reads alike weigh nothing. Without pairs nothing is said."""
    lines = bundle.json_lines("pairs.jsonl") if "pairs.jsonl" in bundle else ()
    frozen = Counter(float(np.float32(row["weight"])) for row in lines)
    used = Counter(weight for part in _parts(read) for weight in part.reported[part.is_pair].tolist())
    if frozen or used:
        same = frozen.total() == used.total() and all(used[weight] <= frozen[weight] for weight in used if weight)
        yield Line("reported pairs in the rows", f"{frozen.total():,} frozen", f"{used.total():,} used", None, same)


def _parts(read: ReadArray) -> list["Rows"]:
    return [stored_rows(read, name) for name in ("rows", "held_out")]
