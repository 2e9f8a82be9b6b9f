"""Evaluate: predictions and truth of a split -> measures, overall, by source, by month and by subgroup."""

from collections import defaultdict
from dataclasses import replace
from typing import Any

import numpy as np
from django.db import transaction

from modeling.labels import LEVELS, MEMBER_AT, TOXIC_TARGET, Level, Split, mention_key
from modeling.measures.data import Scored
from modeling.measures.registry import differences, measure_all, measure_subgroups
from modeling.models import Difference, Evaluation, ModelVersion, Prediction, RetrainingCycle, SubgroupMention, SubgroupScore

RESAMPLES = 1_000
MONTHLY_RESAMPLES = 200


def scored_split(*, version: ModelVersion, split: Split) -> tuple[Scored, list[dict[str, Any]]]:
    """The labelled comments of a split with the version's predictions, and their source and month.

    The same comments in the same order for every version of a project, so that differences are paired.
    """
    columns = {
        "comment_id": "comment_id",
        "p_low": "p_low",
        "p_mild": "p_mild",
        "p_high": "p_high",
        "target": "comment__target",
        "level": "comment__level",
        "binary": "comment__dataset__binary_only",
        "source": "comment__dataset__name",
        "date": "comment__created_date",
        "family": "comment__family",
        "hash": "comment__text_hash",
    }
    predictions = Prediction.objects.filter(version=version, comment__split=split, comment__target__isnull=False)
    found = predictions.filter(comment__dataset__state="done").order_by("comment_id").values_list(*columns.values())
    rows = [dict(zip(columns, values, strict=True)) for values in found.iterator(5_000)]
    if len(rows) != version.project_comments(split):
        raise ValueError(f"{version} has not scored all of {split}")
    _, cluster = np.unique([row["family"] or row["hash"] for row in rows], return_inverse=True)
    return (
        Scored(
            p=np.array([[row["p_low"], row["p_mild"], row["p_high"]] for row in rows], dtype=float).reshape(-1, 3),
            level=np.array([-1 if row["binary"] else LEVELS.index(Level(row["level"])) for row in rows], dtype=np.int8),
            toxic=np.array([row["target"] >= TOXIC_TARGET for row in rows], dtype=bool),
            threshold=version.threshold,
            memberships=_memberships([row["comment_id"] for row in rows], split, version),
            cluster=cluster,
        ),
        rows,
    )


def _memberships(comment_ids: list[int], split: Split, version: ModelVersion) -> dict[str, np.ndarray]:
    place = {comment_id: i for i, comment_id in enumerate(comment_ids)}
    mentions = SubgroupMention.objects.filter(comment__split=split, comment__dataset__project=version.project, value__gte=MEMBER_AT).values_list(
        "comment_id", "subgroup", "source"
    )
    members: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(len(comment_ids), dtype=bool))
    for comment_id, subgroup, source in mentions.iterator(5_000):
        if comment_id in place:
            members[mention_key(subgroup, source)][place[comment_id]] = True
    return dict(sorted(members.items()))


def evaluate_version(*, version: ModelVersion, split: Split, seed: int = 0) -> None:
    """Replace the stored measures of a version on a split."""
    scored, rows = scored_split(version=version, split=split)
    evaluations = [_evaluation(version, split, row) for row in measure_all(scored, resamples=RESAMPLES, seed=seed)]
    sources = sorted({row["source"] for row in rows})
    for source in sources if len(sources) > 1 else []:
        part = _part(scored, np.array([row["source"] == source for row in rows]))
        evaluations += [_evaluation(version, split, row, source=source) for row in measure_all(part, resamples=RESAMPLES, seed=seed)]
    months = np.array([row["date"].strftime("%Y-%m") if row["date"] else "" for row in rows])
    for month in sorted(set(months.tolist()) - {""}):
        measured = measure_all(_part(scored, months == month), resamples=MONTHLY_RESAMPLES, seed=seed)
        evaluations += [_evaluation(version, split, row, month=month) for row in measured]
    subgroups = [
        SubgroupScore(version=version, split=split, subgroup=row.subgroup, n_toxic=row.n_toxic, n_non_toxic=row.n_non_toxic, **_measured(row))
        for row in measure_subgroups(scored, resamples=RESAMPLES, seed=seed)
    ]
    with transaction.atomic():
        ModelVersion.objects.select_for_update().get(pk=version.pk)  # the other queue may measure it at the same time
        Evaluation.objects.filter(version=version, split=split).delete()
        SubgroupScore.objects.filter(version=version, split=split).delete()
        Evaluation.objects.bulk_create(evaluations, batch_size=500)
        SubgroupScore.objects.bulk_create(subgroups, batch_size=500)


def _part(scored: Scored, mask: np.ndarray) -> Scored:
    """The comments where `mask`, (n,), is true."""
    members = {subgroup: member[mask] for subgroup, member in scored.memberships.items()}
    rows = {name: getattr(scored, name)[mask] for name in ("p", "level", "toxic", "cluster")}
    return replace(scored, memberships=members, **rows)


def compare_versions(*, cycle: RetrainingCycle, version: ModelVersion, against: ModelVersion, split: Split, seed: int = 0) -> None:
    """Replace the stored paired differences `version` - `against` on a split."""
    ours, _ = scored_split(version=version, split=split)
    theirs, _ = scored_split(version=against, split=split)
    rows = [
        Difference(cycle=cycle, version=version, against=against, split=split, subgroup=row.subgroup, **_measured(row))
        for row in differences(ours, theirs, resamples=RESAMPLES, seed=seed)
    ]
    with transaction.atomic():
        Difference.objects.filter(cycle=cycle, version=version, against=against, split=split).delete()
        Difference.objects.bulk_create(rows, batch_size=500)


def _evaluation(version: ModelVersion, split: Split, row: Any, source: str = "", month: str = "") -> Evaluation:
    return Evaluation(version=version, split=split, source=source, month=month, **_measured(row))


def _measured(row: Any) -> dict[str, Any]:
    """nan is stored as null: JSON and SQL have no nan, and "not enough data" is not a number."""
    values = {name: getattr(row, name) for name in ("value", "low", "high")}
    finite = {name: float(value) if np.isfinite(value) else None for name, value in values.items()}
    return {"measure": row.measure, "n": int(row.n), **finite}


def evaluate_in_use(*, version: ModelVersion) -> None:
    """What the dashboard shows of a version in use: test for the quality, audit for the months, gate for the next comparison."""
    for split in (Split.TEST, Split.AUDIT, Split.GATE):
        if version.project_comments(split):
            evaluate_version(version=version, split=split)
