"""Answers that are known beforehand, as a lead writes them down: CSV with the columns `id` (the data set's) and `level`, an empty one to take back
what was said, and `dataset` (its name) where several data sets share an id. Comments of the round, and others of its pool."""

import csv
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

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
        told = _("The file has no column %(name)s. It needs the columns id and level.") % {"name": error}
        raise InvalidRoundError({"file": told}) from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise InvalidRoundError({"file": _("This is no CSV file in UTF-8. It needs the columns id and level.")}) from error
    if not rows or len(rows) > MOST_ROWS:
        told = _("The file has %(rows)s rows; between 1 and %(most)s are read.") % {"rows": f"{len(rows):,}", "most": f"{MOST_ROWS:,}"}
        raise InvalidRoundError({"file": told})
    ids = [row["id"] for row in rows]
    drawn, pool = _drawn(round, ids), _pool(round, ids)
    levels: dict[int, str] = {}
    for row in rows:
        if levels.setdefault(_comment(round, row, drawn, pool), row["level"]) != row["level"]:
            told = _("Comment '%(id)s' stands there twice, with different levels. Keep one of the two rows.") % {"id": row["id"]}
            raise InvalidRoundError({"file": told})
    return levels


def _comment(round: AnnotationRound, row: dict[str, str], drawn: Places, pool: Places) -> int:
    """Comments of the round go before others of its pool, unless the row names a data set."""
    of_round, of_pool = drawn.get(row["id"], {}), pool.get(row["id"], {})
    found = of_round or of_pool
    if row["dataset"]:
        found = {name: comment for name, comment in (of_pool | of_round).items() if name == row["dataset"]}
    if not found:
        told = _("Round %(number)s has no comment '%(id)s', nor has the pool that its model has scored.")
        raise InvalidRoundError({"file": told % {"number": round.number, "id": row["id"]}})
    if len(found) > 1:
        names = ", ".join(sorted(found))
        told = _("The id %(id)s stands for comments of several data sets: %(names)s. Name one in a column dataset.")
        raise InvalidRoundError({"file": told % {"id": row["id"], "names": names}})
    return next(iter(found.values()))


def _drawn(round: AnnotationRound, ids: list[str]) -> Places:
    return _by_id(AnnotationItem.objects.filter(round=round), ids)


def _pool(round: AnnotationRound, ids: list[str]) -> Places:
    return _by_id(Prediction.objects.filter(version=round.version_id, comment__split=Split.POOL), ids)


def _by_id(rows: QuerySet[AnnotationItem] | QuerySet[Prediction], ids: list[str]) -> Places:
    places: Places = defaultdict(dict)
    for start in range(0, len(ids), IDS_AT_ONCE):
        some = rows.filter(comment__external_id__in=ids[start : start + IDS_AT_ONCE])
        for external_id, dataset, comment in some.values_list("comment__external_id", "comment__dataset__name", "comment"):
            places[external_id][dataset] = comment
    return dict(places)
