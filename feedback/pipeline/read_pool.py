"""The pool of a project as arrays: what sampling sees of it. Truth (`Comment.target`) is never read."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

import numpy as np
from django.db.models import Avg, Case, OuterRef, Q, Subquery, When
from django.utils.translation import gettext
from numpy.typing import NDArray

from feedback.crowd.copies import BANDS, band_keys, grouped, is_copy, joined, likely_pairs
from feedback.crowd.pool import Bools, Floats, Ints, Pool
from feedback.errors import NoPredictionsError
from feedback.models import AnnotationItem, AnnotationRound, Purpose
from modeling.labels import LEVELS, MEMBER_AT, Level, Split, mention_key
from modeling.models import Comment, Dataset, FeedbackLabel, ModelVersion, Prediction, Project, SubgroupMention, WorkState

PART = 5_000
"""Rows read at a time; kept by column, so that memory grows by some 300 bytes a comment and not by what Python makes of a row."""

PAIRS_AT_ONCE = 400
COLUMNS = (
    "pk",
    "comment_id",
    "p_low",
    "p_mild",
    "p_high",
    "flagged",
    "comment__text_hash",
    "comment__dataset_id",
    "comment__family",
    "comment__text",
    "signal__disagreement",
    "signal__flips",
    "signal__place",
)

JUDGED = ("comment__text_hash", "prediction__predicted_label", "inclusion_probability")

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class Reading:
    """`prediction_ids`, `comment_ids` (n,) of the pool's rows; `inclusion` (n,): the chance with which a judged one was drawn, else nan."""

    prediction_ids: Ints
    comment_ids: Ints
    pool: Pool
    inclusion: Floats


def read_pool(*, project: Project, version: ModelVersion, on_progress: OnProgress | None = None) -> Reading:
    """One row per distinct text, in the order of the comments.

    Raises:
        NoPredictionsError: the version has not scored the whole pool.
    """
    columns = _read(project, version, on_progress)
    if not is_scored(project, version):
        told = gettext("The model in use (v%(number)s) has not scored the whole pool yet. Wait until its scoring is done.")
        raise NoPredictionsError(told % {"number": version.number})
    _, first = np.unique(columns["text"], return_index=True)
    columns = {name: values[np.sort(first)] for name, values in columns.items()}
    mentions = _mentions(project, columns["comment_id"])
    pool = Pool(p=columns["p"], flagged=columns["flagged"], family=columns["family"], mentions=mentions)
    pool = _without_copies(pool, columns, _shown_texts(project))
    pool = _with_signals(pool, columns)
    reports, inclusion = _reports(project, columns["text"], pool.predicted)
    return Reading(columns["pk"], columns["comment_id"], replace(pool, reports=reports), inclusion)


def within(reading: Reading, dataset: Dataset) -> Reading:
    """Comments of this data set alone may be drawn. The others stay, for what they tell of those: copies, families, answers."""
    own = Comment.objects.filter(dataset=dataset, split=Split.POOL).values_list("pk", flat=True).iterator(PART)
    drawable = np.isin(reading.comment_ids, np.fromiter(own, np.int64))
    if reading.pool.drawable is not None:
        drawable &= reading.pool.drawable
    return replace(reading, pool=replace(reading.pool, drawable=drawable))


def pool_size(project: Project) -> int:
    return Comment.objects.of(project).in_split(Split.POOL).count()


def near_duplicates(project: Project, on_progress: OnProgress | None = None) -> list[tuple[int, int]]:
    """Pairs of the pool's comments, by id, that are near-duplicates: the rule of `read_pool`, for whoever must keep them together."""
    pool = Comment.objects.of(project).in_split(Split.POOL)
    total, done = pool.count() if on_progress else 0, 0
    ids, bands = [np.zeros(0, np.int64)], [np.zeros((0, BANDS), np.uint64)]
    for rows in _parts(pool.order_by("pk").values_list("pk", "text")):
        ids.append(np.array([pk for pk, _ in rows], np.int64))
        bands.append(band_keys([text for _, text in rows]))
        done += len(rows)
        if on_progress:
            on_progress(done, total)
    found = np.concatenate(ids)
    pairs = _copied_pairs(_mentions(project, found), np.concatenate(bands), found)
    return [(int(found[one]), int(found[other])) for one, other in pairs]


def has_signals(version: ModelVersion) -> bool:
    """Whether an ensemble has spoken about all that the version has scored of the pool."""
    scored = _scored(version.project, version)
    return scored.exists() and not scored.filter(signal=None).exists()


def is_scored(project: Project, version: ModelVersion) -> bool:
    """Whether the whole pool is; a draw from a part of it would have inclusion probabilities that are not true of the pool."""
    left = Comment.objects.of(project).in_split(Split.POOL).exclude(predictions__version=version)
    return _scored(project, version).exists() and not left.exists()


def _scored(project: Project, version: ModelVersion) -> Any:
    done = Q(comment__dataset__project=project, comment__dataset__state=WorkState.DONE)
    return Prediction.objects.filter(done, version=version, comment__split=Split.POOL)


def _read(project: Project, version: ModelVersion, on_progress: OnProgress | None) -> dict[str, NDArray[Any]]:
    scored = _scored(project, version)
    total = scored.count() if on_progress else 0
    parts = [_columns([])]
    done = 0
    for rows in _parts(scored.order_by("comment_id").values_list(*COLUMNS)):
        parts.append(_columns(rows))
        done += len(rows)
        if on_progress:
            on_progress(done, total)
    if len({part["place"].shape[1] for part in parts[1:]}) > 1:
        # Some rows have no signals yet, and then none count (`_with_signals`).
        parts = [{**part, "place": _places((None,) * len(part["pk"]))} for part in parts]
    filled = parts[1:] or parts
    return {name: np.concatenate([part[name] for part in filled]) for name in parts[0]}


def _parts(query: Any) -> Iterator[list[tuple[Any, ...]]]:
    found = query.iterator(PART)
    while rows := list(islice(found, PART)):
        yield rows


def _columns(rows: list[tuple[Any, ...]]) -> dict[str, NDArray[Any]]:
    by_name = zip(*rows, strict=True) if rows else [()] * len(COLUMNS)
    pk, comment, low, mild, high, flagged, text_hash, dataset, family, text, apart, flips, place = by_name
    return {
        "pk": np.array(pk, np.int64),
        "comment_id": np.array(comment, np.int64),
        "p": np.array([low, mild, high], np.float64).T,
        "flagged": np.array(flagged, bool),
        "text": _text_codes(text_hash),
        # A comment without a family is one of its own: its id, which no code of a name can be.
        "family": np.array([_code(f"{d}\0{f}") if f else -c for d, f, c in zip(dataset, family, comment, strict=True)], np.int64),
        "bands": band_keys(text) if rows else np.zeros((0, BANDS), np.uint64),
        "disagreement": np.array(apart, np.float64),
        "flips": np.array(flips, np.float64),
        "place": _places(place),
    }


def _places(stored: tuple[Any, ...]) -> NDArray[np.int8]:
    """(n, d), without columns where a row has none."""
    if not stored or any(place is None for place in stored):
        return np.zeros((len(stored), 0), np.int8)
    return np.frombuffer(b"".join(bytes(place) for place in stored), np.int8).reshape(len(stored), -1)


def _text_codes(hashes: tuple[str, ...]) -> Ints:
    """60 bits of each text's hash: two of a million meet with a chance of one in two million."""
    return np.array([int(text_hash[:15], 16) for text_hash in hashes], np.int64)


def _code(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest()) >> 1


def _shown_texts(project: Project) -> Ints:
    """Texts that people have judged, or are just being asked about."""
    used = Q(round__state=AnnotationRound.State.OPEN) | Q(annotations__isnull=False)
    items = AnnotationItem.objects.filter(used, round__project=project).order_by()
    return _text_codes(tuple(items.values_list("comment__text_hash", flat=True).distinct().iterator(PART)))


def _mentions(project: Project, comment_ids: Ints) -> dict[str, Bools]:
    """`comment_ids`: (n,), sorted."""
    members: dict[str, Bools] = {}
    found = SubgroupMention.objects.filter(value__gte=MEMBER_AT, comment__dataset__project=project, comment__split=Split.POOL).order_by()
    for rows in _parts(found.values_list("comment_id", "subgroup", "source")):
        places = np.searchsorted(comment_ids, [row[0] for row in rows])
        for place, (comment_id, subgroup, source) in zip(places.tolist(), rows, strict=True):
            if place < len(comment_ids) and comment_ids[place] == comment_id:
                members.setdefault(mention_key(subgroup, source), np.zeros(len(comment_ids), bool))[place] = True
    return dict(sorted(members.items()))


def _without_copies(pool: Pool, columns: dict[str, NDArray[Any]], shown: Ints) -> Pool:
    """Near-duplicates are known as such, and what people have seen, or nearly, is not shown again."""
    copies = grouped(len(pool), _copied_pairs(pool.mentions, columns.pop("bands"), columns["comment_id"]))
    seen = np.unique(copies[np.isin(columns["text"], shown)])
    family = joined(np.unique(pool.family, return_inverse=True)[1], copies)
    return replace(pool, copies=copies, family=family, drawable=~np.isin(copies, seen))


def _copied_pairs(mentions: dict[str, Bools], bands: NDArray[np.uint64], ids: Ints) -> Iterator[tuple[int, int]]:
    """Pairs that are near-duplicates and mention the same subgroups: the same sentence about somebody else is another question."""
    pairs = likely_pairs(bands)
    who = np.packbits(np.array(list(mentions.values()), bool).reshape(-1, len(ids)).T, axis=1)
    pairs = pairs[(who[pairs[:, 0]] == who[pairs[:, 1]]).all(axis=1)]
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        asked = pairs[start : start + PAIRS_AT_ONCE]
        texts = dict(Comment.objects.filter(pk__in=np.unique(ids[asked]).tolist()).values_list("pk", "text"))
        yield from ((int(a), int(b)) for a, b in asked if is_copy(texts[ids[a]], texts[ids[b]]))


def _with_signals(pool: Pool, columns: dict[str, NDArray[Any]]) -> Pool:
    """All or nothing: while some are missing, a draw by the others would prefer comments for having been looked at."""
    if not len(pool) or np.isnan(columns["disagreement"]).any():
        return pool
    return replace(pool, disagreement=columns["disagreement"], flips=columns["flips"], place=columns["place"])


def _reports(project: Project, texts: Ints, predicted: Ints) -> tuple[Floats, Floats]:
    """((n,) share that reports a bias, (n,) inclusion probability), nan where nobody has judged what the version says now: an answer about
    a prediction that no longer stands says nothing about this one."""
    reports, inclusion = np.full(len(texts), np.nan), np.full(len(texts), np.nan)
    order = np.argsort(texts)
    for rows in chain(_parts(_counted(project)), _parts(_joined(project))):
        places = order[np.minimum(np.searchsorted(texts, codes := _text_codes(tuple(row[0] for row in rows)), sorter=order), len(order) - 1)]
        for place, code, (_, level, chance, share) in zip(places.tolist(), codes.tolist(), rows, strict=True):
            if texts[place] == code and predicted[place] == LEVELS.index(Level(level)):
                reports[place], inclusion[place] = share, chance
    return reports, inclusion


def _joined(project: Project) -> Any:
    """What became of the answers of rounds whose labels are made: copies are one voice there, and bursts and reliability are weighed."""
    labels = FeedbackLabel.objects.filter(batch=OuterRef("round__batch"), comment=OuterRef("comment"))
    items = _items(project).exclude(round__batch=None).annotate(share=Subquery(labels.values("biased_rate")[:1]))
    return items.exclude(share=None).values_list(*JUDGED, "share")


def _counted(project: Project) -> Any:
    """Answers of other rounds, each for one: their voices are not known yet."""
    share = Avg(Case(When(annotations__biased=True, then=1.0), default=0.0))
    return _items(project).filter(round__batch=None, annotations__purpose=Purpose.SAMPLE).values_list(*JUDGED).annotate(share=share)


def _items(project: Project) -> Any:
    return AnnotationItem.objects.filter(round__project=project, split=Split.POOL).order_by("pk")
