"""Score again from a version's weights, and compare with what is stored: the proof that what came back is what was there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from modeling.models import ModelVersion, Prediction
from modeling.pipeline.versions import load_scorer

CHUNK = 10_000
COLUMNS = ("pk", "comment__text", "p_low", "p_mild", "p_high")


@dataclass(frozen=True)
class Rescored:
    """`n` stored predictions, of which `differing` have another probability than the weights give now, by `largest` at most."""

    version: ModelVersion
    engine: str
    n: int
    differing: int
    largest: float

    @property
    def is_identical(self) -> bool:
        return self.differing == 0


def rescore(*, version: ModelVersion, on_progress: Callable[[int, int], None] | None = None) -> Rescored:
    """By the engine that serves, loaded from the files whose SHA-256 the manifest states. Reads what is stored only to compare; writes nothing.

    A text has the same probabilities in any company (`ml.tokens.scoring_batches`), so it does not matter what was scored with it then.
    """
    scorer = load_scorer(version)
    total = version.predictions.count()
    done, differing, largest = 0, 0, 0.0
    stored: list[np.ndarray] = []
    for found in scorer.predict_chunks(_texts(version, stored)):
        apart = np.abs(found.astype(np.float64) - stored.pop(0))
        differing += int((apart > 0).any(axis=1).sum())
        largest = max(largest, float(apart.max()))
        done += len(found)
        if on_progress:
            on_progress(done, total)
    return Rescored(version, scorer.engine, done, differing, largest)


def _texts(version: ModelVersion, stored: list[np.ndarray]) -> Iterator[list[str]]:
    """The texts go to the scorer, which is one chunk ahead; their stored probabilities wait in `stored`."""
    last = 0
    while rows := list(Prediction.objects.filter(version=version, pk__gt=last).order_by("pk").values_list(*COLUMNS)[:CHUNK]):
        stored.append(np.array([row[2:] for row in rows], dtype=np.float64))
        last = rows[-1][0]
        yield [text for _, text, *_ in rows]
