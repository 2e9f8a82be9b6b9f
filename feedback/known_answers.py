"""Answers that are known beforehand, as a lead writes them down: CSV with the columns `id` (the data set's) and `level`, an empty one to take back
what was said, and `dataset` (its name) where several data sets share an id. Comments of the round, and others of its pool."""

import csv
from collections import defaultdict
from collections.abc import Iterable

from feedback.errors import InvalidRoundError
from feedback.models import AnnotationItem, AnnotationRound
from modeling.labels import Split
from modeling.models import Prediction

MOST_ROWS = 10_000
IDS_AT_ONCE = 500

Places = dict[str, dict[str, int]]
"""The data set's id -> name of the data set -> comment: an id is unique within its data set only."""


def read_known_answers(round: AnnotationRound, lines: Iterable[str]) -> dict[int, str]:
    """Comment -> level.

    Raises:
        InvalidRoundError: a column or a comment is missing, an id stands for several comments, or a comment has two levels.
    """
    try:
        rows = [
            {name: (row[name] or "").strip() for name in ("id", "level")} | {"dataset": (row.get("dataset") or "").strip()}
            for row in csv.DictReader(lines)
        ]
    except KeyError as error:
        raise InvalidRoundError({"file": f"The file has no column {error}. It needs the columns id and level."}) from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise InvalidRoundError({"file": "This is no CSV file in UTF-8. It needs the columns id and level."}) from error
    if not rows or len(rows) > MOST_ROWS:
        raise InvalidRoundError({"file": f"The file has {len(rows):,} rows; between 1 and {MOST_ROWS:,} are read."})
    places = _places(round, [row["id"] for row in rows])
    levels: dict[int, str] = {}
    for row in rows:
        if levels.setdefault(_comment(round, row, places), row["level"]) != row["level"]:
            raise InvalidRoundError({"file": f"Comment '{row['id']}' stands there twice, with different levels. Keep one of the two rows."})
    return levels


def _comment(round: AnnotationRound, row: dict[str, str], places: Places) -> int:
    found = places.get(row["id"], {})
    if row["dataset"] and row["dataset"] in found:
        return found[row["dataset"]]
    if row["dataset"] or not found:
        raise InvalidRoundError({"file": f"Round {round.number} has no comment '{row['id']}', nor has the pool that its model has scored."})
    if len(found) > 1:
        names = ", ".join(sorted(found))
        raise InvalidRoundError({"file": f"The id {row['id']} stands for comments of several data sets: {names}. Name one in a column dataset."})
    return next(iter(found.values()))


def _places(round: AnnotationRound, ids: list[str]) -> Places:
    """Comments of the round go before others of its pool."""
    places: Places = defaultdict(dict)
    for start in range(0, len(ids), IDS_AT_ONCE):
        some = ids[start : start + IDS_AT_ONCE]
        items = AnnotationItem.objects.filter(round=round, comment__external_id__in=some)
        for external_id, dataset, comment in items.values_list("comment__external_id", "comment__dataset__name", "comment"):
            places[external_id][dataset] = comment
        pool = Prediction.objects.filter(version=round.version_id, comment__split=Split.POOL, comment__external_id__in=set(some) - places.keys())
        for external_id, dataset, comment in pool.values_list("comment__external_id", "comment__dataset__name", "comment"):
            places[external_id][dataset] = comment
    return dict(places)
