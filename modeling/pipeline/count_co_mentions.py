"""Who is mentioned with whom in the pool, and what a version says of these comments: counted by the database, a row for each pair."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Avg, Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from modeling.labels import MEMBER_AT, Split
from modeling.measures.intervals import t_interval
from modeling.measures.statistics import wilson
from modeling.measures.word_shares import FEWEST_COMMENTS
from modeling.models import CoMention, ModelVersion, Prediction, SubgroupMention, WorkState

SCORE, FLAGGED = "comment__predictions__score", "comment__predictions__flagged"
OTHER = "comment__mentions__subgroup"
MOST_KEPT = 100
"""Of the comments behind a row, those with the highest scores: no page searches the pool for them."""


def count_co_mentions(*, version: ModelVersion) -> None:
    """Replace the version's stored counts, of the comments that it has scored. Intervals are over comments."""
    total = Prediction.objects.filter(version=version, comment__split=Split.POOL, comment__dataset__state=WorkState.DONE).count()
    alone = {row["subgroup"]: row for row in _counted(_mentions(version), ["subgroup"])}
    other = {"comment__mentions__value__gte": MEMBER_AT, f"{OTHER}__gt": F("subgroup")}
    pairs = _counted(_mentions(version, **other), ["subgroup", OTHER])
    highest = _highest(_mentions(version), ["subgroup"]) | _highest(_mentions(version, **other), ["subgroup", OTHER])
    rows = [CoMention(version=version, first=name, **_figures(row), highest=highest[name,]) for name, row in alone.items()]
    for row in pairs:
        first, second = row["subgroup"], row[OTHER]
        figures = {**_figures(row), **_lift(row, alone[first], alone[second], total)}
        rows.append(CoMention(version=version, first=first, second=second, **figures, highest=highest[first, second]))
    with transaction.atomic():
        ModelVersion.objects.select_for_update().get(pk=version.pk)
        CoMention.objects.filter(version=version).delete()
        CoMention.objects.bulk_create(rows, batch_size=500)


def _mentions(version: ModelVersion, **other: Any) -> "QuerySet[SubgroupMention]":
    """In one `filter`, so that every condition on a joined table is one on the same row of it."""
    of_comment = {"comment__dataset__project": version.project_id, "comment__dataset__state": WorkState.DONE, "comment__split": Split.POOL}
    return SubgroupMention.objects.filter(value__gte=MEMBER_AT, comment__predictions__version=version, **of_comment, **other)


def _counted(mentions: "QuerySet[SubgroupMention]", names: Sequence[str]) -> list[dict[str, Any]]:
    squares = Avg(F(SCORE) * F(SCORE))
    figures = {"n": Count("pk"), "mean": Avg(SCORE), "squares": squares, "flagged": Count("pk", filter=Q(**{FLAGGED: True}))}
    return list(mentions.order_by().values(*names).annotate(**figures))


def _highest(mentions: "QuerySet[SubgroupMention]", names: Sequence[str]) -> dict[tuple[str, ...], list[int]]:
    """Ids of comments, the highest score first."""
    place = Window(RowNumber(), partition_by=list(names), order_by=[F(SCORE).desc(), "comment_id"])
    kept = mentions.order_by().annotate(place=place).filter(place__lte=MOST_KEPT).order_by("place")
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for pk, *of in kept.values_list("comment_id", *names):
        found[tuple(of)].append(pk)
    return found


def _figures(row: dict[str, Any]) -> dict[str, Any]:
    n, mean = row["n"], row["mean"]
    limits: dict[str, float] = {}
    if n >= FEWEST_COMMENTS:
        error = np.sqrt(max(0.0, row["squares"] - mean**2) / (n - 1))
        low, high = t_interval(mean, error, n - 1)
        limits = {"score_low": max(0.0, float(low)), "score_high": min(1.0, float(high))}
    flag_low, flag_high = wilson(row["flagged"], n)
    return {"n": n, "score": mean, **limits, "flag_rate": row["flagged"] / n, "flag_low": flag_low, "flag_high": flag_high}


def _lift(row: dict[str, Any], first: dict[str, Any], second: dict[str, Any], total: int) -> dict[str, float]:
    """The counts of the two alone are taken as they are: Wilson's interval is of the share that mentions both."""
    expected = first["n"] * second["n"] / total
    low, high = wilson(row["n"], total)
    return {"lift": row["n"] / expected, "lift_low": low * total / expected, "lift_high": high * total / expected}
