"""Evaluate: predictions and truth of a split -> measures, overall, by source, by month and by subgroup, and the curves behind them."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from modeling.labels import Split
from modeling.measures.curves import curves_of
from modeling.measures.data import Scored
from modeling.measures.registry import differences, measure_all, measure_subgroups
from modeling.models import CurveSummary, Difference, Evaluation, ModelVersion, RetrainingCycle, SubgroupScore
from modeling.pipeline.audit_samples import month_rows
from modeling.pipeline.make_trends import make_trends
from modeling.pipeline.probe import probe_version
from modeling.pipeline.scored_split import month_name, read_scored_split

RESAMPLES = 1_000
MONTHLY_RESAMPLES = 200


@dataclass(frozen=True)
class VersionMeasures:
    """Measures of a version on a split, which nobody can read until they are stored."""

    version: ModelVersion
    split: Split
    evaluations: list[Evaluation]
    subgroups: list[SubgroupScore]
    curves: list[CurveSummary] = field(default_factory=list)

    def store(self) -> None:
        """In place of those that are stored."""
        with transaction.atomic():
            ModelVersion.objects.select_for_update().get(pk=self.version.pk)  # the other queue may measure it at the same time
            for stored in (Evaluation, SubgroupScore, CurveSummary):
                stored.objects.filter(version=self.version, split=self.split).delete()
            Evaluation.objects.bulk_create(self.evaluations, batch_size=500)
            SubgroupScore.objects.bulk_create(self.subgroups, batch_size=500)
            CurveSummary.objects.bulk_create(self.curves, batch_size=100)


@dataclass(frozen=True)
class PairMeasures:
    """Paired differences `version` - `against` on a split, which nobody can read until they are stored."""

    cycle: RetrainingCycle
    version: ModelVersion
    against: ModelVersion
    split: Split
    rows: list[Difference]

    def store(self) -> None:
        """In place of those that are stored."""
        with transaction.atomic():
            Difference.objects.filter(cycle=self.cycle, version=self.version, against=self.against, split=self.split).delete()
            Difference.objects.bulk_create(self.rows, batch_size=500)


def evaluate_version(*, version: ModelVersion, split: Split, seed: int = 0) -> None:
    """Replace the stored measures of a version on a split."""
    measure_version(version=version, split=split, seed=seed).store()


def compare_versions(*, cycle: RetrainingCycle, version: ModelVersion, against: ModelVersion, split: Split, seed: int = 0) -> None:
    """Replace the stored paired differences `version` - `against` on a split."""
    measure_pair(cycle=cycle, version=version, against=against, split=split, seed=seed).store()


def measure_version(*, version: ModelVersion, split: Split, seed: int, only: NDArray[np.int64] | None = None) -> VersionMeasures:
    """`only`: ids of the comments to measure, where not all of the split are meant."""
    read = read_scored_split(version=version, split=split, only=only)
    scored = read.scored
    curves = [_curves(version, split, scored)]
    evaluations = [_evaluation(version, split, row) for row in measure_all(scored, resamples=RESAMPLES, seed=seed)]
    for place, source in sorted(enumerate(read.sources), key=lambda known: known[1]) if len(read.sources) > 1 else []:
        part = scored.where(read.source == place)
        evaluations += [_evaluation(version, split, row, source=source) for row in measure_all(part, resamples=RESAMPLES, seed=seed)]
    for month, rows in month_rows(read=read, project=version.project, split=split).items():
        part, name = scored.where(rows), month_name(month)
        curves.append(_curves(version, split, part, month=name))
        measured = measure_all(part, resamples=MONTHLY_RESAMPLES, seed=seed)
        evaluations += [_evaluation(version, split, row, month=name) for row in measured]
    subgroups = [_subgroup_score(version, split, row) for row in measure_subgroups(scored, resamples=RESAMPLES, seed=seed)]
    alone = replace(scored, memberships={})
    curves += [_curves(version, split, alone.where(members), subgroup=name) for name, members in scored.memberships.items()]
    return VersionMeasures(version, split, evaluations, subgroups, curves)


def measure_pair(
    *, cycle: RetrainingCycle, version: ModelVersion, against: ModelVersion, split: Split, seed: int, only: NDArray[np.int64] | None = None
) -> PairMeasures:
    """`only` as in `measure_version`."""
    ours, theirs = (read_scored_split(version=one, split=split, only=only).scored for one in (version, against))
    rows = [
        Difference(cycle=cycle, version=version, against=against, split=split, subgroup=row.subgroup, **Difference.values_of(row))
        for row in differences(ours, theirs, resamples=RESAMPLES, seed=seed)
    ]
    return PairMeasures(cycle, version, against, split, rows)


def _evaluation(version: ModelVersion, split: Split, row: Any, source: str = "", month: str = "") -> Evaluation:
    return Evaluation(version=version, split=split, source=source, month=month, **Evaluation.values_of(row))


def _subgroup_score(version: ModelVersion, split: Split, row: Any) -> SubgroupScore:
    counts = {"n_toxic": row.n_toxic, "n_non_toxic": row.n_non_toxic}
    return SubgroupScore(version=version, split=split, subgroup=row.subgroup, **counts, **SubgroupScore.values_of(row))


def _curves(version: ModelVersion, split: Split, scored: Scored, subgroup: str = "", month: str = "") -> CurveSummary:
    return CurveSummary(version=version, split=split, subgroup=subgroup, month=month, **vars(curves_of(scored)))


def evaluate_in_use(*, version: ModelVersion) -> None:
    """What the dashboard shows of a version in use: test for the quality, audit for the months and what became of them since the version
    before, gate for the next comparison, and probes."""
    for split in (Split.TEST, Split.AUDIT, Split.GATE):
        if version.project_comments(split):
            evaluate_version(version=version, split=split)
    make_trends(version=version)
    probe_version(version=version)
