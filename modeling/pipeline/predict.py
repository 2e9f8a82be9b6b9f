"""Predict: comments x version -> predictions."""

from collections.abc import Callable, Iterator

from modeling.labels import Split, predicted_level, toxicity_score
from modeling.models import Comment, ModelVersion, Prediction
from modeling.pipeline.versions import load_scorer

CHUNK = 10_000
SCORED_SPLITS = (Split.POOL, Split.GATE, Split.TEST, Split.AUDIT)


def score_comments(
    *,
    version: ModelVersion,
    splits: tuple[Split, ...] = SCORED_SPLITS,
    on_progress: Callable[[int, int], None] | None = None,
) -> int:
    """Score what the version has not scored yet; returns how many rows were added.

    Chunks of 10,000 are written as they are done, so that a killed run goes on where it stopped.
    """
    wanted = Comment.objects.of(version.project).filter(split__in=splits).exclude(predictions__version=version)
    total = wanted.count()
    if not total:
        return 0
    scored = 0
    asked: list[list[int]] = []
    chunks = (_kept(chunk, asked) for chunk in _chunks(wanted))
    for probabilities in load_scorer(version).predict_chunks(chunks, lambda done: on_progress(done, total) if on_progress else None):
        rows = [_prediction(version, comment_id, p) for comment_id, p in zip(asked.pop(0), probabilities.tolist(), strict=True)]
        Prediction.objects.bulk_create(rows, batch_size=2_000, ignore_conflicts=True)
        scored += len(rows)
    return scored


def _kept(chunk: list[tuple[int, str]], asked: list[list[int]]) -> list[str]:
    """The texts go to the scorer, which is one chunk ahead; the ids wait in `asked` for their probabilities."""
    asked.append([comment_id for comment_id, _ in chunk])
    return [text for _, text in chunk]


def _chunks(wanted: object) -> Iterator[list[tuple[int, str]]]:
    """Pages by id, not by offset: rows that get a prediction leave the query, and offsets would then skip others."""
    last = 0
    while chunk := list(wanted.filter(pk__gt=last).order_by("pk").values_list("pk", "text")[:CHUNK]):  # type: ignore[attr-defined]  # a queryset, whose class the worker imports late
        yield chunk
        last = chunk[-1][0]


def _prediction(version: ModelVersion, comment_id: int, probabilities: list[float]) -> Prediction:
    p_low, p_mild, p_high = probabilities
    score = toxicity_score(p_mild, p_high)
    return Prediction(
        version=version,
        comment_id=comment_id,
        p_low=p_low,
        p_mild=p_mild,
        p_high=p_high,
        predicted_label=predicted_level(probabilities),
        score=score,
        flagged=score >= version.threshold,
    )
