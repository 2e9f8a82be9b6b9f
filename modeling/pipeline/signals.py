"""Signals: the pool's predictions of a version -> what sampling looks for bias by."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings

from modeling.labels import Split
from modeling.models import Comment, ModelVersion, Prediction, PredictionSignal, WorkState
from modeling.pipeline.decide_swap import rejected_rules
from modeling.pipeline.versions import load_classifier, load_scorer

if TYPE_CHECKING:
    from modeling.ml.classifier import Classifier
    from modeling.ml.scorer import Scorer
    from modeling.ml.signals import Lens
    from modeling.ml.swap_rules import Rules

CHUNK = 5_000
MOST_TRAIN = 10_000
"""Train comments by which the ensemble is solved and the axes are found: the first in the order of their hash, so a random part."""

Row = tuple[int, str, float, float, float]


def store_signals(*, version: ModelVersion, on_progress: Callable[[int, int], None] | None = None) -> int:
    """Compute what is missing of the pool's signals; returns how many rows were added: none where no train comment is left to compare with.

    Chunks are written as they are done, so that a killed run goes on where it stopped.
    """
    scored = Prediction.objects.filter(version=version, comment__split=Split.POOL, comment__dataset__state=WorkState.DONE)
    total = scored.filter(signal=None).count()
    if not total or not _train_rows(version).exists():
        return 0
    classifier, scorer, rejected = load_classifier(version), load_scorer(version), rejected_rules(version.project)
    lens, is_new = _lens(version, classifier)
    if is_new:
        # Rows made through another lens cannot be compared with these.
        PredictionSignal.objects.filter(prediction__version=version).delete()
        total = scored.count()
    done = 0
    for rows in _chunks(scored.filter(signal=None)):
        PredictionSignal.objects.bulk_create(_signals(rows, classifier, scorer, lens, rejected), batch_size=1_000, ignore_conflicts=True)
        done += len(rows)
        if on_progress:
            on_progress(done, total)
    return done


def _chunks(missing: Any) -> Iterator[list[Row]]:
    """Pages by id, not by offset: rows that get their signals leave the query."""
    last, columns = 0, ("pk", "comment__text", "p_low", "p_mild", "p_high")
    while rows := list(missing.filter(pk__gt=last).order_by("pk").values_list(*columns)[:CHUNK]):
        yield rows
        last = rows[-1][0]


def _signals(rows: list[Row], classifier: "Classifier", scorer: "Scorer", lens: "Lens", rejected: "Rules") -> list[PredictionSignal]:
    from modeling.ml.signals import disagreement, flips, places

    texts, p = [row[1] for row in rows], np.array([row[2:] for row in rows])
    embeddings = classifier.embed(texts)
    apart, fallen, where = disagreement(embeddings, lens), flips(scorer, texts, p, rejected), places(embeddings, lens)
    return [
        PredictionSignal(prediction_id=row[0], disagreement=float(a), flips=None if np.isnan(f) else float(f), place=w.tobytes())
        for row, a, f, w in zip(rows, apart, fallen, where, strict=True)
    ]


def _lens(version: ModelVersion, classifier: "Classifier") -> tuple["Lens", bool]:
    """The version's lens and whether it was made just now. Made once and kept: comments that come later must be seen through the same."""
    from modeling.ml.signals import Lens, lens_name, make_lens
    from modeling.ml.targets import soft_levels

    path = Path(settings.MODELS_DIR) / ".lenses" / f"{lens_name(version.manifest['weights_sha256'])}.npz"
    if path.exists():
        return Lens.load(path), False
    texts, targets, votes, families, hashes = zip(*_train_rows(version), strict=True)
    q = soft_levels(targets, [count or 0 for count in votes], classifier.config.low_threshold, classifier.config.high_threshold)
    keys = [family or text_hash for family, text_hash in zip(families, hashes, strict=True)]
    lens = make_lens(classifier.embed(texts), q, keys, classifier.config)
    lens.save(path)
    return lens, True


def _train_rows(version: ModelVersion) -> Any:
    train = Comment.objects.of(version.project).in_split(Split.TRAIN).labelled().order_by("text_hash", "pk")
    return train.values_list("text", "target", "annotator_count", "family", "text_hash")[:MOST_TRAIN]
