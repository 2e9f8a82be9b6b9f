"""Predict: comments x version -> predictions."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from operator import and_

from django.db.models import Exists, OuterRef, QuerySet

from modeling.labels import Split, predicted_level, toxicity_score
from modeling.models import Comment, ModelVersion, Prediction
from modeling.pipeline.versions import load_head, load_scorer

CHUNK = 10_000
SCORED_SPLITS = (Split.POOL, Split.GATE, Split.TEST, Split.AUDIT)
OnVersion = Callable[[ModelVersion, int, int, int], None]
"""(version, its place, comments done, of how many)"""


def score_comments(
    *,
    version: ModelVersion,
    splits: tuple[Split, ...] = SCORED_SPLITS,
    on_progress: Callable[[int, int], None] | None = None,
) -> int:
    """Score what the version has not scored yet; returns how many rows were added.

    Chunks of 10,000 are written as they are done, so that a killed run goes on where it stopped.
    """
    return _score([version], splits, on_progress)


def score_together(*, versions: Sequence[ModelVersion], splits: tuple[Split, ...], on_progress: OnVersion | None = None) -> None:
    """Score what each version has not scored yet, as `score_comments` does. Versions that have one encoder, as the arms of a cycle on the
    fast lane, are scored at the price of one: each comment goes through it once. `on_progress(version, place, done, total)`."""
    from modeling.pipeline.encoders import shared_encoders

    together: dict[str, list[ModelVersion]] = defaultdict(list)
    roles = {str(version.pk): version for version in versions if _unscored([version], splits).exists()}
    for role, first in shared_encoders(roles).items():
        together[first].append(roles[role])
    for group in together.values():
        place = versions.index(group[0])
        _score(group, splits, partial(on_progress, group[0], place) if on_progress else None)


def _score(versions: Sequence[ModelVersion], splits: tuple[Split, ...], on_progress: Callable[[int, int], None] | None) -> int:
    """Of versions that have one encoder."""
    wanted = _unscored(versions, splits)
    total = wanted.count()
    if not total:
        return 0
    scored = 0
    asked: list[list[int]] = []
    chunks = (_kept(chunk, asked) for chunk in _chunks(wanted))
    scorer, heads = load_scorer(versions[0]), [load_head(version) for version in versions]
    for vectors in scorer.embed_chunks(chunks, lambda done: on_progress(done, total) if on_progress else None):
        ids = asked.pop(0)
        for version, head in zip(versions, heads, strict=True):
            probabilities = head.probabilities(vectors).tolist()
            rows = [_prediction(version, comment_id, p) for comment_id, p in zip(ids, probabilities, strict=True)]
            Prediction.objects.bulk_create(rows, batch_size=2_000, ignore_conflicts=True)
        scored += len(ids)
    for version in versions:
        ModelVersion.objects.filter(pk=version.pk).update(scored_count=version.predictions.count())
    return scored


def _unscored(versions: Sequence[ModelVersion], splits: tuple[Split, ...]) -> QuerySet[Comment]:
    """By one of them at least."""
    scored_by_all = reduce(and_, (Exists(version.predictions.filter(comment=OuterRef("pk"))) for version in versions))
    return Comment.objects.of(versions[0].project).filter(split__in=splits).exclude(scored_by_all)


def _kept(chunk: list[tuple[int, str]], asked: list[list[int]]) -> list[str]:
    """The texts go to the scorer, which is one chunk ahead; the ids wait in `asked` for their probabilities."""
    asked.append([comment_id for comment_id, _ in chunk])
    return [text for _, text in chunk]


def _chunks(wanted: QuerySet[Comment]) -> Iterator[list[tuple[int, str]]]:
    """Pages by id, not by offset: rows that get a prediction leave the query, and offsets would then skip others."""
    last = 0
    while chunk := list(wanted.filter(pk__gt=last).order_by("pk").values_list("pk", "text")[:CHUNK]):
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
